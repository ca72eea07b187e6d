// Recordings that are killed at random moments: what they leave replays to its last event, and is at most two seconds old.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { repairTape } from '../../src/trace/codec/tape-repair.ts';
import { Running, randomGuest, slowGuest, WorkFolder } from '../../tools/session/command-line.fixture.ts';
import { seeds } from '../support/faults.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const KILLS = 8;
/** How long a recording runs at most once its tape is there; one of so many is killed while it starts. */
const RUN_MS_MAX = 4000;
const STARTING = 8;
/** What it may lose at most. */
const LOST_MS_MAX = 2000;

/** Of one, frames end by their events, of the other by their icounts. */
const guests = [work.code('random', randomGuest), work.code('slow', slowGuest)];

interface Killed {
  /** Of the host's time, between what the tape holds and the kill. */
  readonly lostMs: number;
  readonly events: number;
}

async function kill(seed: number): Promise<Killed | undefined> {
  const prng = new Prng(BigInt(seed));
  const name = `${seed}.tape`;
  const tape = work.file(name);
  const recording = new Running(['record', ...(guests[seed % guests.length] ?? []), '-o', tape]);
  if (seed % STARTING !== 0) await recording.until(() => existsSync(tape));
  await new Promise((resolve) => setTimeout(resolve, Number(prng.next64() % BigInt(RUN_MS_MAX))));
  recording.process.kill('SIGKILL');
  const at = Date.now();
  await recording.finished;
  const left = readdirSync(work.path).filter((file) => file.startsWith(name));
  // Killed before it had begun.
  if (!left.includes(name)) {
    expect(
      left.every((file) => /^\d+\.tape\.[0-9a-f]{16}\.recording$/.test(file)),
      `FAULTS_SEED=${seed}`,
    ).toBe(true);
    return undefined;
  }
  expect(left, `FAULTS_SEED=${seed}`).toEqual([name]);
  return { lostMs: Math.max(0, at - statSync(tape).mtimeMs), events: check(tape, seed) };
}

/** Replays and repairs what a kill left; the number of its events. */
function check(tape: string, seed: number): number {
  const told = `FAULTS_SEED=${seed}`;
  const reader = TapeReader.open(tape);
  const { complete, damagedFrames } = reader.verify();
  expect({ complete, damagedFrames }, told).toEqual({ complete: false, damagedFrames: [] });
  const session = new ReplaySession(reader, { consoleOut() {} });
  expect(session.run(), told).toMatchObject({ kind: 'cut' });
  const events = reader.eventCount;
  expect(session.checker.checked, told).toBe(events);
  const repaired = repairTape(reader, work.file('repaired.tape'), true);
  expect(repaired, told).toMatchObject({ events, end: 'open', framesLeftOut: 0 });
  reader.close();
  return events;
}

test('a killed recording replays to its last frame, and loses at most two seconds', async () => {
  const killed: Killed[] = [];
  let tooEarly = 0;
  for (const seed of seeds(KILLS)) {
    const one = await kill(seed);
    if (one === undefined) tooEarly++;
    else killed.push(one);
  }
  const lost = killed.filter(({ events }) => events > 0).map(({ lostMs }) => lostMs);
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(LOST_MS_MAX);
  const most = Math.round(lost.reduce((a, b) => Math.max(a, b), 0));
  const mean = Math.round(lost.reduce((a, b) => a + b, 0) / lost.length);
  process.stdout.write(
    `kills: ${killed.length} left a tape, all of which replay to their last event; ${tooEarly} came before it; lost at most ${most} ms, ${mean} ms on average\n`,
  );
});
