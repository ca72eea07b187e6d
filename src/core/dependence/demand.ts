import { compareOps, intOps, Op, Simd, unaryOps } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import { allBits, type Bits, type Demand, type Known } from './types.ts';
import { vectorDemand } from './vector-demand.ts';

const NONE: Demand = {};

const widthOf = (node: Node): bigint => (node.type === 'i32' ? 32n : 64n);
/** These bits and all below them. */
const withLower = (bits: Bits): Bits => (1n << BigInt(bits.toString(2).length)) - 1n;
/** These bits and all above them, within a width. */
const withUpper = (bits: Bits, all: Bits): Bits => all & ~((bits & -bits) - 1n);
/** For a result that is extended with the sign of its low `width` bits. */
const extended = (bits: Bits, width: bigint): Bits => {
  const low = bits & ((1n << width) - 1n);
  return bits >> width === 0n ? low : low | (1n << (width - 1n));
};

type Rule = (node: Node, bits: Bits, known: Known) => Demand;

const constantOf = (node: Node): bigint | undefined => {
  if (node.op === Op.const32) return BigInt(node.imm >>> 0);
  if (node.op === Op.const64) return (BigInt(node.imm2 >>> 0) << 32n) | BigInt(node.imm >>> 0);
  return undefined;
};

const carries: Rule = (_node, bits) => ({ a: withLower(bits), b: withLower(bits) });
const everything: Rule = ({ a, b }) => ({
  ...(a ? { a: allBits[a.type] } : {}),
  ...(b ? { b: allBits[b.type] } : {}),
});
const bitwise =
  (kept: (constant: bigint) => bigint): Rule =>
  ({ a, b }, bits) => {
    if (a === b) return { a: bits };
    const [left, right] = [constantOf(a as Node), constantOf(b as Node)];
    return { a: right === undefined ? bits : bits & kept(right), b: left === undefined ? bits : bits & kept(left) };
  };

/** Shifts and rotations take their amounts modulo the width, as LSLV does: Arm ARM DDI 0487, C6.2. */
const shift =
  (known: (bits: Bits, by: bigint, width: bigint) => Bits, unknown: (bits: Bits, all: Bits) => Bits): Rule =>
  (node, bits, knownOf) => {
    const width = widthOf(node);
    const all = allBits[node.type];
    const by = knownOf(node.b as Node);
    const a = by === undefined ? unknown(bits, all) : known(bits, by % width, width) & all;
    return { a, b: width - 1n };
  };
const rotated = (bits: Bits, left: bigint, width: bigint): Bits => (bits << left) | (bits >> (width - left));

const rules = new Map<number, Rule>();
const add = (codes: readonly number[], rule: Rule): void => {
  for (const code of codes) rules.set(code, rule);
};
add([...intOps.add, ...intOps.mul], carries);
// x - x is 0, whatever x is.
add(intOps.sub, (node, bits, known) => (node.a === node.b ? NONE : carries(node, bits, known)));
add([...intOps.divS, ...intOps.divU, ...intOps.remS, ...intOps.remU], everything);
add(
  intOps.and,
  bitwise((constant) => constant),
);
add(
  intOps.or,
  bitwise((constant) => ~constant),
);
add(intOps.xor, ({ a, b }, bits) => (a === b ? NONE : { a: bits, b: bits }));
add(
  intOps.shl,
  shift(
    (bits, by) => bits >> by,
    (bits) => withLower(bits),
  ),
);
add(
  intOps.shrU,
  shift((bits, by) => bits << by, withUpper),
);
add(
  intOps.shrS,
  shift((bits, by, width) => (bits << by) | (bits >> (width - by) === 0n ? 0n : 1n << (width - 1n)), withUpper),
);
add(
  intOps.rotl,
  shift(
    (bits, by, width) => rotated(bits, width - by, width),
    (_bits, all) => all,
  ),
);
add(
  intOps.rotr,
  shift(rotated, (_bits, all) => all),
);
add(Object.values(compareOps).flat(), (node, bits, known) =>
  (bits & 1n) === 0n ? NONE : everything(node, bits, known),
);
// Is zero.
add([0x45, 0x50], (node, bits, known) => ((bits & 1n) === 0n ? NONE : everything(node, bits, known)));
add([...unaryOps.clz, ...unaryOps.ctz, ...unaryOps.popcnt], everything);
add(unaryOps.signExtend8, (_node, bits) => ({ a: extended(bits, 8n) }));
add(unaryOps.signExtend16, (_node, bits) => ({ a: extended(bits, 16n) }));
// i64: of its low 32 bits.
add([0xc4], (_node, bits) => ({ a: extended(bits, 32n) }));
// wrap
add([0xa7], (_node, bits) => ({ a: bits }));
// extend_i32_s and _u
add([0xac], (_node, bits) => ({ a: extended(bits, 32n) }));
add([0xad], (_node, bits) => ({ a: bits & allBits.i32 }));

/**
 * What a pure operation wants of its operands for these bits of its result: no more than that, as far as constants and known shifts
 * tell, and never less. Of a selection: both values; which of them it took is for the caller to know.
 */
export function demandOf(node: Node, bits: Bits, known: Known): Demand {
  if (node.op === Op.select) return { a: bits, b: bits, c: allBits.i32 };
  if (node.op >= Simd && node.op < Op.const32) return vectorDemand(node, bits, known);
  const rule = rules.get(node.op);
  return rule === undefined ? everything(node, bits, known) : rule(node, bits, known);
}
