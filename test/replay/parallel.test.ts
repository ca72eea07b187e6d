// A tape's stretches replayed side by side come to what one replay of all of it comes to.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { FrameKind, frameHeaderBytes } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { TapeEvent } from '../../src/trace/events/index.ts';
import { hypertape, jsonOf, WorkFolder } from '../../tools/session/command-line.fixture.ts';
import { type ChangeCheckpoint, withOtherMemory } from '../support/checkpoints.fixture.ts';
import { rewriteTape } from '../support/rewrite.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

/** What is told but for how long it took. */
function told(tape: string, ...options: readonly string[]) {
  const finished = hypertape(['replay', tape, '--json', ...options]);
  const { wallMs, mips, ...json } = jsonOf(finished);
  expect(typeof wallMs === 'number' && typeof mips === 'number').toBe(true);
  return { status: finished.status, json, stderr: finished.stderr };
}
const inThreads = ['--parallel', '2'];

describe.each(['demo-arm64', 'demo-armv7'])('%s', (guest) => {
  const tape = work.file(`${guest}.tape`);
  const input = work.write('input', 'expect demo>\nsend help\\r\nexpect demo>\nsend off\\r\n');
  const recorded = hypertape([
    ...['record', '--guest', guest, '-o', tape, '--input', input],
    ...['--checkpoint-every', '1.2M', '--reproducible'],
  ]);
  const changed = (name: string, changes: Parameters<typeof rewriteTape>[2]): string => {
    const path = work.file(`${guest}-${name}.tape`);
    rewriteTape(tape, path, { checkpoint: (checkpoint) => checkpoint, ...changes });
    return path;
  };

  it('says what a serial replay says, and prints its console', () => {
    expect(recorded.status).toBe(0);
    const reader = TapeReader.open(tape);
    expect(reader.checkpoints.length).toBeGreaterThan(3);
    const { json, stderr } = told(tape, ...inThreads);
    expect({ json, status: 0, stderr }).toEqual(told(tape));
    expect(json).toMatchObject({ verified: true, eventsChecked: reader.eventCount });
    expect(stderr).toBe(recorded.stdout);
  });

  it('tells the first divergence as a serial replay does', () => {
    const { eventCount } = TapeReader.open(tape);
    let left = 0;
    const other = (event: TapeEvent, ordinal: number): TapeEvent => {
      if (event.kind !== 'mmio-read' || ordinal < eventCount / 2 || left++ % 300 > 0) return event;
      return { ...event, value: event.value ^ 0x8000n };
    };
    const path = changed('events', { event: other });
    const serial = told(path);
    expect(serial).toMatchObject({ status: 1, json: { verified: false, divergence: { what: 'mmio-read.value' } } });
    expect(left).toBeGreaterThan(300);
    expect(told(path, ...inThreads)).toEqual(serial);
  });

  it('finds a forged checkpoint, and replays without it', () => {
    const at = 2;
    const { icount } = must(TapeReader.open(tape).checkpoints[at], 'checkpoint');
    const otherRegister: ChangeCheckpoint = (checkpoint, number) => {
      if (number !== at) return checkpoint;
      const parts = checkpoint.parts.map((part) => {
        const { x } = part.state;
        if (part.name !== 'cpu' || !Array.isArray(x)) return part;
        return { ...part, state: { ...part.state, x: x.map((value, n) => (n === 9 ? 1234n : value)) } };
      });
      expect(parts).not.toEqual(checkpoint.parts);
      return { ...checkpoint, parts };
    };
    const later: ChangeCheckpoint = (checkpoint, number) =>
      number === at ? { ...checkpoint, instructions: checkpoint.instructions - 1 } : checkpoint;
    const ends = () => {
      const reader = TapeReader.open(tape);
      const [last] = reader.events({ classes: new Set(['run-end']) });
      if (last?.kind !== 'run-end') throw new Error('the run has an end');
      const { at: icount, stateHash, consoleSha256 } = last;
      return { end: { icount, stateHash, consoleSha256 }, eventCount: reader.eventCount };
    };
    const line = (path: string, why: string) =>
      `${path}: its checkpoint at icount ${icount.toLocaleString('en')} \\(.*\\) is of no use \\(${why}\\); the run is replayed on without it`;
    const forgeries: readonly (readonly [name: string, checkpoint: ChangeCheckpoint, why: string])[] = [
      ['register', otherRegister, 'cpu\\.x\\[9\\] differs'],
      ['page', withOtherMemory(TapeReader.open(tape), at), 'memory differs'],
      ['instructions', later, 'instruction count differs'],
    ];
    for (const [name, checkpoint, why] of guest === 'demo-arm64' ? forgeries : forgeries.slice(0, 1)) {
      const path = changed(name, { checkpoint });
      const { status, json, stderr } = told(path, ...inThreads);
      const { end, eventCount } = ends();
      expect({ name, status, json }).toMatchObject({
        name,
        status: 0,
        json: { verified: true, eventsChecked: eventCount },
      });
      expect(json).toMatchObject(end);
      expect(stderr).toMatch(new RegExp(line(path, why)));
      expect(stderr.match(/is of no use/g)?.length).toBe(1);
    }
  });

  it('goes on without a checkpoint that is damaged', () => {
    const bytes = readFileSync(tape);
    const reader = TapeReader.open(tape);
    // A page set: only who needs its pages reads it.
    const sets = reader.frames().filter(({ kind }) => kind === FrameKind.pageSet);
    const set = must(sets.at(-1), 'a page set');
    bytes[set.offset + frameHeaderBytes + 9] = must(bytes[set.offset + frameHeaderBytes + 9], 'byte') ^ 1;
    const path = work.write(`${guest}-damaged.tape`, bytes);
    const { status, json, stderr } = told(path, ...inThreads);
    expect({ status, json }).toMatchObject({ status: 0, json: { verified: true, complete: false } });
    expect(stderr).toMatch(/checkpoints are damaged \(.*\); the run is replayed on without them/);
  });
});

