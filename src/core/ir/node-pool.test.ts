import { expect, test } from 'vitest';
import { Builder } from './builder.ts';
import type { TranslationConfig } from './config.ts';
import { NodePool } from './node-pool.ts';
import { Op } from './ops.ts';
import { Node } from './types.ts';

const take = (pool: NodePool): Node => pool.take(Op.const32, 'i32', null, null, null, 7, 0, 3);

test('nodes that are given are taken again, as new', () => {
  const pool = new NodePool();
  const first = take(pool);
  Object.assign(first, { data: [first], uses: 2, local: 5, lo: 1, hi: 1 });
  const nodes = [first, take(pool)];
  pool.give(nodes);
  expect(nodes).toEqual([]);
  const again = [take(pool), take(pool), take(pool)];
  expect(again).toContain(first);
  expect(new Set(again).size).toBe(3);
  for (const node of again) expect(node).toEqual(new Node(Op.const32, 'i32', null, null, null, 7, 0, 3));
});

test('those before an index stay', () => {
  const pool = new NodePool();
  const nodes = [take(pool), take(pool), take(pool)];
  const [stays, ...gone] = nodes;
  pool.give(nodes, 1);
  expect(nodes).toEqual([stays]);
  expect([take(pool), take(pool)].every((node) => gone.includes(node))).toBe(true);
});

test('a block of nodes that were used before is as it is of new ones', () => {
  const lift = (pool?: NodePool): Node[] => {
    const ir = new Builder({ it: 0, straddle: -1 } as TranslationConfig, pool);
    ir.begin(8);
    ir.next = 12;
    ir.setFlagsSub(ir.x(1), ir.i64(5));
    ir.setX(2, ir.load64(ir.x(3)));
    ir.storeWords(ir.x(4), [ir.w(5), ir.w(6)]);
    ir.branchIf(ir.condition(3), 16);
    return ir.nodes;
  };
  const pool = new NodePool();
  pool.give(lift(pool));
  pool.give(lift(pool).reverse());
  expect(lift(pool)).toEqual(lift());
});
