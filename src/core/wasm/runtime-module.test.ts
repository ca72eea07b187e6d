import { describe, expect, it } from 'vitest';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from './emission.fixture.ts';

const entryOf = (va: bigint): number => {
  const lo = Number(va & 0xffff_ffffn);
  return cells.JUMP_CACHE + 16 * (((lo >>> 2) ^ (lo >>> cells.JUMP_HASH_SHIFT)) & (cells.JUMP_ENTRIES - 1));
};
const secondOf = (va: bigint, pe = 0): number => {
  const lo = Number(va & 0xffff_ffffn);
  const index = ((lo >>> 2) ^ (lo >>> cells.JUMP_SECOND_SHIFT) ^ pe) & (cells.JUMP_SECOND_ENTRIES - 1);
  return cells.JUMP_SECOND + 16 * index;
};

describe('the stub', () => {
  it('asks for a lookup with the budget as it was', () => {
    const { cpu, runtime } = new EmittedCode();
    cpu.set32(cells.EXIT_REASON, ExitReason.wait);
    expect(runtime.stub(77, 0)).toBe(77);
    expect(cpu.get32(cells.EXIT_REASON)).toBe(ExitReason.lookup);
    cpu.set32(cells.EXIT_REASON, ExitReason.wait);
    // Reference 0 is that of all blocks without a translation.
    expect([runtime.enter(0, 5), cpu.get32(cells.EXIT_REASON)]).toEqual([5, ExitReason.lookup]);
  });
});

describe('enter', () => {
  it('takes slot and entry from the reference', () => {
    const code = new EmittedCode();
    const leaves = (offset: number, argument: number) =>
      blockAt(offset, (ir) => void ir.exitAfter(ExitReason.reconsider, argument));
    code.install([leaves(0, 10), leaves(4, 11), leaves(8, 12)], 3);
    code.install([leaves(0, 20)], 5);
    const argumentOf = (slot: number, entry: number): number => code.run(1, entry, slot).argument;
    expect([argumentOf(3, 0), argumentOf(3, 1), argumentOf(3, 2), argumentOf(5, 0)]).toEqual([10, 11, 12, 20]);
  });
});

describe('jump', () => {
  it('that misses names the address by page and offset, bit 0 included', () => {
    const { cpu, runtime } = new EmittedCode();
    expect(runtime.jump(9, 0xffff_8000_1234_5679n)).toBe(9);
    expect(cpu.get64(cells.PC_BASE)).toBe(0xffff_8000_1234_5000n);
    expect([cpu.get32(cells.PC_OFFSET), cpu.get32(cells.EXIT_REASON)]).toEqual([0x679, ExitReason.lookup]);
  });

  it.each([
    ['the same address', 0x1234_5678n, 1, 3, true],
    ['another address of the same low half', 0x1_1234_5678n, 1, 3, false],
    ['another context', 0x1234_5678n, 2, 3, false],
    ['what another PE has', 0x1234_5678n, 1, 2, false],
  ])('finds beside the jump cache %s: %s in context %i of PE %i', (_, va, context, pe, hit) => {
    const code = new EmittedCode();
    code.install([blockAt(0x678, (ir) => void ir.exitAfter(ExitReason.reconsider, 1))]);
    const at = secondOf(0x1234_5678n, 3);
    code.cpu.set32(cells.JUMP_SALT, pe * cells.JUMP_SALT_STEP);
    code.cpu.set64(at, 0x1234_5678n);
    code.cpu.set32(at + 8, 1);
    code.cpu.set32(at + 12, 1 << cells.REF_SLOT_SHIFT);
    code.cpu.set32(cells.CONTEXT, context);
    code.runtime.jump(3, va);
    expect(code.cpu.get32(cells.EXIT_REASON)).toBe(hit ? ExitReason.reconsider : ExitReason.lookup);
  });

  it('costs no stack: a million jumps from block to block come back', () => {
    const code = new EmittedCode();
    code.install([blockAt(0, (ir) => void ir.branchTo(ir.i64(0x4000)))]);
    const at = entryOf(0x4000n);
    code.cpu.set64(at, 0x4000n);
    code.cpu.set32(at + 8, 1);
    code.cpu.set32(at + 12, 1 << cells.REF_SLOT_SHIFT);
    expect(code.run(1_000_000)).toMatchObject({ left: 0, reason: ExitReason.budget });
  });
});
