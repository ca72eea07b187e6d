import { expect, test } from 'vitest';
import { intOps, Op } from '../ir/ops.ts';
import { lifted, operations } from './lifting.fixture.ts';

const CMP_X1_X2 = 0xeb02003f;
const ccmp = (flags: number): number => 0xfa441060 | flags; // ccmp x3, x4, #flags, ne
const B_EQ = 0x54000040;

test('after CCMP with flags that a comparison can give, a branch compares selected operands', () => {
  for (const flags of [0, 2, 3, 6, 8, 9, 10]) {
    const nodes = lifted([CMP_X1_X2, ccmp(flags), B_EQ]);
    expect(operations(nodes, Op.select)).toHaveLength(2);
    expect(operations(nodes, intOps.sub[1])).toHaveLength(0);
  }
});

test('other flags are packed', () => {
  for (const flags of [1, 4, 5, 7, 11, 12, 13, 14, 15])
    expect(operations(lifted([CMP_X1_X2, ccmp(flags), B_EQ]), Op.select)).toHaveLength(1);
});
