import { describe, expect, it } from 'vitest';
import { expandA32, expandT32 } from './expand-immediate.ts';

describe('constants of A32', () => {
  it.each([
    [0x0ff, 0xff, false],
    [0x1ff, 0xc000_003f, true],
    [0x4ff, 0xff00_0000, true],
    [0xfff, 0x3fc, true],
  ])('%i', (imm12, value, rotated) => {
    expect(expandA32(imm12)).toEqual({ value, rotated });
  });
});

describe('constants of T32', () => {
  it.each([
    [0x0ab, 0xab, false],
    [0x1ab, 0x00ab_00ab, false],
    [0x2ab, 0xab00_ab00, false],
    [0x3ab, 0xabab_abab, false],
    // 1bcdefgh rotated right by 8, by 31.
    [0x42b, 0xab00_0000, true],
    [0xfab, 0x156, true],
  ])('%i', (imm12, value, rotated) => {
    expect(expandT32(imm12)).toEqual({ value, rotated });
  });
});
