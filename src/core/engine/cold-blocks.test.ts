import { expect, test } from 'vitest';
import { Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ColdBlocks } from './cold-blocks.ts';
import type { LiftedBlock } from './translate.ts';

const cellOf = (n: number): number => cells.BLOCK_REFS + 4 * n;
const block = (n: number) => ({ endOffset: n }) as LiftedBlock;

test('the last 8,192 blocks are kept, each until it is forgotten', () => {
  const cold = new ColdBlocks();
  for (let n = 0; n < 20_000; n++) {
    cold.keep(cellOf(n), block(n));
    expect(cold.get(cellOf(n))?.endOffset).toBe(n);
    if (n % 3 === 0) cold.forget(cellOf(n));
  }
  for (let n = 0; n < 20_000; n++)
    expect(cold.get(cellOf(n))?.endOffset).toBe(n % 3 !== 0 && n >= 20_000 - 8192 ? n : undefined);
  cold.keep(cellOf(19_999), block(7));
  expect(cold.get(cellOf(19_999))?.endOffset).toBe(7);
  cold.clear();
  expect(cold.get(cellOf(19_999))).toBeUndefined();
});

test('nodes of blocks that are not kept serve for others, from the next reuse on', () => {
  const cold = new ColdBlocks();
  const take = (): Node => cold.nodes.take(Op.const32, 'i32', null, null, null, 0, 0, 0);
  const lifted = () => ({ nodes: [take(), take()] }) as unknown as LiftedBlock;
  const [passing, forgotten, stays] = [lifted(), lifted(), lifted()];
  const gone = new Set([...passing.nodes, ...forgotten.nodes]);
  cold.keep(cellOf(0), forgotten);
  cold.keep(cellOf(1), stays);
  cold.pass(passing);
  cold.forget(cellOf(0));
  // The same block is no other one.
  cold.keep(cellOf(1), stays);
  expect(gone.has(take())).toBe(false);
  cold.reuse();
  expect(new Set([take(), take(), take(), take()])).toEqual(gone);
  expect(gone.has(take())).toBe(false);
  expect(stays.nodes).toHaveLength(2);
  cold.clear();
  cold.reuse();
  expect(stays.nodes).toHaveLength(0);
});

test('what is rewritten is evaluated more often before it is translated, and by itself', () => {
  const cold = new ColdBlocks();
  const cell = cellOf(5);
  const seen = [];
  for (let n = 0; n < 8; n++) {
    cold.count(cell);
    expect(cold.isRewritten(cell)).toBe(n > 0);
    seen.push([cold.evaluations(cell, 4), cold.isVolatile(cell)]);
    cold.rewritten(cell);
    expect(cold.executions(cell)).toBe(0);
  }
  expect(seen.map(([evaluations]) => evaluations)).toEqual([4, 8, 16, 32, 64, 128, 128, 128]);
  expect(seen.map(([, isVolatile]) => isVolatile)).toEqual([false, false, false, true, true, true, true, true]);
  expect(cold.evaluations(cell, 0)).toBe(0);
  expect(cold.evaluations(cell, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
});
