import { fromHalves, high32, low32 } from '../../base/bits.ts';
import { Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';

// Values of 64 bits are two halves, each a number of 32 bits with sign: bigints would cost more than all the rest.

const highBits = (a: Node): number => a.hi >>> 0;
const lowBits = (a: Node): number => a.lo >>> 0;
const lessUnsigned = (a: Node, b: Node): boolean =>
  a.hi === b.hi ? lowBits(a) < lowBits(b) : highBits(a) < highBits(b);
const lessSigned = (a: Node, b: Node): boolean => (a.hi === b.hi ? lowBits(a) < lowBits(b) : a.hi < b.hi);
const same = (a: Node, b: Node): boolean => a.lo === b.lo && a.hi === b.hi;
const big = (a: Node): bigint => (BigInt(a.hi) << 32n) | BigInt(a.lo >>> 0);
const bigUnsigned = (a: Node): bigint => fromHalves(a.lo, a.hi);

const popcnt = (value: number): number => {
  let v = value - ((value >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
};
const ctz = (value: number): number => (value === 0 ? 32 : 31 - Math.clz32(value & -value));
const rotl = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function set64(node: Node, value: bigint): void {
  node.lo = low32(value) | 0;
  node.hi = high32(value) | 0;
}

/** High half of the product of two unsigned numbers of 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const [al, ah, bl, bh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const mid = ah * bl + (((al * bl) >>> 16) >>> 0);
  const mid2 = al * bh + (mid & 0xffff);
  return (ah * bh + Math.floor(mid / 0x1_0000) + Math.floor(mid2 / 0x1_0000)) | 0;
}

function shiftLeft(node: Node, a: Node, by: number): void {
  if (by === 0) {
    node.lo = a.lo;
    node.hi = a.hi;
  } else if (by < 32) {
    node.hi = (a.hi << by) | (a.lo >>> (32 - by));
    node.lo = a.lo << by;
  } else {
    node.hi = a.lo << (by - 32);
    node.lo = 0;
  }
}
/** `fill`: what comes in from above, 0 or -1. */
function shiftRight(node: Node, a: Node, by: number, fill: number): void {
  if (by === 0) {
    node.lo = a.lo;
    node.hi = a.hi;
  } else if (by < 32) {
    node.lo = (a.lo >>> by) | (a.hi << (32 - by));
    node.hi = (a.hi >>> by) | (fill << (32 - by));
  } else {
    node.lo = by === 32 ? a.hi : (a.hi >>> (by - 32)) | (fill << (64 - by));
    node.hi = fill;
  }
}
function rotateLeft(node: Node, a: Node, by: number): void {
  const [lo, hi] = by & 32 ? [a.hi, a.lo] : [a.lo, a.hi];
  const n = by & 31;
  node.lo = n === 0 ? lo : (lo << n) | (hi >>> (32 - n));
  node.hi = n === 0 ? hi : (hi << n) | (lo >>> (32 - n));
}

/**
 * Evaluates an operation whose operands are evaluated: its number is WebAssembly's opcode, and so is what it does. A
 * division that would trap gives 0: nobody uses its result. False: no such operation here (vectors).
 */
export function evaluatePure(node: Node): boolean {
  const a = node.a as Node;
  const b = node.b as Node;
  switch (node.op) {
    case Op.select: {
      const from = (node.c as Node).lo !== 0 ? a : b;
      node.lo = from.lo;
      node.hi = from.hi;
      return true;
    }
    // i32: eqz, eq, ne, lt_s, lt_u, gt_s, gt_u, le_s, le_u, ge_s, ge_u
    case 0x45:
      node.lo = a.lo === 0 ? 1 : 0;
      return true;
    case 0x46:
      node.lo = a.lo === b.lo ? 1 : 0;
      return true;
    case 0x47:
      node.lo = a.lo !== b.lo ? 1 : 0;
      return true;
    case 0x48:
      node.lo = a.lo < b.lo ? 1 : 0;
      return true;
    case 0x49:
      node.lo = lowBits(a) < lowBits(b) ? 1 : 0;
      return true;
    case 0x4a:
      node.lo = a.lo > b.lo ? 1 : 0;
      return true;
    case 0x4b:
      node.lo = lowBits(a) > lowBits(b) ? 1 : 0;
      return true;
    case 0x4c:
      node.lo = a.lo <= b.lo ? 1 : 0;
      return true;
    case 0x4d:
      node.lo = lowBits(a) <= lowBits(b) ? 1 : 0;
      return true;
    case 0x4e:
      node.lo = a.lo >= b.lo ? 1 : 0;
      return true;
    case 0x4f:
      node.lo = lowBits(a) >= lowBits(b) ? 1 : 0;
      return true;
    // i64: the same
    case 0x50:
      node.lo = (a.lo | a.hi) === 0 ? 1 : 0;
      return true;
    case 0x51:
      node.lo = same(a, b) ? 1 : 0;
      return true;
    case 0x52:
      node.lo = same(a, b) ? 0 : 1;
      return true;
    case 0x53:
      node.lo = lessSigned(a, b) ? 1 : 0;
      return true;
    case 0x54:
      node.lo = lessUnsigned(a, b) ? 1 : 0;
      return true;
    case 0x55:
      node.lo = lessSigned(b, a) ? 1 : 0;
      return true;
    case 0x56:
      node.lo = lessUnsigned(b, a) ? 1 : 0;
      return true;
    case 0x57:
      node.lo = lessSigned(b, a) ? 0 : 1;
      return true;
    case 0x58:
      node.lo = lessUnsigned(b, a) ? 0 : 1;
      return true;
    case 0x59:
      node.lo = lessSigned(a, b) ? 0 : 1;
      return true;
    case 0x5a:
      node.lo = lessUnsigned(a, b) ? 0 : 1;
      return true;
    // i32: clz, ctz, popcnt, add, sub, mul, div_s, div_u, rem_s, rem_u, and, or, xor, shl, shr_s, shr_u, rotl, rotr
    case 0x67:
      node.lo = Math.clz32(a.lo);
      return true;
    case 0x68:
      node.lo = ctz(a.lo);
      return true;
    case 0x69:
      node.lo = popcnt(a.lo);
      return true;
    case 0x6a:
      node.lo = (a.lo + b.lo) | 0;
      return true;
    case 0x6b:
      node.lo = (a.lo - b.lo) | 0;
      return true;
    case 0x6c:
      node.lo = Math.imul(a.lo, b.lo);
      return true;
    case 0x6d:
      node.lo = (a.lo / b.lo) | 0;
      return true;
    case 0x6e:
      node.lo = (lowBits(a) / lowBits(b)) | 0;
      return true;
    case 0x6f:
      node.lo = (a.lo % b.lo) | 0;
      return true;
    case 0x70:
      node.lo = (lowBits(a) % lowBits(b)) | 0;
      return true;
    case 0x71:
      node.lo = a.lo & b.lo;
      return true;
    case 0x72:
      node.lo = a.lo | b.lo;
      return true;
    case 0x73:
      node.lo = a.lo ^ b.lo;
      return true;
    case 0x74:
      node.lo = a.lo << b.lo;
      return true;
    case 0x75:
      node.lo = a.lo >> b.lo;
      return true;
    case 0x76:
      node.lo = (a.lo >>> b.lo) | 0;
      return true;
    case 0x77:
      node.lo = rotl(a.lo, b.lo & 31);
      return true;
    case 0x78:
      node.lo = rotl(a.lo, -b.lo & 31);
      return true;
    default:
      return evaluate64(node, a, b);
  }
}

function evaluate64(node: Node, a: Node, b: Node): boolean {
  switch (node.op) {
    // i64: clz, ctz, popcnt, add, sub, mul, div_s, div_u, rem_s, rem_u, and, or, xor, shl, shr_s, shr_u, rotl, rotr
    case 0x79:
      node.lo = a.hi !== 0 ? Math.clz32(a.hi) : 32 + Math.clz32(a.lo);
      node.hi = 0;
      return true;
    case 0x7a:
      node.lo = a.lo !== 0 ? ctz(a.lo) : 32 + ctz(a.hi);
      node.hi = 0;
      return true;
    case 0x7b:
      node.lo = popcnt(a.lo) + popcnt(a.hi);
      node.hi = 0;
      return true;
    case 0x7c: {
      const lo = lowBits(a) + lowBits(b);
      node.hi = (a.hi + b.hi + (lo > 0xffff_ffff ? 1 : 0)) | 0;
      node.lo = lo | 0;
      return true;
    }
    case 0x7d: {
      const borrow = lowBits(a) < lowBits(b) ? 1 : 0;
      node.hi = (a.hi - b.hi - borrow) | 0;
      node.lo = (a.lo - b.lo) | 0;
      return true;
    }
    case 0x7e: {
      const [al, ah, bl, bh] = [a.lo, a.hi, b.lo, b.hi];
      node.hi = (multiplyHigh(al >>> 0, bl >>> 0) + Math.imul(al, bh) + Math.imul(ah, bl)) | 0;
      node.lo = Math.imul(al, bl);
      return true;
    }
    case 0x7f:
      set64(node, (b.lo | b.hi) === 0 ? 0n : big(a) / big(b));
      return true;
    case 0x80:
      set64(node, (b.lo | b.hi) === 0 ? 0n : bigUnsigned(a) / bigUnsigned(b));
      return true;
    case 0x81:
      set64(node, (b.lo | b.hi) === 0 ? 0n : big(a) % big(b));
      return true;
    case 0x82:
      set64(node, (b.lo | b.hi) === 0 ? 0n : bigUnsigned(a) % bigUnsigned(b));
      return true;
    case 0x83:
      node.lo = a.lo & b.lo;
      node.hi = a.hi & b.hi;
      return true;
    case 0x84:
      node.lo = a.lo | b.lo;
      node.hi = a.hi | b.hi;
      return true;
    case 0x85:
      node.lo = a.lo ^ b.lo;
      node.hi = a.hi ^ b.hi;
      return true;
    case 0x86:
      shiftLeft(node, a, b.lo & 63);
      return true;
    case 0x87:
      shiftRight(node, a, b.lo & 63, a.hi >> 31);
      return true;
    case 0x88:
      shiftRight(node, a, b.lo & 63, 0);
      return true;
    case 0x89:
      rotateLeft(node, a, b.lo & 63);
      return true;
    case 0x8a:
      rotateLeft(node, a, -b.lo & 63);
      return true;
    // i32.wrap_i64, i64.extend_i32_s, i64.extend_i32_u
    case 0xa7:
      node.lo = a.lo;
      return true;
    case 0xac:
      node.lo = a.lo;
      node.hi = a.lo >> 31;
      return true;
    case 0xad:
      node.lo = a.lo;
      node.hi = 0;
      return true;
    // i32.extend8_s, i32.extend16_s, i64.extend8_s, i64.extend16_s, i64.extend32_s
    case 0xc0:
      node.lo = (a.lo << 24) >> 24;
      return true;
    case 0xc1:
      node.lo = (a.lo << 16) >> 16;
      return true;
    case 0xc2:
      node.lo = (a.lo << 24) >> 24;
      node.hi = node.lo >> 31;
      return true;
    case 0xc3:
      node.lo = (a.lo << 16) >> 16;
      node.hi = node.lo >> 31;
      return true;
    case 0xc4:
      node.lo = a.lo;
      node.hi = a.lo >> 31;
      return true;
    default:
      return false;
  }
}
