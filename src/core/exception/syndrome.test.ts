import { describe, expect, it } from 'vitest';
import { AbortIss } from '../fields/esr.ts';
import { systemIss, transferIss } from './syndrome.ts';

const fields = (word: number) => {
  const iss = transferIss(word);
  return iss === 0
    ? null
    : {
        bytes: 1 << ((iss >>> AbortIss.sasShift) & 3),
        signed: (iss & AbortIss.sse) !== 0,
        rt: (iss >>> AbortIss.srtShift) & 31,
        sixtyFour: (iss & AbortIss.sf) !== 0,
        acquire: (iss & AbortIss.ar) !== 0,
      };
};

describe('the syndrome of a data abort', () => {
  it.each([
    ['ldr x1, [x2, #8]', 0xf9400441, 8, false, 1, true, false],
    ['str w3, [x4]', 0xb9000083, 4, false, 3, false, false],
    ['ldrsb w5, [x6]', 0x39c000c5, 1, true, 5, false, false],
    ['ldrsh x5, [x6]', 0x798000c5, 2, true, 5, true, false],
    ['ldrsw x7, [x8]', 0xb9800107, 4, true, 7, true, false],
    ['ldur w9, [x10, #-4]', 0xb85fc149, 4, false, 9, false, false],
    ['strb wzr, [x0, x1]', 0x3821681f, 1, false, 31, false, false],
    ['ldtr x1, [x2]', 0xf8400841, 8, false, 1, true, false],
    ['ldar w1, [x2]', 0x88dffc41, 4, false, 1, false, true],
    ['stlrb w1, [x2]', 0x089ffc41, 1, false, 1, false, true],
    ['ldr x3, literal', 0x58000003, 8, false, 3, true, false],
    ['ldrsw x3, literal', 0x98000003, 4, true, 3, true, false],
  ] as const)('describes %s', (_, word, bytes, signed, rt, sixtyFour, acquire) => {
    expect(fields(word)).toEqual({ bytes, signed, rt, sixtyFour, acquire });
  });
  it.each([
    ['ldr x1, [x2], #8', 0xf8408441],
    ['str x1, [x2, #8]!', 0xf8008c41],
    ['ldp x1, x2, [x3]', 0xa9400861],
    ['ldxr x1, [x2]', 0xc85f7c41],
    ['ldr q0, [x1]', 0x3dc00020],
    ['prfm pldl1keep, [x1]', 0xf9800020],
    ['ld1 {v0.16b}, [x1]', 0x4c407020],
  ] as const)('says nothing of %s', (_, word) => {
    expect(fields(word)).toBeNull();
  });
});

describe('the syndrome of a trapped system instruction', () => {
  it('is as Linux encodes it for mrs x3, cntpct_el0', () => {
    // op0 3, op1 3, CRn 14, CRm 0, op2 1, read.
    expect(systemIss(0xd53be023)).toBe((3 << 20) | (1 << 17) | (3 << 14) | (14 << 10) | (3 << 5) | 1);
  });
});
