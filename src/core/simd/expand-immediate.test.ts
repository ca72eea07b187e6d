import { describe, expect, it } from 'vitest';
import { expandImmediate } from './expand-immediate.ts';

describe('AdvSIMDExpandImm', () => {
  it.each([
    ['byte 0 of words', 0, 0b0000, 0xab, 0x0000_00ab_0000_00abn],
    ['byte 3 of words', 0, 0b0110, 0xab, 0xab00_0000_ab00_0000n],
    ['byte 0 of halfwords', 0, 0b1000, 0xab, 0x00ab_00ab_00ab_00abn],
    ['byte 1 of halfwords', 0, 0b1010, 0xab, 0xab00_ab00_ab00_ab00n],
    ['ones below byte 1', 0, 0b1100, 0xab, 0x0000_abff_0000_abffn],
    ['ones below byte 2', 0, 0b1101, 0xab, 0x00ab_ffff_00ab_ffffn],
    ['bytes', 0, 0b1110, 0xab, 0xabab_abab_abab_ababn],
    ['bits to bytes', 1, 0b1110, 0b1010_0001, 0xff00_ff00_0000_00ffn],
    ['1.0 single', 0, 0b1111, 0x70, 0x3f80_0000_3f80_0000n],
    ['-2.0 single', 0, 0b1111, 0x80, 0xc000_0000_c000_0000n],
    ['0.125 single', 0, 0b1111, 0x40, 0x3e00_0000_3e00_0000n],
    ['31.0 single', 0, 0b1111, 0x3f, 0x41f8_0000_41f8_0000n],
    ['1.0 double', 1, 0b1111, 0x70, 0x3ff0_0000_0000_0000n],
    ['-31.0 double', 1, 0b1111, 0xbf, 0xc03f_0000_0000_0000n],
  ])('%s', (_what, op, cmode, imm8, want) => {
    expect(expandImmediate(op, cmode, imm8)).toBe(want);
  });
});
