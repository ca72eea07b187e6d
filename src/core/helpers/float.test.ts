import { describe, expect, it } from 'vitest';
import { must } from '../../base/assert.ts';
import { Prng } from '../../base/prng.ts';
import * as cells from '../state/cells.ts';
import * as codes from './float-codes.ts';
import { instantiateHelpers } from './instantiate.ts';

const memory = new WebAssembly.Memory({ initial: cells.HOST_MEMORY / 65536 });
const view = new DataView(memory.buffer);
type Bits = number | bigint;
const helpers = instantiateHelpers(memory) as unknown as Record<string, (...args: Bits[]) => Bits>;

const [IOC, DZC, OFC, UFC, IXC, IDC] = [1, 2, 4, 8, 16, 128] as const;
const [RP, RM, RZ, FZ, DN, AHP] = [1 << 22, 2 << 22, 3 << 22, 1 << 24, 1 << 25, 1 << 26] as const;
const [inf, one, quiet, signalling, defaultNaN] = [0x7f800000, 0x3f800000, 0x7fc12345, 0x7f812345, 0x7fc00000] as const;
const [least, leastNormal, most] = [1, 0x00800000, 0x7f7fffff] as const;
const minus = (a: number): number => (a | 0x80000000) >>> 0;

/** The result, unsigned, and the flags it left in FPSR, which held `before`. */
function run(name: string, args: readonly Bits[], before = 0): readonly [Bits, number] {
  view.setUint32(cells.FPSR, before, true);
  const r = must(helpers[name], name)(...args);
  return [typeof r === 'bigint' ? BigInt.asUintN(64, r) : r >>> 0, view.getUint32(cells.FPSR, true)];
}

describe('single operations: NaNs, rounding, flags', () => {
  it.each<[string, string, Bits[], Bits, number]>([
    ['a signalling NaN goes before a quiet one, and becomes quiet', 'f32Add', [quiet, signalling, 0], 0x7fc12345, IOC],
    ['the first quiet NaN is the result', 'f32Add', [minus(quiet), 0x7fc00001, 0], minus(quiet), 0],
    ['FPCR.DN', 'f32Add', [minus(quiet), one, DN], defaultNaN, 0],
    ['subtraction leaves a NaN its sign', 'f32Sub', [one, quiet, 0], quiet, 0],
    ['infinity less infinity', 'f32Sub', [inf, inf, 0], defaultNaN, IOC],
    ['an exact zero sum is -0 towards minus infinity only', 'f32Sub', [one, one, RM], 0x80000000, 0],
    ['zero by zero', 'f32Div', [0, 0, 0], defaultNaN, IOC],
    ['one by zero', 'f32Div', [one, 0x80000000, 0], minus(inf), DZC],
    ['overflow to nearest', 'f32Add', [most, most, 0], inf, OFC | IXC],
    ['overflow towards zero', 'f32Add', [most, most, RZ], most, OFC | IXC],
    ['negative overflow upwards', 'f32Add', [minus(most), minus(most), RP], minus(most), OFC | IXC],
    ['tiny and exact: no underflow', 'f32Mul', [leastNormal, 0x3f000000, 0], 0x00400000, 0],
    ['tiny and inexact', 'f32Mul', [least, 0x3f000000, 0], 0, UFC | IXC],
    ['tininess is found before rounding', 'f32Mul', [leastNormal, 0x3f7fffff, 0], leastNormal, UFC | IXC],
    ['flushed result: no IXC', 'f32Mul', [leastNormal, 0x3f7fffff, FZ], 0, UFC],
    ['flushed operand', 'f32Add', [least, one, FZ], one, IDC],
    ['a denormal beside a NaN is flushed too', 'f32Add', [least, quiet, FZ], quiet, IDC],
    ['FMULX of infinity and zero', 'f32Binary', [codes.BINARY_MULX, minus(inf), 0, 0], 0xc0000000, 0],
    ['a number before a quiet NaN', 'f32Binary', [codes.BINARY_MAXNM, quiet, one, 0], one, 0],
    ['but not before a signalling one', 'f32Binary', [codes.BINARY_MAXNM, signalling, one, 0], 0x7fc12345, IOC],
    ['+0 is the greater zero', 'f32Binary', [codes.BINARY_MAX, 0x80000000, 0, 0], 0, 0],
    ['the root of -0', 'f32Unary', [codes.UNARY_SQRT, 0x80000000, 0, 0], 0x80000000, 0],
    ['the root of -1', 'f32Unary', [codes.UNARY_SQRT, minus(one), 0, 0], defaultNaN, IOC],
    ['FRECPE of zero', 'f32Unary', [codes.UNARY_RECPE, 0, 0, 0], inf, DZC],
    ['FRECPE of what overflows', 'f32Unary', [codes.UNARY_RECPE, least, 0, RZ], most, OFC | IXC],
    ['FRSQRTE below zero', 'f32Unary', [codes.UNARY_RSQRTE, minus(one), 0, 0], defaultNaN, IOC],
    ['FRECPS of infinity and zero', 'f32Binary', [codes.BINARY_RECPS, inf, 0, 0], 0x40000000, 0],
    ['FRSQRTS of infinity and zero', 'f32Binary', [codes.BINARY_RSQRTS, 0, inf, 0], 0x3fc00000, 0],
    ['FCMP of a quiet NaN', 'f32Compare', [quiet, one, 0, 0], 0x30000000, 0],
    ['FCMPE of a quiet NaN', 'f32Compare', [quiet, one, 1, 0], 0x30000000, IOC],
    [
      'a comparison that is not made raises nothing',
      'f32CompareIf',
      [0, 0x50000000, signalling, one, 1, 0],
      0x50000000,
      0,
    ],
  ])('%s', (_, name, args, result, flags) => {
    expect(run(name, args)).toEqual([result, flags]);
  });
});

