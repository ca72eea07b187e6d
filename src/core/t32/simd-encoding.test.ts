import { expect, it, test } from 'vitest';
import { simdClasses, vfpClasses } from '../aarch32/simd-classes.ts';
import { Decoder, undeclaredOverlaps } from '../decode/decoder.ts';
import { inT32, t32Bits } from './simd-encoding.ts';

test.each([
  // VADD.F64 d0, d1, d2; VADD.I32 and VSUB.I32 q0, q1, q2; VLD1.32 {d0}, [r0]. Both words as an assembler writes them.
  ['VADD_vfp', 0xee310b02, 0xee310b02],
  ['VADD', 0xf2220844, 0xef220844],
  ['VSUB', 0xf3220844, 0xff220844],
  ['VLD1_1', 0xf420078f, 0xf920078f],
])('%s', (name, a32, t32) => {
  const classes = [...vfpClasses, ...simdClasses];
  expect(new Decoder(classes).decode(a32)?.name).toBe(name);
  expect(new Decoder(classes.map(inT32)).decode(t32)?.name).toBe(name);
});

it('keeps the fields, U included', () => {
  expect(t32Bits('1111_001u_0dzz_nnnn_dddd_0000_nqm0_mmmm')).toBe('111u_1111_0dzz_nnnn_dddd_0000_nqm0_mmmm');
  expect(t32Bits('1111_0011_1d11_zz00_dddd_0000_0qm0_mmmm')).toBe('1111_1111_1d11_zz00_dddd_0000_0qm0_mmmm');
});

it('refuses what has no twin', () => {
  expect(() => t32Bits('1111_0101_0000')).toThrow();
});

it('has no undeclared overlaps', () => {
  expect(undeclaredOverlaps(new Decoder([...vfpClasses, ...simdClasses].map(inT32)).rows)).toEqual([]);
});
