import { expect, it } from 'vitest';
import { Timeline } from '../timeline/timeline.ts';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import { ExecutedCode } from './executed-code.ts';
import { namesOf } from './names.fixture.ts';

const NOWHERE = { arm: () => () => {} };

it.each([
  ['demo-arm64', 0, 30_000],
  ['demo-arm64', 24_237_400, 24_280_001],
  ['demo-armv7', 0, 50_000],
  ['demo-armv7-cortex-a57', 24_300_001, 24_300_777],
])('%s from %d to %d: each instruction as often as who is told of each one counts', (name, from, to) => {
  const reader = TapeReader.open(`traces/golden/v3/${name}.tape`);
  const timeline = new Timeline(reader);
  const { machine } = timeline;
  const names = namesOf(reader);

  timeline.seek(from);
  /** By address as the image counts. */
  const counts = new Map<bigint, { bytes: number; times: number }>();
  let unplaced = 0;
  machine.observe({
    after: ({ pc, el, isa, opcode }) => {
      const place = names.placeOf(pc, el === 0 ? 0 : 1);
      if (place === undefined) {
        unplaced++;
        return;
      }
      const known = counts.get(place.linked);
      if (known === undefined)
        counts.set(place.linked, { bytes: isa === 't32' && opcode >>> 16 === 0 ? 2 : 4, times: 1 });
      else known.times++;
    },
  });
  timeline.run('forwards', NOWHERE, to);
  machine.observe(null);
  expect(counts.size).toBeGreaterThan(5);

  timeline.seek(from);
  const code = new ExecutedCode(machine, (pc, el) => names.placeOf(pc, el));
  machine.observeBlocks(code);
  timeline.run('forwards', NOWHERE, to);
  code.settle();
  machine.observeBlocks(null);

  expect([code.images.length, code.unplaced]).toEqual([1, unplaced]);
  const wanted = new Map<bigint, number>();
  for (const [at, { bytes, times }] of counts)
    for (let half = 0; half < bytes; half += 2) wanted.set(at + BigInt(half), times);
  const found = new Map<bigint, number>();
  let last = 0n;
  for (const run of code.runsOf(code.images[0] as never)) {
    expect(run.from >= last && run.from < run.to && run.times > 0).toBe(true);
    last = run.to;
    for (let at = run.from; at < run.to; at += 2n) found.set(at, run.times);
  }
  expect(found).toEqual(wanted);
});