describe('fused multiply-add', () => {
  it.each<[string, string, Bits[], Bits, number]>([
    ['an invalid product beside a quiet NaN', 'f32MulAdd', [quiet, inf, 0, 0], defaultNaN, IOC],
    ['a signalling addend goes before it', 'f32MulAdd', [signalling, inf, 0, 0], 0x7fc12345, IOC],
    ['a signalling factor goes before a quiet addend', 'f32MulAdd', [quiet, one, 0x7f800001, 0], 0x7fc00001, IOC],
    ['infinities of opposite signs', 'f32MulAdd', [minus(inf), inf, one, 0], defaultNaN, IOC],
    // (1 + 2^-23)^2 - (1 + 2^-22) is 2^-46, which a rounded product loses.
    ['one rounding', 'f32MulAdd', [0xbf800002, 0x3f800001, 0x3f800001, 0], 0x28800000, 0],
    [
      'one rounding, doubles',
      'f64MulAdd',
      [0xbff0000000000002n, 0x3ff0000000000001n, 0x3ff0000000000001n, 0],
      0x3970000000000000n,
      0,
    ],
  ])('%s', (_, name, args, result, flags) => {
    expect(run(name, args)).toEqual([result, flags]);
    if (flags === 0) expect(run(name, args, IXC)).toEqual([result, IXC]);
  });

  it('subtracts the product of vectors', () => {
    const [d, n, m] = [cells.V, cells.V + 16, cells.V + 32] as const;
    const words = (at: number, values: readonly number[]): void => {
      for (const [i, value] of values.entries()) view.setUint32(at + 4 * i, value, true);
    };
    words(d, [0x41200000, 0x41200000, 0x11111111, 0x22222222]);
    words(n, [0x40000000, 0x40400000, one, one]);
    words(m, [0x40800000, 0x40000000, one, one]);
    must(helpers.f32VectorMulAdd, 'f32VectorMulAdd')(d, n, m, 4, 1, 8, codes.STANDARD_FPSCR);
    const result = [0, 4, 8, 12].map((i) => view.getUint32(d + i, true));
    // 10 - 2 × 4, 10 - 3 × 2, and nothing above the bytes asked for.
    expect(result).toEqual([0x40000000, 0x40800000, 0x11111111, 0x22222222]);
  });
});

