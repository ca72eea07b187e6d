import { describe, expect, it } from 'vitest';
import { decodeA32 } from './a32-load-store.ts';
import type { LoadStore, Operands } from './load-store.ts';
import { decodeT32, isWide } from './t32-load-store.ts';

const R0 = 0x0900_0100;
const R2 = 0x20;
const R4 = 0xffff_fff0;
const SP = 0x0900_0000;
const operands = (change: Partial<Operands> = {}): Operands => ({
  r: (n) => ({ 0: R0, 2: R2, 4: R4, 13: SP })[n] ?? 0,
  carry: true,
  bigEndian: false,
  ...change,
});

/** `ld r1:4 @+4 r0=+0x8`: direction, transfers, the address from R0, the base's new value from R0. */
function show(plan: LoadStore | undefined): string {
  if (!plan) return 'none';
  const signed = (value: number): string => ((value - R0) | 0).toString();
  const transfers = plan.transfers.map((t) => {
    const name = t.register === 'r' ? `r${t.reg}` : `d${t.reg}[${t.copied ? '*' : t.at / t.size}]`;
    return `${name}:${t.register === 'r' && t.signExtend ? 's' : ''}${t.size}${t.offset ? `+${t.offset}` : ''}`;
  });
  const writeBack = plan.writeBack ? ` r${plan.writeBack.reg}=${signed(plan.writeBack.value)}` : '';
  return `${plan.load ? 'ld' : 'st'} ${transfers.join(' ')} @${signed(plan.address)}${writeBack}`;
}

describe('A32', () => {
  it.each([
    [0xe590_1004, 'ldr r1, [r0, #4]', 'ld r1:4 @4'],
    [0xe510_1004, 'ldr r1, [r0, #-4]', 'ld r1:4 @-4'],
    [0xe5a0_1008, 'str r1, [r0, #8]!', 'st r1:4 @8 r0=8'],
    [0xe4c0_1001, 'strb r1, [r0], #1', 'st r1:1 @0 r0=1'],
    [0xe790_1102, 'ldr r1, [r0, r2, lsl #2]', 'ld r1:4 @128'],
    [0xe710_1042, 'ldr r1, [r0, -r2, asr #32]', 'ld r1:4 @0'],
    [0xe780_1062, 'str r1, [r0, r2, rrx]', 'st r1:4 @-2147483632'],
    [0xe6d0_1262, 'ldrb r1, [r0], r2, ror #4', 'ld r1:1 @0 r0=2'],
    [0xe790_1022, 'ldr r1, [r0, r2, lsr #32]', 'ld r1:4 @0'],
    [0xe4b0_1004, 'ldrt r1, [r0], #4', 'ld r1:4 @0 r0=4'],
    [0xe1f0_11b2, 'ldrh r1, [r0, #18]!', 'ld r1:2 @18 r0=18'],
    [0xe050_10d1, 'ldrsb r1, [r0], #-1', 'ld r1:s1 @0 r0=-1'],
    [0xe190_10f2, 'ldrsh r1, [r0, r2]', 'ld r1:s2 @32'],
    [0xe120_10b2, 'strh r1, [r0, -r2]!', 'st r1:2 @-32 r0=-32'],
    [0xe1c0_20d8, 'ldrd r2, [r0, #8]', 'ld r2:4 r3:4+4 @8'],
    [0xe0c0_20f8, 'strd r2, [r0], #8', 'st r2:4 r3:4+4 @0 r0=8'],
    [0xe1a0_20d4, 'ldrd r2, [r0, r4]!', 'ld r2:4 r3:4+4 @-16 r0=-16'],
    [0xedd0_1b04, 'vldr d17, [r0, #16]', 'ld d17[0]:4 d17[1]:4+4 @16'],
    [0xed40_1a02, 'vstr s3, [r0, #-8]', 'st d1[1]:4 @-8'],
    [0xe590_f000, 'ldr pc, [r0]', 'ld r15:4 @0'],
    [0xe890_0006, 'ldm r0, {r1, r2}', 'ld r1:4 r2:4+4 @0'],
    [0xe920_8006, 'stmdb r0!, {r1, r2, pc}', 'st r1:4 r2:4+4 r15:4+8 @-12 r0=-12'],
    [0xe990_0018, 'ldmib r0, {r3, r4}', 'ld r3:4 r4:4+4 @4'],
    [0xe820_0018, 'stmda r0!, {r3, r4}', 'st r3:4 r4:4+4 @-4 r0=-8'],
    [0xecb0_0b04, 'vldmia r0!, {d0-d1}', 'ld d0[0]:4 d0[1]:4+4 d1[0]:4+8 d1[1]:4+12 @0 r0=16'],
    [0xed60_0a03, 'vstmdb r0!, {s1-s3}', 'st d0[1]:4 d1[0]:4+4 d1[1]:4+8 @-12 r0=-12'],
    [0xf460_174d, 'vld1.16 {d17}, [r0]!', 'ld d17[0]:2 d17[1]:2+2 d17[2]:2+4 d17[3]:2+6 @0 r0=8'],
    [0xf400_2882, 'vst2.32 {d2-d3}, [r0], r2', 'st d2[0]:4 d3[0]:4+4 d2[1]:4+8 d3[1]:4+12 @0 r0=32'],
    [0xf4a0_0a6f, 'vld3.32 {d0[0], d2[0], d4[0]}, [r0]', 'ld d0[0]:4 d2[0]:4+4 d4[0]:4+8 @0'],
    [0xf480_10a4, 'vst1.8 {d1[5]}, [r0], r4', 'st d1[5]:1 @0 r0=-16'],
    [0xf4a0_0c6f, 'vld1.16 {d0[], d1[]}, [r0]', 'ld d0[*]:2 d1[*]:2 @0'],
    [0xf4a0_0f2d, 'vld4.8 {d0[], d2[], d4[], d6[]}, [r0]!', 'ld d0[*]:1 d2[*]:1+1 d4[*]:1+2 d6[*]:1+3 @0 r0=4'],
  ])('%#: %s', (word, _mnemonic, plan) => {
    expect(show(decodeA32(word, operands()))).toBe(plan);
  });

  it.each([
    [0xe8d0_0006, 'ldm r0, {r1, r2}^'],
    [0xf890_0a00, 'rfeia r0'],
    [0xe190_1f9f, 'ldrex r1, [r0]'],
    [0xe100_1092, 'swp r1, r2, [r0]'],
    [0xe790_100f, 'ldr r1, [r0, pc]'],
    [0xe001_0392, 'mul r1, r2, r3'],
    [0xe1c0_10d8, 'ldrd r1, [r0, #8]'],
    [0xf5d0_f000, 'pld [r0]'],
    [0xec41_0b10, 'vmov d0, r0, r1'],
    [0xf420_0bcf, 'a structure of no type'],
  ])('%#: not %s', (word) => {
    expect(decodeA32(word, operands())).toBeUndefined();
  });

  it('has the words of a D register in the order of memory', () => {
    const plan = decodeA32(0xedd0_1b04, operands({ bigEndian: true }));
    expect(show(plan)).toBe('ld d17[1]:4 d17[0]:4+4 @16');
  });
});

