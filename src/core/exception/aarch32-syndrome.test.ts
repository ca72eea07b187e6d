import { describe, expect, it } from 'vitest';
import { Ec } from '../fields/esr.ts';
import { conditionIss, transferOf, trapSyndrome } from './aarch32-syndrome.ts';

// Encodings are those of GNU as.

describe('a load or store in A32', () => {
  it.each([
    ['ldr r1, [r2, #4]', 0xe592_1004, 2, false, 1],
    ['str r3, [r4, r5, lsl #2]', 0xe784_3105, 2, false, 3],
    ['ldrb r6, [r7, #-1]', 0xe557_6001, 0, false, 6],
    ['strb r8, [r9]', 0xe5c9_8000, 0, false, 8],
    ['ldrh r1, [r2, #2]', 0xe1d2_10b2, 1, false, 1],
    ['strh r1, [r2, r3]', 0xe182_10b3, 1, false, 1],
    ['ldrsb r4, [r5]', 0xe1d5_40d0, 0, true, 4],
    ['ldrshne r14, [r5]', 0x11d5_e0f0, 1, true, 14],
  ] as const)('%s is described', (_, word, size, signed, rt) => {
    expect(transferOf(word, false)).toEqual({ size, signed, rt });
  });
  it.each([
    ['ldr r1, [r2], #4', 0xe492_1004],
    ['ldr r1, [r2, #4]!', 0xe5b2_1004],
    ['ldrt r1, [r2]', 0xe4b2_1000],
    ['ldr pc, [r2]', 0xe592_f000],
    ['ldr r1, [pc, #8]', 0xe59f_1008],
    ['ldrd r2, [r4]', 0xe1c4_20d0],
    ['strd r2, [r4]', 0xe1c4_20f0],
    ['ldm r1, {r2, r3}', 0xe891_000c],
    ['ldrex r1, [r2]', 0xe192_1f9f],
    ['swp r1, r2, [r3]', 0xe103_1092],
    ['add r1, r2, r3', 0xe082_1003],
    ['vldr d0, [r1]', 0xed91_0b00],
    ['uadd8 r1, r2, r3', 0xe652_1f93],
    ['pld [r1]', 0xf5d1_f000],
  ] as const)('%s is not', (_, word) => {
    expect(transferOf(word, false)).toBeNull();
  });
});

describe('a load or store in T32', () => {
  it.each([
    ['ldr r1, [r2, #4]', 0x6851, 2, false, 1],
    ['str r1, [r2, r3]', 0x50d1, 2, false, 1],
    ['ldrsh r1, [r2, r3]', 0x5ed1, 1, true, 1],
    ['ldrsb r1, [r2, r3]', 0x56d1, 0, true, 1],
    ['strb r1, [r2, #1]', 0x7051, 0, false, 1],
    ['ldrh r1, [r2, #2]', 0x8851, 1, false, 1],
    ['ldr r1, [sp, #4]', 0x9901, 2, false, 1],
    ['ldr.w r8, [r9, #4]', 0xf8d9_8004, 2, false, 8],
    ['ldrsh.w r8, [r9, #-4]', 0xf939_8c04, 1, true, 8],
    ['ldrt r1, [r2, #4]', 0xf852_1e04, 2, false, 1],
    ['strb.w r8, [r9, r10, lsl #2]', 0xf809_802a, 0, false, 8],
    ['ldrsb.w r1, [r9, #200]', 0xf999_10c8, 0, true, 1],
  ] as const)('%s is described', (_, word, size, signed, rt) => {
    expect(transferOf(word, true)).toEqual({ size, signed, rt });
  });
  it.each([
    ['ldr r1, [pc, #4]', 0x4901],
    ['push {r1}', 0xb402],
    ['ldm r1!, {r2}', 0xc904],
    ['ldr.w r8, [r9], #4', 0xf859_8b04],
    ['ldr.w r8, [r9, #4]!', 0xf859_8f04],
    ['ldr.w r8, [pc, #4]', 0xf8df_8004],
    ['ldrd r1, r2, [r3]', 0xe9d3_1200],
    ['ldrex r1, [r2]', 0xe852_1f00],
    ['pld [r1]', 0xf891_f000],
    ['a signed store, which there is none of', 0xf929_8004 & ~(1 << 20)],
  ] as const)('%s is not', (_, word) => {
    expect(transferOf(word, true)).toBeNull();
  });
});

describe('a trapped instruction', () => {
  const same = (n: number): number => n;
  it.each([
    // Opc2 2, Opc1 0, CRn 1, Rt 3, CRm 0, read.
    ['mrc p15, 0, r3, c1, c0, 2', 0xee11_3f50, Ec.cp15_32, (2 << 17) | (1 << 10) | (3 << 5) | 1],
    ['mcr p15, 4, r3, c2, c1, 2', 0xee82_3f51, Ec.cp15_32, (2 << 17) | (4 << 14) | (2 << 10) | (3 << 5) | (1 << 1)],
    ['mrc p14, 0, r1, c0, c1, 0', 0xee10_1e11, Ec.cp14_32, (1 << 5) | (1 << 1) | 1],
    ['mrrc p15, 1, r2, r3, c14', 0xec53_2f1e, Ec.cp15_64, (1 << 16) | (3 << 10) | (2 << 5) | (14 << 1) | 1],
    ['mcrr p14, 0, r2, r3, c1', 0xec43_2e01, Ec.cp14_64, (3 << 10) | (2 << 5) | (1 << 1)],
    ['vmrs r1, mvfr0', 0xeef7_1a10, Ec.cp10Id, (7 << 14) | (7 << 10) | (1 << 5) | 1],
    ['ldc p14, c5, [r3, #8]', 0xed93_5e02, Ec.cp14_ls, (2 << 12) | (3 << 5) | (1 << 4) | (2 << 1) | 1],
    ['stc p14, c5, [r3], #-4', 0xec23_5e01, Ec.cp14_ls, (1 << 12) | (3 << 5) | (1 << 1)],
    ['smc #1', 0xe160_0071, Ec.smc32, 0],
    ['bxj r3', 0xe12f_ff23, Ec.bxj, 3],
  ] as const)('%s in A32', (_, word, ec, iss) => {
    expect(trapSyndrome(word, false, same)).toEqual({ ec, iss });
  });
  it('is the same in T32, but for SMC and BXJ', () => {
    expect(trapSyndrome(0xee11_3f50, true, same)).toEqual(trapSyndrome(0xee11_3f50, false, same));
    expect(trapSyndrome(0xf7f1_8000, true, same)).toEqual({ ec: Ec.smc32, iss: 0 });
    expect(trapSyndrome(0xf3c3_8f00, true, same)).toEqual({ ec: Ec.bxj, iss: 3 });
  });
  it('is told with its condition', () => {
    expect(conditionIss(0x0e11_3f50, false, 0)).toBe(1 << 24);
    expect(conditionIss(0xf57f_f05f, false, 0)).toBe((1 << 24) | (14 << 20));
    expect(conditionIss(0xee11_3f50, true, 0)).toBe((1 << 24) | (14 << 20));
    expect(conditionIss(0xee11_3f50, true, 0b0001_1000)).toBe((1 << 24) | (1 << 20));
  });
});
