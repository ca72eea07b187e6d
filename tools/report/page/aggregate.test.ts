import { describe, expect, it } from 'vitest';
import type { Exits, Paths, RunData } from '../report-data.ts';
import { binned, type Part, percentile, spreads, totals } from './aggregate.ts';
import { groupingOf, Run } from './model.ts';

const EXITS = 2000;
const PATHS = 5;

/** A run of exits that follow from their number alone. */
function sample(stretch = 0): Run {
  const gap = Float64Array.from({ length: EXITS }, (_, i) => (i * 7919) % 1000);
  let at = 0;
  const exits: Exits = {
    stretch,
    at: gap.map((by) => (at += by)),
    path: Uint32Array.from({ length: EXITS }, (_, i) => (i * 31) % PATHS),
    count: stretch === 0 ? new Uint32Array(0) : Uint32Array.from({ length: EXITS }, (_, i) => 1 + (i % 3)),
    gap,
    ordinal: Float64Array.from({ length: EXITS }, (_, i) => 2 * i),
  };
  const none = new Uint32Array(PATHS);
  const paths: Paths = {
    vcpu: Uint32Array.of(0, 0, 1, 1, 1),
    className: Uint32Array.of(1, 1, 2, 2, 1),
    bhyve: none,
    symbol: Uint32Array.of(3, 4, 3, 4, 0),
    device: none,
    register: none,
    access: none,
    task: none,
    costNs: Uint32Array.of(100, 200, 300, 0, 5),
    stack: none,
    stacks: [new Uint32Array(0)],
  };
  return new Run({ exits, paths, names: ['', 'DABT_LOW', 'IRQ', 'f', 'g'] } as unknown as RunData, '');
}

describe.each([0, 1024])('counts of exits, put together by stretches of %d ns', (stretch) => {
  const run = sample(stretch);
  const { exits } = run;
  const range = { from: exits.at[300] as number, to: exits.at[1700] as number };
  const mask = Uint8Array.of(1, 1, 0, 1, 1);
  const part: Part = { run, range, mask };
  const shown = [...exits.at.keys()].filter(
    (i) =>
      (exits.at[i] as number) >= range.from &&
      (exits.at[i] as number) < range.to &&
      mask[exits.path[i] as number] === 1,
  );
  const sum = (places: readonly number[], of: (place: number) => number): number =>
    places.reduce((all, place) => all + of(place), 0);

  it('are totals of what is in sight', () => {
    const { ids, labels } = groupingOf([run], 'symbol');
    const [idOf] = ids as [Uint32Array];
    const found = totals(part, idOf, labels.length);
    expect(labels.toSorted()).toEqual(['(no symbol)', 'f', 'g']);
    for (const [id, label] of labels.entries()) {
      const places = shown.filter((i) => run.label(exits.path[i] as number, 'symbol') === label);
      expect(found[id]).toEqual({
        count: sum(places, (i) => run.count(i)),
        instructions: sum(places, (i) => exits.gap[i] as number),
        cost: sum(places, (i) => run.cost(i)),
        first: exits.at[places[0] as number],
        last: exits.at[places.at(-1) as number],
      });
    }
  });

  it('fill bins without loss', () => {
    const width = (range.to - range.from) / 7;
    const bins = { from: range.from, width, count: 7 };
    const seriesOf = Uint32Array.of(0, 0, 1, 1, 1);
    const counts = binned(part, seriesOf, 2, bins, 'exits');
    const costs = binned(part, seriesOf, 2, bins, 'cost');
    const instructions = binned(part, seriesOf, 2, bins, 'instructions');
    for (const series of [0, 1])
      for (let bin = 0; bin < 7; bin++) {
        const places = shown.filter(
          (i) =>
            seriesOf[exits.path[i] as number] === series &&
            Math.floor(((exits.at[i] as number) - range.from) / width) === bin,
        );
        expect(counts[series]?.[bin]).toBe(sum(places, (i) => run.count(i)));
        expect(costs[series]?.[bin]).toBe(sum(places, (i) => run.cost(i)));
        expect(instructions[series]?.[bin]).toBe(sum(places, (i) => exits.gap[i] as number));
      }
  });
});

describe('percentiles', () => {
  it('are those of the nearest rank', () => {
    const values = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    expect([0, 0.1, 0.5, 0.51, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 1, 5, 6, 10, 10]);
    expect(percentile(new Float64Array(0), 0.5)).toBe(0);
  });

  it('are of each group by itself, and of none where exits are put together', () => {
    const run = sample();
    const range = { from: 0, to: Number.POSITIVE_INFINITY };
    const part = { run, range, mask: new Uint8Array(PATHS).fill(1) };
    const idOf = Uint32Array.of(0, 1, 2, 3, 3);
    const found = totals(part, idOf, 4);
    const spread = spreads(part, idOf, found);
    for (const id of [0, 1, 2, 3]) {
      const gaps = [...run.exits.gap].filter((_, i) => idOf[run.exits.path[i] as number] === id).sort((a, b) => a - b);
      expect(spread[id]).toEqual({
        p50: gaps[Math.ceil(gaps.length / 2) - 1],
        p99: gaps[Math.ceil(gaps.length * 0.99) - 1],
        max: gaps.at(-1),
      });
    }
    expect(spreads({ ...part, run: sample(1024) }, idOf, found)).toEqual([]);
  });
});
