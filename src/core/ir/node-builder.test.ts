import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from '../wasm/emission.fixture.ts';
import { NodeBuilder } from './node-builder.ts';
import { Op } from './ops.ts';
import type { I32, I64, Int, Value } from './types.ts';

const builder = (): NodeBuilder => {
  const ir = new NodeBuilder({} as never);
  ir.begin(0);
  return ir;
};

describe('constants', () => {
  it('keep 32 bits with sign, and 64 in halves', () => {
    const ir = builder();
    expect([ir.i32(0xffff_ffff).imm, ir.i32(-5).imm]).toEqual([-1, -5]);
    const wide = ir.i64(0x8000_0001_ffff_fffen);
    expect([wide.imm, wide.imm2]).toEqual([-2, -0x7fff_ffff]);
    expect([ir.i64(-1).imm, ir.i64(-1).imm2]).toEqual([-1, -1]);
    expect([ir.int('i32', -1n).imm, ir.int('i64', 7).type]).toEqual([-1, 'i64']);
    for (const value of [0, 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 31), -(2 ** 32), -(2 ** 32) - 1, 1 - 2 ** 53]) {
      const [number, big] = [ir.i64(value), ir.i64(BigInt(value))];
      expect([number.imm, number.imm2]).toEqual([big.imm, big.imm2]);
    }
  });
});

describe('what is known before it is computed', () => {
  it('makes no node: shifts by 0, the low half of an extension, the inverse of a constant', () => {
    const ir = builder();
    const a = ir.i32(5);
    expect([ir.shlBy(a, 0), ir.shrSBy(a, 0), ir.shrUBy(a, 0), ir.rotrBy(a, 0)]).toEqual([a, a, a, a]);
    expect([ir.wrap(ir.extendU(a)), ir.wrap(ir.extendS(a)), ir.signExtend(a, 32)]).toEqual([a, a, a]);
    const inverse = ir.not(a);
    expect([inverse.op, inverse.imm]).toEqual([Op.const32, ~5]);
    expect(ir.wrap(ir.i64(3)).op).not.toBe(Op.const32);
  });
});

describe('a wrong operand', () => {
  it('is a fault of the lifter, found at once', () => {
    const ir = builder();
    const [narrow, wide] = [ir.i32(1) as never, ir.i64(1) as never];
    expect(() => ir.add(narrow, wide)).toThrow('operands of one width');
    expect(() => ir.compare('eq', narrow, wide)).toThrow('operands of one width');
    expect(() => ir.select(ir.i32(1), narrow, wide)).toThrow('arms of one type');
  });
});

describe('instructions', () => {
  it('number the nodes that they emit', () => {
    const ir = builder();
    const first = ir.i32(1);
    ir.begin(4);
    const second = ir.i32(2);
    expect([first.at, second.at, ir.offset, ir.offsets]).toEqual([0, 1, 4, [0, 4]]);
  });
});

/** The operations on two numbers of so many bits, by their definitions. */
const definitions = (bits: number): Readonly<Record<string, (a: bigint, b: bigint) => bigint>> => {
  const signed = (v: bigint): bigint => BigInt.asIntN(bits, v);
  const by = (b: bigint): bigint => b % BigInt(bits);
  return {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, b) => a * b,
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    shl: (a, b) => a << by(b),
    shrU: (a, b) => a >> by(b),
    shrS: (a, b) => signed(a) >> by(b),
    rotr: (a, b) => (a >> by(b)) | (a << (BigInt(bits) - by(b))),
    eq: (a, b) => (a === b ? 1n : 0n),
    ltS: (a, b) => (signed(a) < signed(b) ? 1n : 0n),
    ltU: (a, b) => (a < b ? 1n : 0n),
    geS: (a, b) => (signed(a) >= signed(b) ? 1n : 0n),
    gtU: (a, b) => (a > b ? 1n : 0n),
    not: (a) => ~a,
    neg: (a) => -a,
    isZero: (a) => (a === 0n ? 1n : 0n),
    signExtend8: (a) => BigInt.asIntN(8, a),
    signExtend16: (a) => BigInt.asIntN(16, a),
    clz: (a) => BigInt(bits - (a === 0n ? 0 : a.toString(2).length)),
    popcnt: (a) => BigInt([...a.toString(2)].filter((d) => d === '1').length),
    select: (a, b) => (a & 1n ? a : b),
  };
};
type Both = Value<Int>;
function emitted(ir: NodeBuilder, name: string, a: Both, b: Both): Both {
  switch (name) {
    case 'eq':
    case 'ltS':
    case 'ltU':
    case 'geS':
    case 'gtU':
      return ir.compare(name, a, b) as Both;
    case 'not':
    case 'neg':
    case 'isZero':
      return ir[name](a) as Both;
    case 'signExtend8':
    case 'signExtend16':
      return ir.signExtend(a, name === 'signExtend8' ? 8 : 16);
    case 'clz':
    case 'popcnt':
      return ir.unary(name, a);
    case 'select':
      return ir.select(
        ir.wrap(a.type === 'i32' ? ir.extendU(ir.and(a as I32, ir.i32(1))) : ir.and(a as I64, ir.i64(1))),
        a,
        b,
      );
    default:
      return ir[name as 'add'](a, b);
  }
}

describe.each([
  [32, 'i32'],
  [64, 'i64'],
] as const)('operations on %i bits', (bits, type) => {
  it('are what they are called, executed', () => {
    const code = new EmittedCode();
    const table = definitions(bits);
    const names = Object.keys(table);
    code.install([
      blockAt(0, (ir) => {
        const [a, b] = (
          type === 'i32' ? [ir.cell32(0x900), ir.cell32(0x908)] : [ir.cell64(0x900), ir.cell64(0x908)]
        ) as [Both, Both];
        for (const [i, name] of names.entries()) {
          const value = emitted(ir, name, a, b) as I32 | I64;
          ir.setCell64(0x1000 + 8 * i, value.type === 'i32' ? ir.extendU(value as I32) : (value as I64));
        }
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    const prng = new Prng(7n);
    const edges = [0n, 1n, 2n, -1n, 1n << 31n, (1n << 31n) - 1n, 1n << 63n, (1n << 63n) - 1n, 0x80n, 0x8000n, 33n];
    const values = [...edges, ...Array.from({ length: 10 }, () => prng.next64())].map((v) => BigInt.asUintN(bits, v));
    for (const a of values)
      for (const b of values) {
        code.cpu.set64(0x900, a);
        code.cpu.set64(0x908, b);
        code.run(1);
        const got = Object.fromEntries(names.map((name, i) => [name, code.cpu.get64(0x1000 + 8 * i)]));
        const wanted = Object.entries(table).map(([name, f]) => [name, BigInt.asUintN(bits, f(a, b))]);
        expect({ a, b, ...got }).toEqual({ a, b, ...Object.fromEntries(wanted) });
      }
  });
});
