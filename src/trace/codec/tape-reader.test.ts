import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { AssertionError } from '../../base/assert.ts';
import { Prng } from '../../base/prng.ts';
import { consoleIn, consoleOut, idleSkip, irqAck, stateHash, type TapeEvent, vmExit } from '../events/index.ts';
import { tapeLimits } from '../limits.ts';
import { FrameKind } from './frame.ts';
import { emitConsoleTraffic, emitTo, folder, randomEvents, start } from './tape.fixture.ts';
import { TapeReader } from './tape-reader.ts';
import { TapeWriter } from './tape-writer.ts';

const { file, path: folderPath, remove } = folder();
afterAll(remove);
const end = { at: 2 ** 40, vcpu: 0, outcome: 'poweroff', reason: 'PSCI', stateHash: 'ab', consoleSha256: 'cd' };

function record(path: string, events: Iterable<TapeEvent>, options: Partial<typeof start> = {}): TapeWriter {
  const writer = TapeWriter.create(path, { ...start, ...options });
  for (const event of events) emitTo(writer, event);
  return writer;
}

function withReader<T>(path: string, use: (reader: TapeReader) => T): T {
  const reader = TapeReader.open(path);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

describe('a tape', () => {
  it('gives back every kind of event with its values and its number', () => {
    const events = [...randomEvents(1n, 40_000)];
    const path = file('all.tape');
    const writer = record(path, events);
    writer.finish(end);
    withReader(path, (reader) => {
      const expected = [...events, { kind: 'run-end', ...end }].map((event, ordinal) => ({ ...event, ordinal }));
      // One comparison a kind of event would stop at the first difference, too, and take far longer than this.
      const read = [...reader.events()];
      expect(read.length).toBe(expected.length);
      for (const [i, event] of expected.entries()) expect(read[i]).toEqual(event);
      expect(reader.eventCount).toBe(expected.length);
      expect(reader.icounts).toEqual({ first: events[0]?.at, last: end.at });
      expect(reader.integrity).toMatchObject({
        complete: true,
        truncatedAt: undefined,
        damagedFrames: [],
        summary: 'whole',
      });
      expect(reader.verify()).toEqual(reader.integrity);
      expect(writer.stats).toMatchObject({ tapeBytes: statSync(path).size, events: expected.length });
    });
  });

  it('gives back header, host information and images', () => {
    const kernel = new Prng(5n).bytes(2 * tapeLimits.frameRawBytesMax + 12_345);
    const images = [
      { name: 'kernel', data: kernel },
      { name: 'none', data: new Uint8Array(0) },
      { name: 'disk', data: Uint8Array.of(1, 2, 3), embed: false },
    ];
    const path = file('images.tape');
    record(path, [], { images, host: { name: 'build-7', cpus: 2 } }).finish(end);
    withReader(path, (reader) => {
      const { images: infos, ...rest } = reader.header;
      expect({ ...rest, images: [] }).toEqual(start);
      expect(infos.map((info) => [info.name, info.bytes, info.embedded])).toEqual([
        ['kernel', kernel.length, true],
        ['none', 0, true],
        ['disk', 3, false],
      ]);
      expect(reader.host).toEqual({ name: 'build-7', cpus: 2 });
      expect(Buffer.compare(reader.images[0]?.read() ?? Buffer.of(), kernel)).toBe(0);
      expect(reader.images[1]?.read().length).toBe(0);
      expect(() => reader.images[2]?.read()).toThrow(/holds only the digest of image "disk".*sha256 039058c6/);
      expect(reader.frames().filter((frame) => frame.kind === FrameKind.image).length).toBe(3);
      expect(reader.verify().complete).toBe(true);
    });
  });

  it('of the same run is the same, byte by byte', () => {
    for (const name of ['a.tape', 'b.tape']) record(file(name), randomEvents(2n, 20_000)).finish(end);
    expect(Buffer.compare(readFileSync(file('a.tape')), readFileSync(file('b.tape')))).toBe(0);
  });

  it('costs at most 3 bytes an event of console traffic', () => {
    const writer = record(file('size.tape'), []);
    const events = emitConsoleTraffic(writer, 400);
    writer.finish(end);
    expect(writer.stats.events).toBe(events + 1);
    expect(writer.stats.eventBytes / events).toBeLessThan(3);
  });

  it('at level inputs holds inputs, checks and the end, in under 4 KB', () => {
    const path = file('inputs.tape');
    const writer = record(path, [], { level: 'inputs' });
    for (let at = 0; at < 3e9; at += 1e8) {
      emitConsoleTraffic(writer, 1);
      writer.emit(stateHash, { at, vcpu: 0, hash: new Prng(BigInt(at)).bytes(32) });
    }
    writer.emit(consoleIn, { at: 3e9, vcpu: 0, device: 0, bytes: Buffer.from('root\r') });
    writer.finish({ ...end, at: 3e9 });
    withReader(path, (reader) => {
      expect(new Set([...reader.events()].map((event) => event.kind))).toEqual(
        new Set(['state-hash', 'console-in', 'run-end']),
      );
    });
    expect(statSync(path).size).toBeLessThan(4096);
  });

  it('is read by icount, vCPU and class', () => {
    const events = [...randomEvents(3n, 40_000)];
    record(file('filter.tape'), events).finish(end);
    withReader(file('filter.tape'), (reader) => {
      const [from, to] = [events[17_000]?.at ?? 0, events[17_500]?.at ?? 0];
      const classes = new Set(['mmio-read', 'WFI', 'SYS64']);
      const wanted = events.filter((event) => event.at >= from && event.at <= to && event.vcpu === 2);
      expect([...reader.events({ from, to, vcpu: 2 })].length).toBe(wanted.length);
      const kinds = [...reader.events({ classes })].map((event) => event.kind);
      expect(new Set(kinds)).toEqual(new Set(['mmio-read', 'vm-exit']));
    });
  });

  it('closes its frames by count, by icounts and by bytes', () => {
    const path = file('frames.tape');
    const writer = record(path, []);
    for (let i = 0; i < tapeLimits.frameEventsMax + 1; i++) writer.emit(irqAck, { at: i, vcpu: 0, intid: 27 });
    writer.emit(idleSkip, { at: 2 ** 32, vcpu: 0, to: 2 ** 33 });
    const bytes = new Uint8Array(tapeLimits.fieldBytesMax);
    for (let i = 0; i < 5; i++) writer.emit(consoleOut, { at: 2 ** 32, vcpu: 0, device: 0, bytes });
    writer.finish({ ...end, at: 2 ** 32 });
    const counts = withReader(path, (reader) => reader.frames().map((frame) => frame.count));
    expect(counts).toEqual([0, tapeLimits.frameEventsMax, 1, 5, 2]);
  });

  it('refuses values that do not fit, which only our own fault can bring', () => {
    const writer = record(file('assert.tape'), []);
    for (const intid of [-1, 1.5, 2 ** 32, Number.NaN])
      expect(() => writer.emit(irqAck, { at: 1, vcpu: 0, intid })).toThrow(AssertionError);
    const bytes = new Uint8Array(tapeLimits.fieldBytesMax + 1);
    expect(() => writer.emit(consoleOut, { at: 1, vcpu: 0, device: 0, bytes })).toThrow(AssertionError);
  });
});

describe('writing', () => {
  it('that is aborted leaves a tape up to its last event', () => {
    const writer = record(file('abort.tape'), randomEvents(4n, 100));
    writer.abort();
    writer.abort();
    expect(() => writer.emit(irqAck, { at: 1, vcpu: 0, intid: 1 })).toThrow(AssertionError);
    withReader(file('abort.tape'), (reader) => {
      expect([...reader.events()].length).toBe(100);
      expect(reader.integrity).toMatchObject({
        complete: false,
        truncatedAt: statSync(file('abort.tape')).size,
        lastWholeFrame: 1,
      });
    });
  });

  it('that is killed leaves a tape up to its last whole frame, and no other file', () => {
    const path = file('killed.tape');
    const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const program = file('killed.mjs');
    writeFileSync(
      program,
      `import { TapeWriter } from ${module('./tape-writer.ts')};
       import { emitTo, randomEvents, start } from ${module('./tape.fixture.ts')};
       const writer = TapeWriter.create(${JSON.stringify(path)}, start);
       for (const event of randomEvents(6n, 40_000)) emitTo(writer, event);
       process.kill(process.pid, 'SIGKILL');`,
    );
    expect(spawnSync(process.execPath, [pathToFileURL(program).pathname]).signal).toBe('SIGKILL');
    withReader(path, (reader) => {
      const events = [...reader.events()];
      expect(events.length).toBe(2 * tapeLimits.frameEventsMax);
      expect(events.at(-1)?.at).toBe(reader.integrity.replayableTo);
      expect(reader.integrity.summary).toBe(
        `cut off at offset ${statSync(path).size}, after frame 2 (icount ${events.at(-1)?.at}): replayable up to there`,
      );
    });
    expect(readdirSync(folderPath).filter((name) => name.startsWith('killed.tape'))).toEqual(['killed.tape']);
  });

  it('to a place that cannot be written is one clear line, and leaves nothing', () => {
    expect(() => record(file('no/such/folder.tape'), [])).toThrow(
      /cannot write .*folder.tape: there is no such file or folder \(ENOENT\)/,
    );
    mkdirSync(file('folder'));
    expect(() => record(file('folder'), [])).toThrow(/it is a folder; give the name of a file/);
    expect(() => record('/dev/full', [])).toThrow(/it is a device; give the name of a file/);
    expect(readdirSync(file('folder'))).toEqual([]);
  });

  it('replaces an older file only when it is told to, and when it is finished', () => {
    const [old, link] = [file('old.tape'), file('link.tape')];
    writeFileSync(old, 'old');
    symlinkSync(old, link);
    const others = (): string[] => readdirSync(folderPath).filter((name) => /^(old|link)\.tape\./.test(name));
    for (const path of [old, link]) expect(() => record(path, [])).toThrow(/is there already; give --force/);
    const bad = { ...start, machine: { bad: Symbol('x') as never } };
    expect(() => TapeWriter.create(link, bad, { force: true })).toThrow();
    expect(others()).toEqual([]);
    const writer = TapeWriter.create(link, start, { force: true });
    emitConsoleTraffic(writer, 1);
    writer.saveTail();
    expect(readFileSync(old, 'utf8')).toBe('old');
    expect(others()).toEqual([expect.stringMatching(/^old\.tape\.[0-9a-f]{16}\.recording$/)]);
    expect(withReader(writer.path, (reader) => reader.eventCount)).toBe(writer.stats.events);
    writer.finish(end);
    expect(others()).toEqual([]);
    expect(withReader(old, (reader) => reader.eventCount)).toBe(writer.stats.events);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('with a shrinking quota keeps the tape up to its last whole frame', () => {
    // ulimit -f counts blocks of 512 or 1024 bytes; Node ignores SIGXFSZ, so that the write fails with EFBIG.
    const path = file('quota.tape');
    const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const program = file('quota.mjs');
    writeFileSync(
      program,
      `import { TapeWriter } from ${module('./tape-writer.ts')};
       import { emitTo, randomEvents, start } from ${module('./tape.fixture.ts')};
       process.on('SIGXFSZ', () => {});
       const writer = TapeWriter.create(${JSON.stringify(path)}, start);
       try { for (const event of randomEvents(6n, 200_000)) emitTo(writer, event); } catch (error) { console.log(error.name + ': ' + error.message); }`,
    );
    const run = spawnSync('sh', ['-c', `ulimit -f 1200; exec "${process.execPath}" "${program}"`], {
      encoding: 'utf8',
    });
    expect(run.stdout).toMatch(
      /^Failure: cannot go on writing .*quota.tape: .*\(EFBIG\); the tape replays up to icount [1-9][0-9]*; /,
    );
    withReader(path, (reader) => {
      expect(reader.integrity).toMatchObject({ complete: false, truncatedAt: statSync(path).size });
      expect([...reader.events()].at(-1)?.at).toBe(reader.integrity.replayableTo);
      expect(reader.verify().damagedFrames).toEqual([]);
    });
  });
});

describe('emitting', () => {
  it('takes what the hypervisor has at hand: wrapped 64-bit values and reused buffers', () => {
    const writer = record(file('emit.tape'), []);
    const buffer = Uint8Array.of(1, 2);
    writer.emit(vmExit, {
      at: 1,
      vcpu: 0,
      pc: 2n ** 64n - 1n,
      bhyveExit: 5,
      kvmClass: 0,
      esr: 0xffff_ffff,
      far: 0n,
      hpfar: 0n,
    });
    writer.emit(consoleOut, { at: 2, vcpu: 0, device: 0, bytes: buffer });
    buffer.fill(9);
    writer.finish(end);
    const events = withReader(file('emit.tape'), (reader) => [...reader.events()]);
    expect(events[0]).toMatchObject({ pc: 2n ** 64n - 1n, esr: 0xffff_ffff });
    expect(events[1]).toMatchObject({ bytes: Uint8Array.of(1, 2) });
  });
});
