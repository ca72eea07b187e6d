import { describe, expect, it, test } from 'vitest';
import { must } from '../../base/assert.ts';
import { Decoder, extract } from '../decode/decoder.ts';
import { Builder32 } from '../ir/builder32.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { AccessFlags, MemorySize, Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import { FPCR } from '../state/cells.ts';
import { simdClasses, vfpClasses } from './simd-classes.ts';

const decoder = new Decoder([...vfpClasses, ...simdClasses]);
const el0 = { aarch32: true, sctlr: 0, bigEndian: false, it: 0, straddle: -1 } as TranslationConfig;
const A = 1 << 1;

function lift(ir: Builder32, word: number): void {
  const row = must(decoder.decode(word), word.toString(16));
  ir.begin(4 * ir.offsets.length);
  row.lift(ir as never, extract(row, word) as never);
}
function accesses(word: number, config: Partial<TranslationConfig> = {}): readonly Node[] {
  const ir = new Builder32({ ...el0, ...config });
  lift(ir, word);
  return ir.nodes.filter((n) => n.op === Op.load || n.op === Op.store);
}
const sizes = (word: number): number[] => accesses(word).map((n) => n.imm);
const flags = (word: number, config: Partial<TranslationConfig> = {}): number[] =>
  accesses(word, config).map((n) => n.imm2);

const VLDM_D0_D15 = 0xec900b20;
const VSTM_S1_S7 = 0xecc00a07;
const VLD1_8_D0_D3 = 0xf420020f;
const VLD1_32_D0 = 0xf420078f;
const VLD1_64_D0_64 = 0xf42007df;
const VLD1_32_D0_D3_256 = 0xf42002bf;
const VLD4_16_D0_D3_128 = 0xf420006f;
const VLD4_16_LANE_64 = 0xf4a0075f;
const VLD2_8_LANE_16 = 0xf4a0013f;
const VADD_F64 = 0xee310b02;

test('registers that follow one another are as few accesses as can be', () => {
  expect(sizes(VLDM_D0_D15)).toEqual(new Array(4).fill(MemorySize.pair16));
  expect(sizes(VSTM_S1_S7)).toEqual([MemorySize.b16, MemorySize.b8, MemorySize.b4]);
  expect(sizes(VLD1_8_D0_D3)).toEqual([MemorySize.pair16]);
  expect(sizes(VLD4_16_D0_D3_128)).toEqual([MemorySize.pair16]);
});

describe('alignment', () => {
  it('is by words for VLDM and VSTM', () => {
    expect(flags(VSTM_S1_S7)).toEqual(new Array(3).fill(AccessFlags.wordAligned));
  });
  it('is what the instruction asks for', () => {
    expect(flags(VLD1_32_D0)).toEqual([AccessFlags.wordAligned | AccessFlags.inDevice]);
    expect(flags(VLD1_64_D0_64)).toEqual([AccessFlags.aligned64]);
    expect(flags(VLD1_32_D0_D3_256)).toEqual([AccessFlags.aligned256]);
    expect(flags(VLD4_16_D0_D3_128)).toEqual([AccessFlags.aligned128]);
  });
  const halfword = AccessFlags.aligned16 | AccessFlags.inDevice;
  it('is for the first element what the whole structure must have', () => {
    expect(flags(VLD4_16_LANE_64)).toEqual([AccessFlags.aligned64, ...new Array(3).fill(halfword)]);
    expect(flags(VLD2_8_LANE_16)).toEqual([AccessFlags.aligned16, AccessFlags.unaligned]);
    const halfwords = flags(VLD4_16_D0_D3_128, { bigEndian: true });
    expect(halfwords).toEqual([AccessFlags.aligned128, ...new Array(15).fill(halfword)]);
  });
  it('is else by elements with SCTLR.A, and never asked of bytes', () => {
    expect(flags(VLD1_32_D0, { sctlr: A })).toEqual([AccessFlags.wordAligned]);
    expect(flags(VLD1_8_D0_D3)).toEqual([AccessFlags.unaligned]);
    expect(flags(VLD1_8_D0_D3, { sctlr: A })).toEqual([AccessFlags.unaligned]);
  });
});

test('a block asks once for short vectors, until FPSCR is written', () => {
  const ir = new Builder32(el0);
  const checks = (): number => ir.nodes.filter((n) => n.op === Op.exitAtIf).length;
  lift(ir, VADD_F64);
  lift(ir, VADD_F64);
  expect(checks()).toBe(1);
  ir.setCell32(FPCR, ir.i32(0));
  lift(ir, VADD_F64);
  expect(checks()).toBe(2);
});
