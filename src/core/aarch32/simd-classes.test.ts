import { describe, expect, it } from 'vitest';
import { must } from '../../base/assert.ts';
import { Prng } from '../../base/prng.ts';
import { Decoder, extract, undeclaredOverlaps } from '../decode/decoder.ts';
import { Builder32 } from '../ir/builder32.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { simdClasses, vfpClasses } from './simd-classes.ts';

const configs = [
  { aarch32: true, sctlr: 0, bigEndian: false, it: 0, straddle: -1 },
  { aarch32: true, sctlr: 2, bigEndian: true, it: 0, straddle: -1 },
] as TranslationConfig[];

describe.each([
  ['VFP', vfpClasses],
  ['AdvSIMD', simdClasses],
])('the rows of %s', (_, classes) => {
  const decoder = new Decoder(classes);
  const { rows } = decoder;

  it('do not overlap unless one says that it beats the other', () => {
    expect(undeclaredOverlaps(rows)).toEqual([]);
  });
  it('have names of their own', () => {
    const names = rows.map((row) => row.name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
  it('can be lifted whatever their fields, reserved values and UNPREDICTABLE ones included', () => {
    const random = new Prng(1n);
    for (const { value, mask } of rows) {
      for (let i = 0; i < 100; i++) {
        const word = (value | (Number(random.next64() & 0xffffffffn) & ~mask)) >>> 0;
        const row = must(decoder.decode(word), 'a row');
        for (const config of configs) {
          const ir = new Builder32(config);
          ir.begin(0);
          const flow = row.lift(ir as never, extract(row, word) as never);
          expect(flow, `${row.name} ${word.toString(16)}`).toMatch(/next|end/);
        }
      }
    }
  });
});
