import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { Prng } from '../../base/prng.ts';
import { firstDifference } from '../events/event.ts';
import { eventByName, type TapeEvent } from '../events/index.ts';
import { encodePreamble, FrameKind, frameHeaderBytes } from './frame.ts';
import { encodeHeader } from './header.ts';
import { pack } from './msgpack.ts';
import { emitTo, folder, randomEvents, start, wholeFrame } from './tape.fixture.ts';
import { type Integrity, TapeReader } from './tape-reader.ts';
import { TapeWriter } from './tape-writer.ts';

const { file, remove } = folder();
afterAll(remove);
const path = file('small.tape');
const end = { at: 2 ** 30, vcpu: 0, outcome: 'poweroff', reason: '', stateHash: 'ab', consoleSha256: 'cd' };
const image = new Prng(9n).bytes(300);
const perFrame = 8;
const expected = [...randomEvents(8n, 3 * perFrame)];

/** Three frames of events, an image, host information. */
const whole = (() => {
  const writer = TapeWriter.create(path, { ...start, host: { name: 'x' }, images: [{ name: 'kernel', data: image }] });
  for (const [i, event] of expected.entries()) {
    emitTo(writer, event);
    if (i % perFrame === perFrame - 1) writer.flush();
  }
  writer.finish(end);
  return readFileSync(path);
})();
const all: readonly TapeEvent[] = [...expected, { kind: 'run-end', ...end }];

interface Outcome {
  readonly opened: boolean;
  readonly events: number;
  readonly stopped: boolean;
  readonly image: boolean;
  readonly verified: Integrity | undefined;
}

/** Reads all of a tape: whatever it gives must be a beginning of what was written; whatever it throws, a Failure of one line. */
function readAll(bytes: Uint8Array): Outcome {
  writeFileSync(path, bytes);
  const failed = (act: () => void): boolean => {
    try {
      act();
      return false;
    } catch (error) {
      if (!(error instanceof Failure) || error.message.includes('\n') || !error.message.includes(path)) throw error;
      return true;
    }
  };
  let reader: TapeReader | undefined;
  if (failed(() => (reader = TapeReader.open(path))) || reader === undefined) {
    return { opened: false, events: 0, stopped: true, image: false, verified: undefined };
  }
  const tape = reader;
  let events = 0;
  const stopped = failed(() => {
    for (const event of tape.events()) {
      const wanted = all[events];
      const decl = eventByName(event.kind);
      if (
        event.kind !== wanted?.kind ||
        event.ordinal !== events ||
        !decl ||
        firstDifference(decl, wanted as never, event as never)
      ) {
        throw new Error(`event ${events} is wrong`);
      }
      events++;
    }
  });
  for (const event of tape.events({ damage: 'skip' })) {
    const decl = eventByName(event.kind);
    if (!decl || firstDifference(decl, all[event.ordinal] as never, event as never))
      throw new Error('a skipping read is wrong');
  }
  const bad = failed(() => {
    if (Buffer.compare(tape.images[0]?.read() ?? Buffer.of(), image) !== 0) throw new Error('the image is wrong');
  });
  const verified = tape.verify();
  tape.close();
  return { opened: true, events, stopped, image: !bad, verified };
}

describe('a tape that was cut off', () => {
  it('at any byte gives its whole frames, and says that it was cut off', () => {
    for (let length = 0; length < whole.length; length++) {
      const outcome = readAll(whole.subarray(0, length));
      if (!outcome.opened) continue;
      expect(outcome.verified?.complete, `cut at ${length}`).toBe(false);
      // A cut is no damage: all that is there can be used.
      expect(outcome.stopped, `cut at ${length}`).toBe(false);
      expect([0, perFrame, 2 * perFrame, 3 * perFrame, all.length]).toContain(outcome.events);
    }
    expect(readAll(whole)).toMatchObject({
      opened: true,
      events: all.length,
      stopped: false,
      image: true,
      verified: { complete: true },
    });
  });
});

