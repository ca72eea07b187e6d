import { describe, expect, it } from 'vitest';
import { a32FrontEnd } from '../a32/front-end.ts';
import { Sctlr } from '../fields/sctlr.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { AccessFlags, intOps, MemorySize, Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { t32FrontEnd } from '../t32/front-end.ts';
import { isUndefined, lifted, operations } from './lifting.fixture.ts';

const LDR = 0xe5910000;
const LDRT = 0xe4b10004;
const STRBT = 0xe4e10004;
const LDM_R1_TO_R7 = 0xe8b000fe;
const LDM_R1_TO_R12 = 0xe8b01ffe;
const STM_R1_TO_R7 = 0xe8a000fe;
const LDRD = 0xe1c020d0;
const LDREX = 0xe1910f9f;
const STREX = 0xe1812f90;
const SWP = 0xe1010092;
const BX_LR = 0xe12fff1e;
const SUBS_PC_LR_4 = 0xe25ef004;
const LDM_RETURN = 0xe8fd8001;
const LDM_USER = 0xe8d06000;
const STM_USER = 0xe8c06000;

const a32 = (words: readonly number[], config: Partial<TranslationConfig> = {}): readonly Node[] =>
  lifted(a32FrontEnd, words, config);
const flags = (word: number, config: Partial<TranslationConfig> = {}): number[] =>
  a32([word], config)
    .filter(({ op }) => op === Op.load || op === Op.store)
    .map((n) => n.imm2);
const { aligned, wordAligned, unprivileged } = AccessFlags;

describe('access flags', () => {
  it('unprivileged accesses are so at PL1 only', () => {
    expect(flags(LDRT)).toEqual([unprivileged]);
    expect(flags(STRBT)).toEqual([unprivileged]);
    expect(flags(LDRT, { el: 0 })).toEqual([0]);
    expect(flags(LDRT, { el: 2 })).toEqual([0]);
  });
  it('single accesses are checked for alignment with SCTLR.A', () => {
    expect(flags(LDR)).toEqual([0]);
    expect(flags(LDR, { sctlr: Sctlr.a })).toEqual([aligned]);
    expect(flags(LDRT, { sctlr: Sctlr.a })).toEqual([aligned | unprivileged]);
  });
  it.each([0, Sctlr.a])('multiple ones by words, exclusive ones by their size, whatever it is: %i', (sctlr) => {
    expect(new Set(flags(LDM_R1_TO_R7, { sctlr }))).toEqual(new Set([wordAligned]));
    expect(flags(LDRD, { sctlr })).toEqual([wordAligned]);
    expect(flags(LDREX, { sctlr })).toEqual([aligned]);
  });
});

describe('LDM and STM', () => {
  it('are one access up to nine words', () => {
    expect(operations(a32([LDM_R1_TO_R7]), Op.load).map((n) => n.imm)).toEqual([MemorySize.words7]);
    expect(operations(a32([STM_R1_TO_R7]), Op.store).map((n) => n.imm)).toEqual([MemorySize.words7]);
    expect(operations(a32([LDM_R1_TO_R12]), Op.load).map((n) => n.imm)).toEqual([MemorySize.words9, MemorySize.words3]);
  });
  it('load all before they write a register', () => {
    const ops = a32([LDM_R1_TO_R7, BX_LR]).map((n) => n.op);
    expect(ops.indexOf(Op.setCell32)).toBeGreaterThan(ops.lastIndexOf(Op.load));
  });
});

describe('what depends on the privilege level', () => {
  it('returns from exceptions are UNDEFINED in User and in Hyp mode', () => {
    for (const word of [SUBS_PC_LR_4, LDM_RETURN]) {
      expect(operations(a32([word]), Op.exitAt).map((n) => n.imm)).toEqual([ExitReason.eret]);
      expect([isUndefined(a32([word], { el: 0 })), isUndefined(a32([word], { el: 2 }))]).toEqual([true, true]);
    }
  });
  it('so are loads and stores of user registers', () => {
    for (const word of [LDM_USER, STM_USER])
      expect(([0, 1, 2] as const).map((el) => isUndefined(a32([word], { el })))).toEqual([true, false, true]);
  });
  it('SWP is where SCTLR.SW is set', () => {
    expect(isUndefined(a32([SWP]))).toBe(true);
    expect(isUndefined(a32([SWP], { sctlr: Sctlr.sw }))).toBe(false);
  });
});

describe('constants are worked out', () => {
  const MOVW_R0_5678 = 0xe3050678;
  const MOVT_R0_1234 = 0xe3410234;
  const BIC_R0_FF = 0xe3c000ff;

  it('MOVW and MOVT are one', () => {
    const writes = operations(a32([MOVW_R0_5678, MOVT_R0_1234, BX_LR]), Op.setCell32).filter((n) => n.imm === cells.X);
    expect(writes.map((n) => n.a?.imm)).toEqual([0x1234_5678]);
  });
  it('BIC takes the inverse', () => {
    const write = operations(a32([BIC_R0_FF, BX_LR]), Op.setCell32).find((n) => n.imm === cells.X);
    expect(write?.a?.b?.imm).toBe(~0xff);
  });
});

