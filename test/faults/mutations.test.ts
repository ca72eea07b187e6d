// Tapes with random damage, and forged ones with right checksums: read, repaired and replayed without a crash, and never taken for the run that they were.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { Failure } from '../../src/base/failure.ts';
import { Prng } from '../../src/base/prng.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { isOpenEnd, ReplaySession } from '../../src/replay/replay.ts';
import { RewriteSession } from '../../src/replay/rewrite.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { tapeOf } from '../../src/trace/codec/forged.fixture.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { repairTape } from '../../src/trace/codec/tape-repair.ts';
import { eventByName, firstDifference, type TapeEvent } from '../../src/trace/events/index.ts';
import { withHostMemory } from '../../tools/session/host-memory.ts';
import { tapeSummary } from '../../tools/session/tape-summary.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';
import { seeds } from '../support/faults.fixture.ts';

/** Prints a letter twenty times and powers off: small enough to be replayed thousands of times. */
const letters = Uint32Array.of(
  0xd2a12000, // mov  x0, #0x9000000
  0x52800821, // mov  w1, #'A'
  0xd2800282, // mov  x2, #20
  0xb9000001, // 1: str w1, [x0]
  0xd1000442, // sub  x2, x2, #1
  0xb5ffffc2, // cbnz x2, 1b
  0x52b08000, // movz w0, #0x8400, lsl #16
  0x72800100, // movk w0, #8: SYSTEM_OFF
  0xd4000002, // hvc  #0
);
const CASES = 250;
const MiB = 2 ** 20;

interface Part {
  readonly kind: number;
  readonly raw: Uint8Array;
  readonly range: { readonly start: number; readonly end: number; readonly count: number };
}