describe('conversions', () => {
  const int64 = codes.DETAIL_INT64;
  const int16 = codes.DETAIL_INT16;
  const unsigned = codes.DETAIL_UNSIGNED;
  it.each<[string, string, Bits[], Bits, number]>([
    ['a NaN is zero', 'f32ToInt', [quiet, codes.ROUND_ZERO, 0], 0n, IOC],
    ['saturation upwards', 'f32ToInt', [0x4f000000, codes.ROUND_ZERO, 0], 0x7fffffffn, IOC],
    ['the least integer fits', 'f32ToInt', [0xcf000000, codes.ROUND_ZERO, 0], 0x80000000n, 0],
    ['2^64 does not', 'f64ToInt', [0x43f0000000000000n, codes.ROUND_ZERO | int64 | unsigned, 0], (1n << 64n) - 1n, IOC],
    ['-0.5 downwards has no unsigned number', 'f32ToInt', [0xbf000000, codes.ROUND_DOWN | unsigned, 0], 0n, IOC],
    ['-0.5 towards zero has one', 'f32ToInt', [0xbf000000, codes.ROUND_ZERO | unsigned, 0], 0n, IXC],
    ['ties to even', 'f32ToInt', [0x40200000, codes.ROUND_TIE_EVEN, 0], 2n, IXC],
    ['ties away', 'f32ToInt', [0x40200000, codes.ROUND_TIE_AWAY, 0], 3n, IXC],
    // 0.49999999999999994 + 0.5 rounds to 1.
    ['just below a tie', 'f64ToInt', [0x3fdfffffffffffffn, codes.ROUND_TIE_AWAY | int64, 0], 0n, IXC],
    ['fixed point', 'f32ToInt', [0x3fa00000, codes.ROUND_ZERO | (2 << codes.DETAIL_FRACTION_AT), 0], 5n, 0],
    ['2^15 to 16 bits', 'f32ToInt', [0x47000000, codes.ROUND_ZERO | int16, 0], 0x7fffn, IOC],
    ['-2^15 fits them', 'f32ToInt', [0xc7000000, codes.ROUND_ZERO | int16, 0], 0xffff8000n, 0],
    ['what is below does not', 'f32ToInt', [0xc7800000, codes.ROUND_ZERO | int16, 0], 0xffff8000n, IOC],
    ['2^16 to 16 bits', 'f32ToInt', [0x47800000, codes.ROUND_ZERO | int16 | unsigned, 0], 0xffffn, IOC],
    ['2^24 + 1 to nearest', 'f32FromInt', [0x1000001n, codes.ROUND_FPCR, 0], 0x4b800000, IXC],
    ['2^24 + 1 upwards', 'f32FromInt', [0x1000001n, codes.ROUND_FPCR, RP], 0x4b800001, IXC],
    ['rounding to odd', 'f64ToF32', [0x3ff0000000000001n, codes.ROUND_ODD, 0], 0x3f800001, IXC],
    ['overflow to odd', 'f64ToF32', [0x7fefffffffffffffn, codes.ROUND_ODD, 0], most, OFC | IXC],
    ['a half of FZ is not flushed', 'f16ToF32', [1, FZ], 0x33800000, 0],
    ['AHP has no infinity', 'f16ToF32', [0x7c00, AHP], 0x47800000, 0],
    ['infinity to AHP', 'f32ToF16', [minus(inf), AHP], 0xffff, IOC],
    ['a NaN to AHP', 'f32ToF16', [minus(quiet), AHP], 0x8000, IOC],
    ['overflow of AHP is invalid, not inexact', 'f32ToF16', [0x48000000, AHP], 0x7fff, IOC],
    ['FRINTX', 'f32Unary', [codes.UNARY_RINT, 0xbe800000, codes.ROUND_FPCR | codes.DETAIL_EXACT, 0], 0x80000000, IXC],
    ['FRINTI', 'f32Unary', [codes.UNARY_RINT, 0x3e800000, codes.ROUND_FPCR, RP], one, 0],
  ])('%s', (_, name, args, result, flags) => {
    expect(run(name, args)).toEqual([result, flags]);
  });
});

describe('the host path, taken once IXC is set, agrees with the exact one', () => {
  const random = new Prng(1n);
  const pick = (count: number): number => Number(random.next64() % BigInt(count));
  /** Exponents close enough to cancel, or at the ends of the range, where the host's result is not to be trusted. */
  function double(): bigint {
    const exponent = pick(4)
      ? 1023 - 60 + pick(120)
      : must([0, 1, 2, 623, 1422, 2045, 2046, 2047][pick(8)], 'exponent');
    const r = random.next64();
    return (r & (1n << 63n)) | (BigInt(exponent) << 52n) | (pick(3) ? r & 0xfffffffffffffn : 0n);
  }
  function single(): number {
    const exponent = pick(4) ? 127 - 30 + pick(60) : must([0, 1, 2, 252, 253, 254, 255][pick(7)], 'exponent');
    const r = Number(random.next64() & 0xffffffffn);
    return ((r & 0x80000000) | (exponent << 23) | (pick(3) ? r & 0x7fffff : 0)) >>> 0;
  }
  it.each(['Add', 'Sub', 'Mul', 'Div', 'MulAdd'])('%s', (name) => {
    for (let i = 0; i < 2000; i++) {
      const fpcr = must([0, FZ, DN][pick(3)], 'fpcr');
      for (const [width, operand] of [
        ['f32', single],
        ['f64', double],
      ] as const) {
        const operands = Array.from({ length: name === 'MulAdd' ? 3 : 2 }, (): Bits => operand());
        const [result, flags] = run(width + name, [...operands, fpcr]);
        expect(run(width + name, [...operands, fpcr], IXC)).toEqual([result, flags | IXC]);
      }
    }
  });
  const operations = [codes.BINARY_ADD, codes.BINARY_SUB, codes.BINARY_MUL, codes.BINARY_DIV];
  it.each(['f32', 'f64'])('vectors of %s', (width) => {
    const [d, n, m] = [cells.V, cells.V + 16, cells.V + 32] as const;
    const lanes = width === 'f64' ? [0, 8] : [0, 4, 8, 12];
    for (let i = 0; i < 2000; i++) {
      for (const at of lanes)
        for (const register of [n, m])
          if (width === 'f64') view.setBigUint64(register + at, double(), true);
          else view.setUint32(register + at, single(), true);
      const control = must([0, codes.STANDARD_FPSCR][pick(2)], 'control');
      const args = [must(operations[pick(4)], 'operation'), d, n, m, lanes[1] as number, 16, control];
      const after = (before: number): readonly bigint[] => {
        const [, flags] = run(`${width}Vector3`, args, before);
        return [view.getBigUint64(d, true), view.getBigUint64(d + 8, true), BigInt(flags | IXC)];
      };
      expect(after(IXC)).toEqual(after(0));
    }
  });
});

