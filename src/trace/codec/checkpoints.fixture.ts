/** Checkpoints for the tests of this room. */
import { hash } from 'node:crypto';
import { PAGE_BYTES } from '../../base/page.ts';
import { Prng } from '../../base/prng.ts';
import type { SavedPart } from '../../base/stateful.ts';
import type { ChangedPage, CheckpointToWrite } from './checkpoint-writer.ts';

/** A page of a number: random bytes that depend on the seed; all zero for seed 0. */
export function pageOf(page: number, seed: number, before: Uint8Array | null = null): ChangedPage {
  const bytes = seed === 0 ? new Uint8Array(PAGE_BYTES) : new Prng(BigInt(seed)).bytes(PAGE_BYTES);
  return { page, digest: seed === 0 ? null : hash('sha256', bytes, 'buffer'), bytes, before };
}

/** Parts as a machine has them: every kind of data. */
export const partsOf = (value: number): readonly SavedPart[] => [
  { name: 'cpu', version: 2, state: { pc: 0xffff_8000_8001_0000n + BigInt(value), el: 1, on: true, none: null } },
  { name: 'tlb', version: 1, state: { rows: Uint8Array.of(1, 2, 3, value), list: [1, 'two', { three: 3 }] } },
];

/** A checkpoint with these pages. */
export const checkpointOf = (icount: number, pages: readonly ChangedPage[], value = 1): CheckpointToWrite => ({
  icount,
  instructions: icount - 1,
  parts: partsOf(value),
  memory: () => ({ pages, root: new Uint8Array(32).fill(value) }),
});
