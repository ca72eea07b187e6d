import { must } from '../../base/assert.ts';
import { Op, type Shape, Simd, shapeOps, vectorOps } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import type { Bits, Demand, Known } from './types.ts';

/** Lanes are numbered from the low bits up: Arm ARM DDI 0487, A1.4.1. */
const VECTOR_BITS = 128n;
const ALL: Bits = (1n << VECTOR_BITS) - 1n;
const maskOf = (width: bigint): Bits => (1n << width) - 1n;

/** Every lane of so many bits in which there is one of these bits, whole. */
function lanes(bits: Bits, width: bigint): Bits {
  let whole = 0n;
  for (let at = 0n; at < VECTOR_BITS; at += width) if ((bits >> at) & maskOf(width)) whole |= maskOf(width) << at;
  return whole;
}

/** The lanes of a source for those of a result, of other widths: lane n for lane n, from a bit of the source on. */
function laneForLane(bits: Bits, to: bigint, from: bigint, start = 0n): Bits {
  let wanted = 0n;
  for (let n = 0n; n * to < VECTOR_BITS; n++)
    if ((bits >> (n * to)) & maskOf(to)) wanted |= maskOf(from) << (start + n * from);
  return wanted & ALL;
}

const widths: { readonly [S in Shape]: bigint } = { i8x16: 8n, i16x8: 16n, i32x4: 32n, i64x2: 64n };

type Rule = (bits: Bits, node: Node, known: Known) => Demand;
const rules = new Map<number, Rule>();

/** Of two halves, each of which is made of one operand. */
const narrow =
  (to: bigint): Rule =>
  (bits) => ({
    a: laneForLane(bits & maskOf(64n), to, 2n * to),
    b: laneForLane(bits >> 64n, to, 2n * to),
  });
const both = (operands: number, wanted: (bits: Bits) => Bits): Rule => {
  if (operands === 1) return (bits) => ({ a: wanted(bits) });
  return (bits) => ({ a: wanted(bits), b: wanted(bits) });
};

/** One register taken twice: what an instruction reads it reads before it writes. */
const isSame = (a: Node, b: Node): boolean => a === b || (a.op === Op.cell128 && b.op === a.op && b.imm === a.imm);

function ruleOf(name: string, operands: number): Rule {
  const [shape = '', operation = ''] = name.split('.');
  if (name === 'v128.bitselect') return (bits) => ({ a: bits, b: bits, c: bits });
  if (name === 'v128.xor') return (bits, { a, b }) => (isSame(a as Node, b as Node) ? {} : { a: bits, b: bits });
  if (shape === 'v128') return both(operands, (bits) => bits);
  const width = widths[shape as Shape];
  if (operation === 'swizzle') return (bits) => ({ a: bits === 0n ? 0n : ALL, b: lanes(bits, width) });
  if (operation.startsWith('narrow')) return narrow(width);
  if (operation.startsWith('extend_') || operation.startsWith('extmul_')) {
    const start = operation.includes('_high_') ? 64n : 0n;
    return both(operands, (bits) => laneForLane(bits, width, width / 2n, start));
  }
  // Lane by lane; of neighbours a lane of the result covers both.
  return both(operands, (bits) => lanes(bits, width));
}
for (const [name, [code, operands]] of Object.entries(vectorOps)) rules.set(Simd + code, ruleOf(name, operands));

for (const [shape, codes] of Object.entries(shapeOps) as [Shape, (typeof shapeOps)[Shape]][]) {
  const width = widths[shape];
  const count = VECTOR_BITS / width;
  rules.set(Simd + codes.splat, (bits) => {
    let a = 0n;
    for (let n = 0n; n < count; n++) a |= (bits >> (n * width)) & maskOf(width);
    return { a };
  });
  rules.set(Simd + codes.extract, (bits, { imm }) => ({ a: (bits & maskOf(width)) << (BigInt(imm) * width) }));
  rules.set(Simd + codes.replace, (bits, { imm }) => {
    const at = BigInt(imm) * width;
    return { a: bits & ~(maskOf(width) << at), b: (bits >> at) & maskOf(width) };
  });
  for (const code of [codes.shl, codes.shrS, codes.shrU])
    rules.set(Simd + code, (bits) => ({ a: lanes(bits, width), b: width - 1n }));
  rules.set(Simd + codes.bitmask, (bits) => {
    let a = 0n;
    for (let n = 0n; n < count; n++) if ((bits >> n) & 1n) a |= 1n << (n * width + width - 1n);
    return { a };
  });
  rules.set(Simd + codes.allTrue, (bits) => ({ a: bits & 1n ? ALL : 0n }));
}
// any_true
rules.set(Simd + 83, (bits) => ({ a: bits & 1n ? ALL : 0n }));
// Bytes of a (0..15) and b (16..31).
rules.set(Simd + 13, (bits, { data }) => {
  const wanted = [0n, 0n];
  for (const [i, from] of (data as Uint8Array).entries()) {
    const byte = (bits >> BigInt(8 * i)) & 0xffn;
    const which = from >>> 4;
    wanted[which] = (wanted[which] as bigint) | (byte << BigInt(8 * (from & 15)));
  }
  return { a: wanted[0] as bigint, b: wanted[1] as bigint };
});

/** As `demandOf`, of operations on vectors. */
export function vectorDemand(node: Node, bits: Bits, known: Known): Demand {
  return must(rules.get(node.op), 'rule of a vector operation')(bits, node, known);
}