describe('what the host finds exact is exact', () => {
  const random = new Prng(2n);
  const pick = (count: number): number => Number(random.next64() % BigInt(count));
  /** Few significant bits and exponents that are near each other, so that about half of the results are exact. */
  const single = (): number =>
    ((pick(2) << 31) | ((127 - 6 + pick(12)) << 23) | (pick(2 ** 10) << (pick(3) ? 13 : 0))) >>> 0;
  const double = (): bigint =>
    (BigInt(pick(2)) << 63n) | (BigInt(1023 - 12 + pick(24)) << 52n) | (BigInt(pick(2 ** 26)) << (pick(3) ? 26n : 0n));
  it.each(['Add', 'Sub', 'Mul', 'MulAdd'])('%s', (name) => {
    let exact = 0;
    for (let i = 0; i < 4000; i++) {
      for (const [width, operand] of [
        ['f32', single],
        ['f64', double],
      ] as const) {
        const operands = Array.from({ length: name === 'MulAdd' ? 3 : 2 }, (): Bits => operand());
        // Other roundings take the exact way: inexact is the same in all of them, and an exact result too.
        const [result, flags] = run(width + name, [...operands, 0]);
        const [up, flagsUp] = run(width + name, [...operands, RP]);
        expect(flags).toBe(flagsUp);
        if (flags !== 0) continue;
        exact++;
        if (BigInt(result) << (width === 'f32' ? 33n : 1n) !== 0n) expect(result).toBe(up);
      }
    }
    expect(exact).toBeGreaterThan(1000);
  });
  const [d, n, m] = [cells.V, cells.V + 16, cells.V + 32] as const;
  const named = {
    [codes.BINARY_ADD]: 'Add',
    [codes.BINARY_SUB]: 'Sub',
    [codes.BINARY_MUL]: 'Mul',
    [codes.BINARY_DIV]: 'Div',
  };
  it.each([
    ['f32', 4, single],
    ['f64', 8, double],
  ] as const)('vectors of %s are their lanes', (width, step, operand) => {
    const get = (at: number): Bits => (step === 8 ? view.getBigUint64(at, true) : view.getUint32(at, true));
    const set = (at: number): void => {
      const value = pick(6) === 0 ? 0 : operand();
      if (step === 8) view.setBigUint64(at, BigInt(value), true);
      else view.setUint32(at, Number(value), true);
    };
    const flip = (value: Bits): Bits => (typeof value === 'bigint' ? value ^ (1n << 63n) : (value ^ 0x8000_0000) >>> 0);
    for (let i = 0; i < 6000; i++) {
      const bytes = pick(2) ? 16 : 8;
      const lanes = Array.from({ length: bytes / step }, (_, lane) => lane * step);
      for (const register of [d, n, m]) for (let at = 0; at < 16; at += step) set(register + at);
      const stride = pick(2) * step;
      const before = pick(2) * IXC;
      const control = must([0, 0, FZ, RP][pick(4)], 'control');
      const op = pick(5);
      const isFused = op > codes.BINARY_DIV;
      const negated = pick(2);
      const name = width + (isFused ? 'MulAdd' : named[op as 0]);
      const wanted = lanes.map((at) => {
        const a = get(n + at);
        const of = isFused ? [get(d + at), negated ? flip(a) : a] : [a];
        return run(name, [...of, get(m + (stride && at)), control], before);
      });
      const [, flags] = isFused
        ? run(`${width}VectorMulAdd`, [d, n, m, stride, negated, bytes, control], before)
        : run(`${width}Vector3`, [op, d, n, m, stride, bytes, control], before);
      expect([name, ...lanes.map((at) => get(d + at)), flags]).toEqual([
        name,
        ...wanted.map(([value]) => value),
        wanted.reduce((all, [, of]) => all | of, 0),
      ]);
    }
  });
});