describe('a tape with a flipped bit', () => {
  it('anywhere never gives wrong data, and never passes for whole', () => {
    const prng = new Prng(21n);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = (bytes[at] as number) ^ (1 << Number(prng.next64() & 7n));
      const outcome = readAll(bytes);
      expect(outcome.verified?.complete ?? false, `flip at ${at}`).toBe(false);
      if (outcome.opened && !outcome.stopped) {
        expect(outcome.verified?.truncatedAt !== undefined || outcome.events === all.length, `flip at ${at}`).toBe(
          true,
        );
      }
    }
  });

  it('in a frame of events is read up to there, and behind it on request', () => {
    const frames = (() => {
      writeFileSync(path, whole);
      const reader = TapeReader.open(path);
      reader.close();
      return reader.frames().filter((frame) => frame.kind === FrameKind.events);
    })();
    const second = frames[1];
    const bytes = Uint8Array.from(whole);
    const at = (second?.offset ?? 0) + frameHeaderBytes + 5;
    bytes[at] = (bytes[at] as number) ^ 1;
    expect(readAll(bytes)).toMatchObject({ events: perFrame, stopped: true, image: true });
    const reader = TapeReader.open(path);
    expect([...reader.events({ damage: 'skip' })].length).toBe(all.length - perFrame);
    expect(() => [...reader.events()]).toThrow(
      `${path} is damaged at offset ${second?.offset}: the checksum of the frame is wrong; what comes before it can be replayed`,
    );
    expect(reader.verify()).toMatchObject({
      complete: false,
      replayableTo: frames[0]?.end,
      damagedFrames: [{ offset: second?.offset }],
    });
    reader.close();
  });

  it('runs of random damage never crash it', () => {
    const prng = new Prng(33n);
    const random = (below: number): number => Number(prng.next64() % BigInt(below));
    for (let round = 0; round < 300; round++) {
      const bytes = Uint8Array.from(whole);
      for (let spot = random(4); spot >= 0; spot--) {
        const at = random(bytes.length);
        bytes.set(prng.bytes(Math.min(1 + random(200), bytes.length - at)), at);
      }
      readAll(bytes.subarray(0, bytes.length - random(2) * random(bytes.length)));
    }
  });
});

