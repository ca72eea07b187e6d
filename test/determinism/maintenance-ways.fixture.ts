import { expect } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { WatchRange } from '../../src/core/engine/watchpoints.ts';
import type { Bench } from '../hyp/guest.fixture.ts';
import { type Result, runIn, type Way } from './guest.fixture.ts';
import type { GuestImage } from './tables.fixture.ts';

const random = new Prng(40n);
const atRandom =
  (most: number): NonNullable<Way['piece']> =>
  () =>
    1 + Number(random.next64() % BigInt(most));
/**
 * Ways to run a guest of which the first instruction of a page at `pa` and the one at `va` are stops, and of whose memory `tables` are
 * watched.
 */
export const waysOver = (pa: number, va: bigint, tables: WatchRange): readonly Way[] => [
  ...[0, 4, Number.POSITIVE_INFINITY].map((evaluations) => ({ name: 'in one go', evaluations })),
  { name: 'by 1', piece: () => 1 },
  { name: 'by random lengths', evaluations: 1, piece: atRandom(300) },
  { name: 'saved and restored at random', evaluations: 1, piece: atRandom(200), restored: true },
  { name: 'with a stop', evaluations: 0, stops: [{ pa }, { va }] },
  {
    name: 'watched',
    evaluations: 0,
    watched: [tables],
    stopsAtHits: true,
  },
  {
    name: 'translated anew at random',
    evaluations: 0,
    piece: atRandom(300),
    between: ({ cpu }) => cpu.engine.code.flush(),
  },
];

/** The guest adds up `sum` in its seventh register, and is the same up to each of the counts, in all ways; what a way watches is hit. */
export function expectInAllWays(
  ways: readonly Way[],
  bench: Bench,
  image: GuestImage,
  { places, sum, olderBehaviours }: { places: readonly number[]; sum: number; olderBehaviours: readonly string[] },
): void {
  let first: Omit<Result, 'hits'> | undefined;
  for (const way of ways) {
    const { hits, ...result } = runIn({ ...way, olderBehaviours }, bench, image, places);
    expect({ ...way, sum: result.registers[6], hit: hits.length > 0 }).toEqual({
      ...way,
      sum,
      hit: way.watched !== undefined,
    });
    first ??= result;
    expect({ ...way, result }).toEqual({ ...way, result: first });
  }
}