it('a tape that begins within its run is replayed from there', () => {
  const flight = work.file('flight.tape');
  const record = ['record', '--guest', 'demo-arm64', '-o', flight, '--console', 'none', '--keep-last', '100ms'];
  expect(hypertape(record).status).toBe(0);
  const tape = work.file('indexed.tape');
  expect(hypertape(['index', flight, '-o', tape, '--checkpoint-every', '100k']).status).toBe(0);
  const reader = TapeReader.open(tape);
  expect([reader.begin !== undefined, reader.checkpoints.length > 3]).toEqual([true, true]);
  const { json, ...rest } = told(tape, ...inThreads);
  expect(json).toMatchObject({ verified: true, eventsChecked: reader.eventCount });
  expect({ json, ...rest }).toEqual(told(tape));
});

it('tapes that have no stretches are replayed serially, and say so', () => {
  const record = (name: string, ...more: readonly string[]): string => {
    const path = work.file(name);
    hypertape(['record', '--guest', 'demo-arm64', '-o', path, '--console', 'none', ...more]);
    return path;
  };
  const inputs = record('inputs.tape', '--level', 'inputs', '--checkpoint-every', '1M');
  const none = record('none.tape', '--no-checkpoints');
  const why = /has no checkpoints \("hypertape index" adds them\): it is replayed/;
  for (const [tape, line] of [
    [none, why],
    [inputs, /holds inputs alone/],
  ] as const)
    expect(told(tape, ...inThreads)).toMatchObject({
      ...{ status: 0, json: { verified: true } },
      stderr: expect.stringMatching(line),
    });
});

it.each([
  [['--parallel', '0'], 'give a number of threads from 1 to 64'],
  [['--parallel', 'two'], 'give a number such as'],
  [['--parallel', '2', '--until', '1M'], 'leave out --parallel or --until'],
])('%j is refused', (options, why) => {
  const { status, stderr } = hypertape(['replay', 'traces/golden/v3/demo-arm64.tape', ...options]);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(why) });
  expect(stderr).toMatch(/^hypertape: .*\n$/);
});
