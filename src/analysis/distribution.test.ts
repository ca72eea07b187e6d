import { describe, expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { bitLength, Distribution, SampleBudget } from './distribution.ts';

/** Whole numbers of all sizes below 2^53, small ones often. */
function valuesOf(count: number): number[] {
  const prng = new Prng(3n);
  return Array.from({ length: count }, () => Number((prng.next64() >> 11n) >> (prng.next64() % 53n)));
}
const gathered = (values: readonly number[], budget: SampleBudget): Distribution => {
  const distribution = new Distribution(budget);
  for (const value of values) distribution.add(value);
  return distribution;
};
/** Nearest rank, by the book. */
const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? 0;

describe('a distribution', () => {
  it.each([0, 1, 2, 99, 100, 101, 5000])('of %d values tells what they are', (count) => {
    const values = valuesOf(count);
    const summary = gathered(values, new SampleBudget()).summary();
    const sum = values.reduce((total, value) => total + value, 0);
    expect(summary).toMatchObject({
      count,
      sum,
      mean: count === 0 ? 0 : sum / count,
      min: count === 0 ? 0 : Math.min(...values),
      max: Math.max(0, ...values),
      p50: percentile(values, 50),
      p90: percentile(values, 90),
      p99: percentile(values, 99),
    });
    const within = (from: number, to: number) => values.filter((value) => value >= from && value <= to).length;
    for (const { from, to, count: counted } of summary.histogram) expect(counted).toBe(within(from, to));
    expect(summary.histogram.reduce((total, bucket) => total + bucket.count, 0)).toBe(count);
  });

  it('that may not keep its values is off by a 64th at most', () => {
    const values = valuesOf(20_000);
    const distribution = gathered(values, new SampleBudget(1000));
    const exact = gathered(values, new SampleBudget());
    expect([distribution.isExact, exact.isExact]).toEqual([false, true]);
    const [summary, wanted] = [distribution.summary(), exact.summary()];
    for (const field of ['count', 'sum', 'min', 'max', 'mean', 'histogram'] as const)
      expect(summary[field]).toEqual(wanted[field]);
    for (const field of ['p50', 'p90', 'p99'] as const)
      expect(Math.abs(summary[field] - wanted[field])).toBeLessThanOrEqual(wanted[field] / 64);
    const ones = gathered(new Array(5000).fill(1), new SampleBudget(0)).summary();
    expect(ones).toMatchObject({ min: 1, p50: 1, p99: 1, max: 1 });
  });

  it('shares its room with others', () => {
    const budget = new SampleBudget(1 << 10);
    const first = gathered(valuesOf(900), budget);
    expect(first.isExact).toBe(true);
    expect(gathered(valuesOf(900), budget).isExact).toBe(false);
  });
});

it('knows how many bits a number has', () => {
  for (let bits = 0; bits <= 53; bits++) {
    expect(bitLength(2 ** bits - 1)).toBe(bits);
    if (bits < 53) expect(bitLength(2 ** bits)).toBe(bits + 1);
  }
});
