import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { readNzcv } from '../exception/pstate.ts';
import * as cells from '../state/cells.ts';
import { ExitReason, FlagsKind } from '../state/codes.ts';
import { blockAt, EmittedCode } from '../wasm/emission.fixture.ts';
import type { Builder } from './builder.ts';
import type { I32, I64 } from './types.ts';

const A = 0x900;
const B = 0x908;
const NZCV = 0x1000;
const CONDITIONS = 0x1100;
const FLUSHED = 0x1200;

interface Nzcv {
  readonly n: boolean;
  readonly z: boolean;
  readonly c: boolean;
  readonly v: boolean;
}
const packed = ({ n, z, c, v }: Nzcv): number => ((n ? 8 : 0) | (z ? 4 : 0) | (c ? 2 : 0) | (v ? 1 : 0)) * 0x1000_0000;
/** AddWithCarry of the Arm ARM (DDI 0487, shared pseudocode): flags of x + y + carry in so many bits. */
function addWithCarry(bits: number, x: bigint, y: bigint, carry: bigint): Nzcv {
  const unsigned = x + y + carry;
  const signed = BigInt.asIntN(bits, x) + BigInt.asIntN(bits, y) + carry;
  const result = BigInt.asUintN(bits, unsigned);
  const n = BigInt.asIntN(bits, result) < 0n;
  return { n, z: result === 0n, c: result !== unsigned, v: BigInt.asIntN(bits, result) !== signed };
}
/** ConditionHolds (DDI 0487, C1.2.4). */
function holds(condition: number, { n, z, c, v }: Nzcv): boolean {
  const pairs = [z, c, n, v, c && !z, n === v, n === v && !z, true];
  const held = pairs[condition >> 1] as boolean;
  return condition & 1 && condition !== 15 ? !held : held;
}

type Set = (ir: Builder, a32: I32, b32: I32, a64: I64, b64: I64) => void;
/** Ways to set the flags, and what they are by definition. */
const ways: readonly { readonly name: string; readonly set: Set; readonly flags: (a: bigint, b: bigint) => Nzcv }[] = [
  ...([32, 64] as const).flatMap((bits) => {
    const of = (v: bigint): bigint => BigInt.asUintN(bits, v);
    return [
      {
        name: `add, ${bits} bits`,
        set: ((ir, a, b, x, y) => (bits === 32 ? ir.setFlagsAdd(a, b) : ir.setFlagsAdd(x, y))) as Set,
        flags: (a: bigint, b: bigint) => addWithCarry(bits, of(a), of(b), 0n),
      },
      {
        name: `sub, ${bits} bits`,
        set: ((ir, a, b, x, y) => (bits === 32 ? ir.setFlagsSub(a, b) : ir.setFlagsSub(x, y))) as Set,
        flags: (a: bigint, b: bigint) => addWithCarry(bits, of(a), of(~b), 1n),
      },
      {
        name: `logic, ${bits} bits`,
        set: ((ir, a, _b, x) => (bits === 32 ? ir.setFlagsLogic(a) : ir.setFlagsLogic(x))) as Set,
        flags: (a: bigint) => ({ n: BigInt.asIntN(bits, a) < 0n, z: of(a) === 0n, c: false, v: false }),
      },
    ];
  }),
  {
    name: 'packed',
    set: (ir, a) => ir.setNzcv(ir.and(a, ir.i32(0xf000_0000))),
    flags: (a) => {
      const bit = (at: bigint): boolean => ((a >> at) & 1n) === 1n;
      return { n: bit(31n), z: bit(30n), c: bit(29n), v: bit(28n) };
    },
  },
  {
    name: 'N and Z of a result over those of a subtraction',
    set: (ir, a, b) => {
      ir.setFlagsSub(a, b);
      ir.setFlagsLogic32(b);
    },
    flags: (a, b) => {
      const { c, v } = addWithCarry(32, BigInt.asUintN(32, a), BigInt.asUintN(32, ~b), 1n);
      return { n: BigInt.asIntN(32, b) < 0n, z: BigInt.asUintN(32, b) === 0n, c, v };
    },
  },
  {
    name: 'N, Z and a carry over packed ones',
    set: (ir, a, b) => {
      ir.setNzcv(ir.and(a, ir.i32(0xf000_0000)));
      ir.setFlagsLogic32(b, ir.and(b, ir.i32(1)));
    },
    flags: (a, b) => ({
      n: BigInt.asIntN(32, b) < 0n,
      z: BigInt.asUintN(32, b) === 0n,
      c: (b & 1n) === 1n,
      v: ((a >> 28n) & 1n) === 1n,
    }),
  },
];

