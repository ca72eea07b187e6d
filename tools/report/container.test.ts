import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { packData, unpackData } from './container.ts';

describe('the container', () => {
  it('gives back what was put in', () => {
    const value = {
      text: 'α </script> \u2028 "',
      none: null,
      list: [1, { deep: Uint32Array.of(0, 1, 127, 128, 0xffff_ffff) }],
      empty: new Float64Array(0),
      times: Float64Array.of(0, 5, 3, 2 ** 52 - 1, 0, -7),
    };
    expect(unpackData(packData(value))).toEqual(value);
  });

  it('holds columns of random numbers of all sizes', () => {
    const prng = new Prng(3n);
    for (let round = 0; round < 200; round++) {
      const length = Number(prng.next64() & 63n);
      const wide = Float64Array.from({ length }, () =>
        Number((prng.next64() >> (12n + (prng.next64() & 51n))) & (2n ** 52n - 1n)),
      );
      const narrow = Uint32Array.from({ length }, () =>
        Number((prng.next64() & 0xffff_ffffn) >> (prng.next64() & 31n)),
      );
      expect(unpackData(packData({ wide, narrow }))).toEqual({ wide, narrow });
    }
  });

  it('refuses what it could not give back', () => {
    for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => packData({ column: Float64Array.of(0, value) }), String(value)).toThrow(RangeError);
  });
});