describe('instructions under a condition', () => {
  const ADDNE_R1_1 = 0x12811001;
  const ADDSNE_R1_1 = 0x12911001;
  const LDRNE = 0x15910000;
  const MOVNE_PC_LR = 0x11a0f00e;
  const ifs = (word: number): number => operations(a32([word, BX_LR]), Op.if).length;

  it('that only compute are worked out in any case', () => {
    const nodes = a32([ADDNE_R1_1, BX_LR]);
    expect(operations(nodes, Op.if)).toEqual([]);
    const write = operations(nodes, Op.setCell32).find((n) => n.imm === cells.X + 8);
    expect(write?.a?.op).toBe(Op.select);
  });
  it('that do more stand in an arm, and leave nothing outside', () => {
    expect([ADDSNE_R1_1, LDRNE, MOVNE_PC_LR].map(ifs)).toEqual([1, 1, 1]);
    const nodes = a32([ADDSNE_R1_1, BX_LR]);
    const inArm = nodes.slice(
      nodes.findIndex((n) => n.op === Op.if),
      nodes.findIndex((n) => n.op === Op.end),
    );
    const sums = (among: readonly Node[]): number => operations(among, intOps.add[0]).length;
    expect(sums(inArm)).toBe(sums(nodes));
  });
});

describe('flags that instructions leave alone', () => {
  const TST_R1_1 = 0xe3110001;
  const MOVS_R0_R1_LSL_2 = 0xe1b00101;
  const BNE = 0x1a000000;
  const BGE = 0xaa000000;
  const written = (nodes: readonly Node[]): number[] =>
    operations(nodes, Op.setCell32)
      .map((n) => n.imm)
      .filter((cell) => cell === cells.FLAGS_NZ || cell === cells.FLAGS_C);

  it('are not asked for, unless a condition is of them', () => {
    expect(operations(a32([TST_R1_1, BNE]), Op.call)).toEqual([]);
    expect(operations(a32([TST_R1_1, BGE]), Op.call)).toHaveLength(1);
  });
  it('stay in their cells', () => {
    expect(written(a32([TST_R1_1, BNE]))).toEqual([cells.FLAGS_NZ]);
    expect(written(a32([MOVS_R0_R1_LSL_2, BNE]))).toEqual([cells.FLAGS_NZ, cells.FLAGS_C]);
  });
});

it('an exclusive store opens the monitor after its store', () => {
  const ops = a32([STREX]).map((n) => n.op);
  expect(ops.indexOf(Op.store)).toBeGreaterThan(ops.indexOf(Op.if));
  expect(ops.lastIndexOf(Op.setCell32)).toBeGreaterThan(ops.indexOf(Op.end));
});

describe('IT blocks', () => {
  const IT_EQ = 0xbf08;
  const ITT_EQ = 0xbf04;
  const MOVS_R0_1 = 0x2001;
  const LDR_R0_R1 = 0x6808;
  const UDF = 0xde00;
  const B_SELF = 0xe7fe;
  const t32 = (halves: readonly number[]): readonly Node[] => lifted(t32FrontEnd, halves, { thumb: true });
  const itWrites = (nodes: readonly Node[]): (number | undefined)[] =>
    operations(nodes, Op.setCell32)
      .filter((n) => n.imm === cells.ITSTATE)
      .map((n) => n.a?.imm);
  const setsFlags = (nodes: readonly Node[]): boolean =>
    operations(nodes, Op.setCell32).some((n) => n.imm === cells.FLAGS_KIND);

  it('16-bit data processing sets the flags outside alone', () => {
    expect(setsFlags(t32([MOVS_R0_1, B_SELF]))).toBe(true);
    expect(setsFlags(t32([IT_EQ, MOVS_R0_1, B_SELF]))).toBe(false);
  });
  it('ITSTATE is exact where an access may fault, and 0 behind the block', () => {
    expect(itWrites(t32([ITT_EQ, LDR_R0_R1, LDR_R0_R1, B_SELF]))).toEqual([0x04, 0x08, 0]);
    expect(itWrites(t32([IT_EQ, MOVS_R0_1, B_SELF]))).toEqual([]);
  });
  it('end with a jump, though an UNPREDICTABLE one, and only where it is taken', () => {
    const AND_PC_R0_R1 = [0xea00, 0x0f01];
    expect(itWrites(t32([ITT_EQ, ...AND_PC_R0_R1, MOVS_R0_1, B_SELF]))).toEqual([0x08]);
  });
  it('that an instruction leaves half way go on by way of the run loop, with their state', () => {
    const nodes = t32([ITT_EQ, UDF, MOVS_R0_1, B_SELF]);
    expect(isUndefined(nodes)).toBe(true);
    expect(operations(nodes, Op.exitAfter).map((n) => n.imm)).toEqual([ExitReason.reconsider]);
    expect(itWrites(nodes)).toEqual([0x04, 0x08]);
  });
});