describe('a file that is no tape', () => {
  const openError = (bytes: Uint8Array): string => {
    writeFileSync(path, bytes);
    try {
      TapeReader.open(path).close();
    } catch (error) {
      if (error instanceof Failure) return error.message.replace(path, 'T');
      throw error;
    }
    return 'opened';
  };
  const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  const header = encodeHeader({ ...start, images: [] });

  it('is told in one line', () => {
    expect(openError(new Uint8Array(0))).toBe('cannot read T: it is empty; record it again');
    expect(openError(Buffer.from('\x7fELF and so on, for more than sixteen bytes'))).toBe(
      'cannot read T: it is not a hypertape tape',
    );
    expect(openError(whole.subarray(0, 12))).toBe(
      'cannot read T: its first 16 bytes are damaged or cut off; record it again',
    );
    expect(openError(whole.subarray(0, 100))).toBe(
      'cannot read T: its header, at offset 16, is damaged or cut off; record it again',
    );
    expect(() => TapeReader.open(file('missing.tape'))).toThrow(/there is no such file or folder \(ENOENT\)/);
    expect(() => TapeReader.open(file('.'))).toThrow(/it is not a file/);
    expect(() => TapeReader.open('/dev/zero')).toThrow(/it is not a file/);
  });

  it('or comes from a newer version is told in one line', () => {
    const preamble = encodePreamble();
    new DataView(preamble.buffer).setUint32(8, 2, true);
    new DataView(preamble.buffer).setUint32(12, crc32(preamble.subarray(0, 12)), true);
    expect(openError(preamble)).toBe(
      'cannot read T: it has format version 2, this hypertape reads up to 1; use a newer one',
    );
    const tape = (kind: number): Uint8Array =>
      concat(encodePreamble(), wholeFrame(FrameKind.header, 0, header, 3), wholeFrame(kind, 1, Uint8Array.of(0xc0), 3));
    expect(openError(tape(0x90))).toBe('cannot read T: it has frames of kind 144; a newer hypertape reads it');
    expect(openError(tape(0x20))).toBe('opened');
  });

  it('or was made to do harm is refused within its bounds', () => {
    const frame = (raw: Uint8Array, kind: number = FrameKind.header, sequence = 0): Uint8Array =>
      wholeFrame(kind, sequence, raw, 3);
    const tape = (...frames: Uint8Array[]): Uint8Array => concat(encodePreamble(), ...frames);
    expect(openError(tape(frame(pack([1, 2]))))).toContain('the configuration is no map');
    expect(openError(tape(frame(Uint8Array.of(0x81, 0xa9, ...Buffer.from('__proto__'), 0x80))))).toContain(
      'msgpack key "__proto__"',
    );
    expect(
      openError(
        tape(
          frame(
            pack({ level: 'exits', images: [{ name: 'x', bytes: 2 ** 50, sha256: '0'.repeat(64), embedded: true }] }),
          ),
        ),
      ),
    ).toContain('bytes out of range');
    // An image that claims a gibibyte of which no frame holds anything.
    const claims = pack({
      semantics: 1,
      level: 'exits',
      producer: '',
      machine: {},
      images: [{ name: 'x', bytes: 2 ** 30, sha256: '0'.repeat(64), embedded: true }],
    });
    expect(openError(tape(frame(claims)))).toBe('opened');
    const reader = TapeReader.open(path);
    expect(() => reader.images[0]?.read()).toThrow(/whole up to byte 0 of 1073741824 only/);
    reader.close();
    // Pieces of an image that lie beside each other, or beyond the image.
    const small = pack({
      semantics: 1,
      level: 'exits',
      producer: '',
      machine: {},
      images: [{ name: 'x', bytes: 2, sha256: '0'.repeat(64), embedded: true }],
    });
    const piece = (sequence: number, start: number): Uint8Array =>
      wholeFrame(FrameKind.image, sequence, Uint8Array.of(1, 2), 1, { start, end: start + 2, count: 0 });
    for (const second of [0, 1, 2]) {
      expect(openError(tape(frame(small), piece(1, 0), piece(2, second)))).toBe('opened');
      const twice = TapeReader.open(path);
      expect(() => twice.images[0]?.read()).toThrow(/the pieces of image "x" do not follow each other/);
      twice.close();
    }
    // Sixteen thousand events announced, no columns for them.
    const hollow = pack([0, 16_384, Uint8Array.of(0, 0x10), Uint8Array.of(0, 1), Uint8Array.of(0, 0), [[0x10]]]);
    expect(
      openError(tape(frame(header), wholeFrame(FrameKind.events, 1, hollow, 3, { start: 1, end: 1, count: 16_384 }))),
    ).toBe('opened');
    const hollowTape = TapeReader.open(path);
    expect(() => [...hollowTape.events()]).toThrow(/vm-exit with 0 columns/);
    hollowTape.close();
  });

  it('or is huge and hollow is given up soon', () => {
    writeFileSync(path, whole.subarray(0, 600));
    truncateSync(path, 2 ** 36);
    const reader = TapeReader.open(path);
    expect(reader.integrity.complete).toBe(false);
    reader.close();
    writeFileSync(path, '');
    truncateSync(path, 2 ** 36);
    expect(() => TapeReader.open(path)).toThrow(/it is not a hypertape tape/);
  });

  it('or hides unknown events is read without them, their numbers counted', () => {
    const constant = (value: number): Uint8Array => Uint8Array.of(0, value);
    const tags = Uint8Array.of(1, 0x32, 0x6f, 0x32);
    const payload = pack([
      0,
      3,
      tags,
      constant(5),
      constant(0),
      [
        [0x32, constant(27)],
        [0x6f, constant(1), constant(2)],
      ],
    ]);
    writeFileSync(
      path,
      concat(
        encodePreamble(),
        wholeFrame(FrameKind.header, 0, header, 3),
        wholeFrame(FrameKind.events, 1, payload, 3, { start: 5, end: 5, count: 3 }),
      ),
    );
    const reader = TapeReader.open(path);
    expect([...reader.events()].map((event) => [event.kind, event.ordinal])).toEqual([
      ['irq-ack', 0],
      ['irq-ack', 2],
    ]);
    reader.close();
  });
});
