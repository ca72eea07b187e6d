// Random recordings and their replays: cut at random, gone through in random order, from checkpoints at random distances. No divergence.
import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { kinds } from '../state/moments.fixture.ts';
import { demoConfig, testFolder } from '../support/demo.fixture.ts';
import { seeds } from '../support/faults.fixture.ts';

/** The demo guest is at its prompt by then. */
const PROMPT = 28_900_000;
const WORDS = ['help\r', 'ticks\r', 'wfi\r', 'no such thing\r', '\x03', '\r\n', 'x'.repeat(90), '\x7f\x7f'];
const SEEKS = 8;

/** Numbers below a bound, from a seed. */
const randomOf = (seed: number) => {
  const prng = new Prng(BigInt(seed));
  return (below: number): number => Number(prng.next64() % BigInt(below));
};
type Random = ReturnType<typeof randomOf>;

function record(path: string, random: Random): string {
  const kind = kinds[random(kinds.length)] as (typeof kinds)[number];
  const session = new RunSession({
    config: { ...demoConfig, ...kind, entropySeed: BigInt(random(1000)), rtcEpochSeconds: random(2 ** 31) },
    images: MachineImages.read({ kernel: guestFiles(`demo-${kind.arch}`).kernel }),
    consoleOut: () => {},
    tape: {
      path,
      level: random(4) === 0 ? 'inputs' : 'exits',
      producer: 'hypertape test',
      checkpoints: random(3) === 0 ? 'by cost' : { instructions: 100_000 + random(5_000_000) },
    },
  });
  let at = random(PROMPT);
  for (let n = random(6); n > 0; n--) {
    session.run(at);
    session.machine.input(Buffer.from(WORDS[random(WORDS.length)] as string));
    at += random(20_000_000);
  }
  session.run(Math.max(at, PROMPT));
  session.machine.input(Buffer.from('off\r'));
  const stop = session.run(1e9);
  return session.finish(stop.kind === 'ended' ? stop.outcome : 'limit', '').stateHash;
}

function replayInPieces(reader: TapeReader, random: Random): void {
  const replay = new ReplaySession(reader, { consoleOut: () => {} });
  for (;;) {
    const stop = replay.run(replay.machine.icount + 1 + random(2 ** (1 + random(24))));
    if (stop.kind === 'place') continue;
    expect(stop).toEqual({ kind: 'end' });
    return;
  }
}

function goAbout(reader: TapeReader, random: Random, end: string): void {
  const timeline = new Timeline(reader);
  const seen = new Map<number, string>();
  for (let n = 0; n < SEEKS; n++) {
    if (n % 2 === 0) timeline.seek(random(timeline.last));
    else if (n % 4 === 1) timeline.seek(timeline.now.icount + random(2000) - 1000);
    else timeline.step(random(2) === 0 ? 'forwards' : 'backwards');
    const { icount } = timeline.now;
    const hash = timeline.machine.stateHash();
    expect(seen.get(icount) ?? hash, `icount ${icount}`).toBe(hash);
    seen.set(icount, hash);
  }
  // Again, in the other order.
  for (const [icount, hash] of [...seen].reverse()) {
    timeline.seek(icount);
    if (timeline.now.icount === icount) expect(timeline.machine.stateHash(), `icount ${icount} again`).toBe(hash);
  }
  timeline.seek(timeline.last);
  timeline.run('forwards', { arm: () => () => {} });
  expect(timeline.machine.stateHash(), 'the end').toBe(end);
}

it('record, replay in pieces, and go about', () => {
  for (const seed of seeds(8)) {
    const random = randomOf(seed);
    const path = `${testFolder()}/pair.tape`;
    try {
      const end = record(path, random);
      const reader = TapeReader.open(path);
      replayInPieces(reader, random);
      goAbout(reader, random, end);
      reader.close();
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    } finally {
      rmSync(path, { force: true });
    }
  }
});
