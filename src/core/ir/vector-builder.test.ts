import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from '../wasm/emission.fixture.ts';
import type { Shape } from './ops.ts';

const A = 0x900;
const B = 0x910;
const OUT = 0x1000;
const laneBits: Readonly<Record<Shape, number>> = { i8x16: 8, i16x8: 16, i32x4: 32, i64x2: 64 };
const shapes = Object.keys(laneBits) as Shape[];

const lanesOf = (code: EmittedCode, at: number, bits: number): bigint[] => {
  const all = code.cpu.get64(at) | (code.cpu.get64(at + 8) << 64n);
  return Array.from({ length: 128 / bits }, (_, i) => BigInt.asUintN(bits, all >> BigInt(bits * i)));
};

describe.each(shapes)('vectors of %s', (shape) => {
  const bits = laneBits[shape];
  it('add, compare, shift, negate, replicate and reduce lane by lane', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir) => {
        const [a, b, by] = [ir.cell128(A), ir.cell128(B), ir.cell32(0x920)];
        const results = [
          ir.v(`${shape}.add`, a, b),
          ir.v(`${shape}.gt_s`, a, b),
          ir.v(`${shape}.neg`, a),
          ir.vshift('shl', shape, a, by),
          ir.vshift('shrS', shape, a, by),
          ir.vshift('shrU', shape, a, by),
          ir.splat(shape, shape === 'i64x2' ? ir.cell64(A) : ir.cell32(A)),
        ];
        for (const [i, v] of results.entries()) ir.setCell128(OUT + 16 * i, v);
        ir.setCell32(OUT + 0x100, ir.bitmask(shape, a));
        ir.setCell32(OUT + 0x104, ir.allTrue(shape, a));
        ir.setCell32(OUT + 0x108, ir.anyTrue(a));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    const prng = new Prng(BigInt(bits));
    const s = (v: bigint): bigint => BigInt.asIntN(bits, v);
    for (let round = 0; round < 50; round++) {
      for (const at of [A, A + 8, B, B + 8]) code.cpu.set64(at, round < 2 ? BigInt(-round) : prng.next64());
      const by = round % (bits + 3);
      code.cpu.set32(0x920, by);
      code.run(1);
      const [a, b] = [lanesOf(code, A, bits), lanesOf(code, B, bits)];
      const shift = BigInt(by % bits);
      const wanted: bigint[][] = [
        a.map((v, i) => v + (b[i] as bigint)),
        a.map((v, i) => (s(v) > s(b[i] as bigint) ? -1n : 0n)),
        a.map((v) => -v),
        a.map((v) => v << shift),
        a.map((v) => s(v) >> shift),
        a.map((v) => v >> shift),
        a.map(() => a[0] as bigint),
      ];
      const got = wanted.map((_, i) => lanesOf(code, OUT + 16 * i, bits));
      expect(got).toEqual(wanted.map((lanes) => lanes.map((v) => BigInt.asUintN(bits, v))));
      const mask = a.reduce((m, v, i) => m | (s(v) < 0n ? 1 << i : 0), 0);
      const all = a.every((v) => v !== 0n) ? 1 : 0;
      const some = a.some((v) => v !== 0n) ? 1 : 0;
      expect([0x100, 0x104, 0x108].map((at) => code.cpu.get32(OUT + at))).toEqual([mask, all, some]);
    }
  });
});

describe('wrong operands', () => {
  it('are a fault of the lifter, found at once', () => {
    blockAt(0, (ir) => {
      const v = ir.v128(0n, 0n);
      expect(() => ir.v('i8x16.add', v)).toThrow('i8x16.add takes 2 operands');
      expect(() => ir.splat('i64x2', ir.i32(0))).toThrow("takes its lane's type");
      expect(() => ir.shuffle(v, v, [0])).toThrow('shuffle takes 16 lanes');
    });
  });
});