const prng = new Prng(3n);
const values = [0n, 1n, -1n, 0x7fff_ffffn, 0x8000_0000n, (1n << 63n) - 1n, 1n << 63n, 0xf000_0000n, 0x5000_0000n]
  .concat(Array.from({ length: 5 }, () => prng.next64()))
  .map((v) => BigInt.asUintN(64, v));

describe.each(ways)('flags by $name', ({ set, flags }) => {
  it('are those of the Arm ARM: packed, by each condition, and from the cells that they are flushed to', () => {
    const code = new EmittedCode();
    const lift = (ir: Builder): void => set(ir, ir.cell32(A), ir.cell32(B), ir.cell64(A), ir.cell64(B));
    code.install([
      blockAt(0, (ir) => {
        lift(ir);
        for (let c = 0; c < 16; c++) ir.setCell32(CONDITIONS + 4 * c, ir.condition(c));
        ir.setCell32(NZCV, ir.nzcv());
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    // Set, and left to the cells; then read back by a helper, which knows the kinds that the cells have.
    const setsOnly = blockAt(0, (ir) => {
      lift(ir);
      ir.exitAfter(ExitReason.reconsider);
    });
    code.install([setsOnly], 2);
    code.install(
      [
        blockAt(0, (ir) => {
          ir.setCell32(FLUSHED, ir.nzcv());
          ir.exitAfter(ExitReason.reconsider);
        }),
      ],
      3,
    );
    for (const a of values)
      for (const b of values) {
        const wanted = flags(a, b);
        const at = { a, b };
        code.cpu.set64(A, a);
        code.cpu.set64(B, b);
        code.cpu.set32(cells.FLAGS_KIND, FlagsKind.literal);
        code.run(1);
        const conditions = Array.from({ length: 16 }, (_, c) => code.cpu.get32(CONDITIONS + 4 * c) === 1);
        expect({ ...at, nzcv: code.cpu.get32(NZCV) }).toEqual({ ...at, nzcv: packed(wanted) });
        expect({ ...at, conditions }).toEqual({ ...at, conditions: conditions.map((_, c) => holds(c, wanted)) });
        expect(readNzcv(code.cpu)).toBe(packed(wanted));
        code.run(1, 0, 2);
        expect(readNzcv(code.cpu)).toBe(packed(wanted));
        code.run(1, 0, 3);
        expect(code.cpu.get32(FLUSHED)).toBe(packed(wanted));
      }
  });
});

describe('flags that the block has not set', () => {
  it('come from the cells, whatever kind they have there; what changes some of them leaves the others', () => {
    const code = new EmittedCode();
    code.install([
      blockAt(0, (ir) => {
        ir.setCell32(CONDITIONS, ir.condition(2));
        ir.setFlagsLogic32(ir.cell32(A));
        ir.exitAfter(ExitReason.reconsider);
      }),
    ]);
    code.cpu.set32(cells.FLAGS_KIND, FlagsKind.sub32);
    code.cpu.set64(cells.FLAGS_A, 0x8000_0000n);
    code.cpu.set64(cells.FLAGS_B, 1n);
    code.cpu.set64(A, 0n);
    code.run(1);
    expect(code.cpu.get32(CONDITIONS)).toBe(1);
    // Z of the result, C and V of the subtraction that overflowed.
    expect(readNzcv(code.cpu)).toBe(0x7000_0000);
  });

  it('are as they were if the block sets none', () => {
    const code = new EmittedCode();
    code.install([blockAt(0, (ir) => void ir.exitAfter(ExitReason.reconsider))]);
    code.cpu.set32(cells.FLAGS_KIND, FlagsKind.add64);
    code.cpu.set64(cells.FLAGS_A, 1n);
    code.run(1);
    expect([code.cpu.get32(cells.FLAGS_KIND), code.cpu.get64(cells.FLAGS_A)]).toEqual([FlagsKind.add64, 1n]);
  });
});
