import { expect, it } from 'vitest';
import type { Node } from '../ir/types.ts';
import { blockAt } from './emission.fixture.ts';
import { addressOf, countUses, emittedOperands, isConstant, OFFSET_MAX, operandsOf, storedValues } from './uses.ts';

it('counts the uses that are emitted: a value that nobody wants uses nothing', () => {
  const made: Record<string, Node> = {};
  const { nodes } = blockAt(0, (ir) => {
    made.read = ir.cell64(0x800);
    made.wanted = ir.add(made.read as never, ir.i64(1));
    made.unwanted = ir.mul(made.read as never, made.wanted as never);
    ir.setCell64(0x808, made.wanted as never);
    ir.setCell64(0x810, made.wanted as never);
    ir.exitAfter(0);
  });
  countUses(nodes);
  expect([made.read?.uses, made.wanted?.uses, made.unwanted?.uses]).toEqual([1, 2, 0]);
  // Counting again gives the same: a block is translated anew after its code was dropped.
  countUses(nodes);
  expect([made.read?.uses, made.wanted?.uses]).toEqual([1, 2]);
});

it('knows the operands of calls, stores, and of what a load gives besides', () => {
  blockAt(0, (ir) => {
    const [address, a, b, c] = [ir.i64(0x1000), ir.cell32(0x800), ir.cell32(0x804), ir.cell32(0x808)];
    const [first, second] = ir.loadPair32(address);
    ir.storeWords(address, [a, b, c]);
    const words = ir.nodes.at(-1) as Node;
    ir.storePair32(address, a, b);
    const pair = ir.nodes.at(-1) as Node;
    const sum = ir.call('crc32', a, ir.extendU(b), c);
    expect(operandsOf(sum)).toEqual([a, expect.objectContaining({ a: b }), c]);
    expect(operandsOf(first)).toEqual([address]);
    expect(operandsOf(second)).toEqual([]);
    expect([storedValues(words), storedValues(pair)]).toEqual([
      [a, b, c],
      [a, b],
    ]);
    expect(operandsOf(words)).toEqual([address, a, b, c]);
    expect(operandsOf(pair)).toEqual([address, a, b]);
    expect([isConstant(address), isConstant(a)]).toEqual([true, false]);
  });
});

it('takes constants off an address: what is left is what an access uses', () => {
  blockAt(0, (ir) => {
    const base = ir.x(0);
    const last = (): Node => ir.nodes.at(-1) as Node;
    const sum = ir.sub(ir.add(base, ir.i64(0x40)), ir.i64(8));
    ir.load8(sum);
    expect(addressOf(last())).toEqual({ base, offset: 0x38 });
    ir.store8(sum, ir.i32(1));
    const store = last();
    expect(emittedOperands(store)[0]).toBe(base);
    const narrow = ir.cell32(0x800);
    ir.load8(ir.extendU(ir.add(narrow, ir.i32(-4))));
    expect(addressOf(last())).toEqual({ base: narrow, offset: -4 });
    for (const constant of [BigInt(OFFSET_MAX + 1), 0x1_0000_0000n, -0x8000_0000n]) {
      const far = ir.add(base, ir.i64(constant));
      ir.load8(far);
      expect(addressOf(last())).toEqual({ base: far, offset: 0 });
    }
    countUses(ir.nodes);
    expect([sum.uses, base.uses]).toEqual([0, 5]);
  });
});