describe('T32', () => {
  const decode = (word: number): string =>
    show(decodeT32(word, isWide(word > 0xffff ? word >>> 16 : word), operands()));

  it.each([
    [0x5881, 'ldr r1, [r0, r2]', 'ld r1:4 @32'],
    [0x5281, 'strh r1, [r0, r2]', 'st r1:2 @32'],
    [0x5681, 'ldrsb r1, [r0, r2]', 'ld r1:s1 @32'],
    [0x5e81, 'ldrsh r1, [r0, r2]', 'ld r1:s2 @32'],
    [0x67c1, 'str r1, [r0, #124]', 'st r1:4 @124'],
    [0x7fc1, 'ldrb r1, [r0, #31]', 'ld r1:1 @31'],
    [0x8fc1, 'ldrh r1, [r0, #62]', 'ld r1:2 @62'],
    [0x99ff, 'ldr r1, [sp, #1020]', 'ld r1:4 @764'],
    [0xf8d0_1ffc, 'ldr.w r1, [r0, #4092]', 'ld r1:4 @4092'],
    [0xf850_1c04, 'ldr.w r1, [r0, #-4]', 'ld r1:4 @-4'],
    [0xf800_1f01, 'strb.w r1, [r0, #1]!', 'st r1:1 @1 r0=1'],
    [0xf930_1902, 'ldrsh.w r1, [r0], #-2', 'ld r1:s2 @0 r0=-2'],
    [0xf850_1032, 'ldr.w r1, [r0, r2, lsl #3]', 'ld r1:4 @256'],
    [0xf830_1e06, 'ldrht r1, [r0, #6]', 'ld r1:2 @6'],
    [0xf840_1e08, 'strt r1, [r0, #8]', 'st r1:4 @8'],
    [0xf990_1003, 'ldrsb.w r1, [r0, #3]', 'ld r1:s1 @3'],
    [0xe970_2904, 'ldrd r2, r9, [r0, #-16]!', 'ld r2:4 r9:4+4 @-16 r0=-16'],
    [0xe8e0_2302, 'strd r2, r3, [r0], #8', 'st r2:4 r3:4+4 @0 r0=8'],
    [0xed90_1b02, 'vldr d1, [r0, #8]', 'ld d1[0]:4 d1[1]:4+4 @8'],
    [0xe890_0006, 'ldmia.w r0, {r1, r2}', 'ld r1:4 r2:4+4 @0'],
    [0xe920_0006, 'stmdb.w r0!, {r1, r2}', 'st r1:4 r2:4+4 @-8 r0=-8'],
    [0xf8d0_f000, 'ldr.w pc, [r0]', 'ld r15:4 @0'],
    [0xc006, 'stmia r0!, {r1, r2}', 'st r1:4 r2:4+4 @0 r0=8'],
    [0xc803, 'ldmia r0, {r0, r1}', 'ld r0:4 r1:4+4 @0'],
    [0xb502, 'push {r1, lr}', 'st r1:4 r14:4+4 @-264 r13=-264'],
    [0xbd02, 'pop {r1, pc}', 'ld r1:4 r15:4+4 @-256 r13=-248'],
    [
      0xf960_070f,
      'vld1.8 {d16}, [r0]',
      'ld d16[0]:1 d16[1]:1+1 d16[2]:1+2 d16[3]:1+3 d16[4]:1+4 d16[5]:1+5 d16[6]:1+6 d16[7]:1+7 @0',
    ],
    [0xecb0_0b04, 'vldmia r0!, {d0-d1}', 'ld d0[0]:4 d0[1]:4+4 d1[0]:4+8 d1[1]:4+12 @0 r0=16'],
  ])('%#: %s', (word, _mnemonic, plan) => {
    expect(decode(word)).toBe(plan);
  });

  it.each([
    [0xe850_1f00, 'ldrex r1, [r0]'],
    [0xe8d0_f001, 'tbb [r0, r1]'],
    [0xe990_c000, 'rfeia r0'],
    [0xbf00, 'nop'],
  ])('%#: not %s', (word) => {
    expect(decode(word)).toBe('none');
  });
});
