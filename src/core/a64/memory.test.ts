import { describe, expect, test } from 'vitest';
import { AccessFlags, MemorySize, Op } from '../ir/ops.ts';
import { lifted, operations } from './lifting.fixture.ts';

const LDR_SP = 0xf94003e1;
const LDR_X1 = 0xf9400021;
const PRFM_SP = 0xf98003e0;
const SUB_SP_32 = 0xd10083ff;
const ADD_SP_8 = 0x910023ff;
const LDTR = 0xf8400841;
const LDP = 0xa9400c41;
const LD1_4S = 0x4c407841;
const STXR = 0xc8007c41;
const SA = 1 << 3;
const A = 1 << 1;

describe('SP alignment', () => {
  const checks = (words: number[], sctlr: number): number => operations(lifted(words, { sctlr }), Op.exitAtIf).length;

  test('is checked where SCTLR.SA asks for it and the base is SP', () => {
    expect(checks([LDR_SP], 0)).toBe(0);
    expect(checks([LDR_SP], SA)).toBe(1);
    expect(checks([LDR_X1], SA)).toBe(0);
    expect(checks([PRFM_SP], SA)).toBe(0);
  });
  test('stays known while SP moves by multiples of 16', () => {
    expect(checks([LDR_SP, LDR_SP, SUB_SP_32, LDR_SP], SA)).toBe(1);
    expect(checks([LDR_SP, ADD_SP_8, LDR_SP], SA)).toBe(2);
  });
});

describe('access flags', () => {
  const flags = (word: number, sctlr: number, el: 1 | 2): number[] =>
    operations(lifted([word], { sctlr, el }), Op.load).map((n) => n.imm2);

  test('LDTR is unprivileged at EL1 only', () => {
    expect(flags(LDTR, 0, 1)).toEqual([AccessFlags.unprivileged]);
    expect(flags(LDTR, 0, 2)).toEqual([0]);
  });
  test('with SCTLR.A pairs and structures are checked by their elements', () => {
    expect(flags(LDP, 0, 1)).toEqual([0]);
    expect(flags(LDP, A, 1)).toEqual([AccessFlags.aligned, AccessFlags.aligned]);
    expect(flags(LD1_4S, A, 1)).toEqual(new Array(4).fill(AccessFlags.aligned));
  });
});

test('common accesses are one operation', () => {
  expect(operations(lifted([LDP]), Op.load).map((n) => n.imm)).toEqual([MemorySize.pair8]);
  expect(operations(lifted([LD1_4S]), Op.load).map((n) => n.imm)).toEqual([MemorySize.b16]);
});

test('an exclusive store opens the monitor after its store', () => {
  const ops = lifted([STXR]).map((n) => n.op);
  expect(ops.indexOf(Op.store)).toBeGreaterThan(ops.indexOf(Op.if));
  expect(ops.lastIndexOf(Op.setCell32)).toBeGreaterThan(ops.indexOf(Op.end));
});