class Mutator {
  readonly #prng: Prng;
  readonly #whole: Uint8Array;
  readonly #parts: readonly Part[];
  constructor(seed: number, whole: Uint8Array, parts: readonly Part[]) {
    this.#prng = new Prng(BigInt(seed));
    this.#whole = whole;
    this.#parts = parts;
  }
  below(count: number): number {
    return Number(this.#prng.next64() % BigInt(count));
  }
  /** Bytes changed, left out, doubled or made up. */
  #scratched(bytes: Uint8Array): Uint8Array {
    let out = Uint8Array.from(bytes);
    for (let n = this.below(4); n >= 0; n--) {
      const at = this.below(Math.max(1, out.length));
      const length = 1 + this.below(8);
      const before = out.subarray(0, at);
      const kinds = [
        () => out.set([(out[at] ?? 0) ^ (1 << this.below(8))], Math.min(at, out.length - 1)),
        () => out.set(this.#prng.bytes(Math.min(length, out.length - at)), at),
        () => (out = joined(before, out.subarray(Math.min(out.length, at + length)))),
        () => (out = joined(before, out.subarray(at), out.subarray(at, at + length))),
        () => (out = joined(before, this.#prng.bytes(length), out.subarray(at))),
        () => (out = Uint8Array.from(before)),
      ];
      if (out.length > 0) must(kinds[this.below(kinds.length)], 'a kind of scratch')();
    }
    return out;
  }
  tape(): Uint8Array {
    return this.below(2) === 0 ? this.#scratched(this.#whole) : this.#forged();
  }
  /** Frames left out, doubled, in another order, or scratched within their checksums. */
  #forged(): Uint8Array {
    const parts = [...this.#parts];
    for (let n = this.below(3); n >= 0; n--) {
      const at = this.below(parts.length);
      const part = must(parts[at], 'a frame');
      const kinds = [
        () => parts.splice(at, 1),
        () => parts.splice(at, 0, part),
        () => parts.splice(this.below(parts.length), 0, ...parts.splice(at, 1)),
        () => (parts[at] = { ...part, raw: orOneByte(this.#scratched(part.raw)) }),
        () => (parts[at] = { ...part, range: { ...part.range, count: this.below(300) } }),
        () => (parts[at] = { ...part, range: { ...part.range, end: part.range.start + this.below(2 ** 31) } }),
      ];
      if (parts.length > 1) must(kinds[this.below(kinds.length)], 'a kind of forgery')();
    }
    return tapeOf(parts, this.below(4) === 0);
  }
}
const joined = (...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.concat(pieces));
const orOneByte = (bytes: Uint8Array): Uint8Array => (bytes.length === 0 ? Uint8Array.of(0) : bytes);

/** Runs what may end in a Failure of one line and in nothing else. */
function failing<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(2000);
    return undefined;
  }
}

/** Replays a tape: how many of its events are verified, and whether it is called whole. */
function replay(path: string): { readonly checked: number; readonly whole: boolean } | undefined {
  return failing(() => {
    const reader = TapeReader.open(path);
    try {
      const { machine } = reader.header;
      // What a person is shown for a machine of gibibytes is the same; a campaign has no room for them.
      if (typeof machine.memoryBytes === 'number' && machine.memoryBytes > 64 * MiB) return undefined;
      const session = withHostMemory(Number(machine.memoryBytes), () => new ReplaySession(reader, { consoleOut() {} }));
      const stop = session.run(1e6);
      const { complete, damagedFrames } = session.integrity;
      if (stop.kind === 'divergence' || damagedFrames.length > 0) return undefined;
      return { checked: session.checker.checked, whole: stop.kind === 'end' && complete };
    } finally {
      reader.close();
    }
  });
}

/** Goes about a tape. What it shows may be a forged checkpoint's; it comes to an end, or says in one line why not. */
function goAbout(path: string): true | undefined {
  return failing(() => {
    const reader = TapeReader.open(path);
    try {
      const { memoryBytes } = reader.header.machine;
      if (typeof memoryBytes === 'number' && memoryBytes > 64 * MiB) return undefined;
      const timeline = withHostMemory(Number(memoryBytes), () => new Timeline(reader));
      for (const place of [timeline.last, Math.floor(timeline.last / 2), 20, timeline.last]) {
        // A forged tape may be said to end where nothing comes to.
        if (timeline.last > 1e6) return undefined;
        timeline.seek(place);
        timeline.step('backwards');
      }
      return true;
    } finally {
      reader.close();
    }
  });
}

/** Makes its checkpoints anew. */
function indexed(path: string, to: string): true | undefined {
  return failing(() => {
    const reader = TapeReader.open(path);
    try {
      const { memoryBytes } = reader.header.machine;
      if (typeof memoryBytes === 'number' && memoryBytes > 64 * MiB) return undefined;
      const options = { path: to, force: true, checkpoints: { instructions: 20 } };
      const rewrite = withHostMemory(Number(memoryBytes), () => new RewriteSession(reader, options));
      try {
        return rewrite.run(1e6).kind === 'end' ? true : undefined;
      } finally {
        rewrite.discard();
      }
    } finally {
      reader.close();
    }
  });
}

const eventsOf = (path: string): TapeEvent[] => {
  const reader = TapeReader.open(path);
  const events = [...reader.events()];
  reader.close();
  return events;
};

/** Reads all of each checkpoint that can be: how many. */
const readCheckpoints = (tape: TapeReader): number =>
  [...tape.checkpoints.keys()].filter((number) =>
    failing(() => {
      for (const { content } of tape.checkpoint(number).pages) if (content !== null) tape.pageContent(content);
      return true;
    }),
  ).length;

/** Two events are the same but for words that are for people. */
function isSame(a: TapeEvent | undefined, b: TapeEvent | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return false;
  const decl = must(eventByName(a.kind), 'a declaration');
  return (
    firstDifference(decl, a as never, { ...b, ...('reason' in a ? { reason: a.reason } : {}) } as never) === undefined
  );
}

test('mutated tapes are refused, or read and replayed as far as they are true', () => {
  const folder = testFolder();
  const [original, path, repaired, anew] = ['original', 'mutated', 'repaired', 'anew'].map((name) =>
    join(folder, `${name}.tape`),
  ) as [string, string, string, string];
  const images = new MachineImages([{ role: 'kernel', name: 'letters', bytes: new Uint8Array(letters.buffer) }]);
  const checkpoints = { instructions: 15 };
  recordDemo({ path: original, images, config: { memoryBytes: 16 * MiB, loadAddress: 0x4008_0000 }, checkpoints });
  const reader = TapeReader.open(original);
  const parts = reader.frames().map((entry): Part => {
    const { kind, start, end, count } = entry;
    return { kind, raw: reader.payload(entry), range: { start, end, count } };
  });
  const whole = readFileSync(original);
  reader.close();
  const truth = eventsOf(original);
  expect(replay(original)).toEqual({ checked: truth.length, whole: true });

  const seen = { opened: 0, replayed: 0, whole: 0, repaired: 0, checkpoints: 0, wentAbout: 0, indexed: 0 };
  for (const seed of seeds(CASES)) {
    const told = `FAULTS_SEED=${seed}`;
    const mutated = new Mutator(seed, whole, parts).tape();
    writeFileSync(path, mutated);
    const summary = failing(() => {
      const tape = TapeReader.open(path);
      try {
        for (const _ of tape.events({ damage: 'skip' }));
        seen.checkpoints += readCheckpoints(tape);
        return tapeSummary(tape);
      } finally {
        tape.close();
      }
    });
    if (summary !== undefined) seen.opened++;
    const verified = replay(path);
    if (verified !== undefined) {
      seen.replayed++;
      if (verified.whole) seen.whole++;
      const events = eventsOf(path);
      expect(verified.checked, told).toBe(events.length);
      for (const [i, event] of events.entries()) expect(isSame(event, truth[i]), `${told}, event ${i}`).toBe(true);
      if (verified.whole) expect(events.length, told).toBe(truth.length);
    }
    if (goAbout(path)) seen.wentAbout++;
    if (indexed(path, anew)) {
      seen.indexed++;
      const events = eventsOf(anew);
      expect(events.length, told).toBe(truth.length);
      for (const [i, event] of events.entries()) expect(isSame(event, truth[i]), `${told}, event ${i}`).toBe(true);
    }
    const fixed = failing(() => {
      const tape = TapeReader.open(path);
      try {
        return repairTape(tape, repaired, true);
      } finally {
        tape.close();
      }
    });
    if (fixed === undefined) continue;
    seen.repaired++;
    const kept = eventsOf(repaired);
    const end = kept.at(-1);
    expect(end?.kind === 'run-end' && isOpenEnd(end), told).toBe(fixed.end === 'open');
    expect(
      failing(() => TapeReader.open(repaired).verify().complete),
      told,
    ).toBe(true);
  }
  // A campaign that refuses everything at the door tests nothing.
  expect(
    Math.min(seen.opened, seen.replayed, seen.repaired, seen.checkpoints, seen.wentAbout, seen.indexed),
  ).toBeGreaterThan(0);
  process.stdout.write(
    `mutations: ${JSON.stringify({ ...seen, peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`,
  );
});
