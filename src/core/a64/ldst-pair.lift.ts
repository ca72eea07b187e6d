import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I32, I64 } from '../ir/types.ts';
import { checksAlignment, inByteOrder, ordinary } from '../lifting/data-access.ts';
import type { ldstPair, ldstPairFp } from './ldst-pair.table.ts';
import {
  type Place,
  pairOffset,
  pairPostIndexed,
  pairPreIndexed,
  plus,
  vectorInByteOrder,
  writeBack,
} from './memory.ts';
import { setScalar } from './scalar.ts';

type Pair = { readonly z: number; readonly t: number; readonly u: number };
type QuadPair = { readonly t: number; readonly u: number };

// Where alignment is checked, each register's access is, by its own size: so the pair is accessed in two steps.

function store64s(ir: Builder, { address }: Place, first: I64, second: I64): void {
  const [a, b] = [inByteOrder(ir, first), inByteOrder(ir, second)];
  if (!checksAlignment(ir.config)) {
    ir.storePair64(address, a, b);
    return;
  }
  ir.store64(address, a, ordinary(ir));
  ir.store64(plus(ir, address, 8), b, ordinary(ir));
}

function store32s(ir: Builder, { address }: Place, first: I32, second: I32): void {
  const [a, b] = [inByteOrder(ir, first), inByteOrder(ir, second)];
  if (!checksAlignment(ir.config)) {
    ir.storePair32(address, a, b);
    return;
  }
  ir.store32(address, a, ordinary(ir));
  ir.store32(plus(ir, address, 4), b, ordinary(ir));
}

function load64s(ir: Builder, { address }: Place): [I64, I64] {
  const [a, b] = checksAlignment(ir.config)
    ? [ir.load64(address, ordinary(ir)), ir.load64(plus(ir, address, 8), ordinary(ir))]
    : ir.loadPair64(address);
  return [inByteOrder(ir, a), inByteOrder(ir, b)];
}

function load32s(ir: Builder, { address }: Place): [I32, I32] {
  const [a, b] = checksAlignment(ir.config)
    ? [ir.load32(address, ordinary(ir)), ir.load32(plus(ir, address, 4), ordinary(ir))]
    : ir.loadPair32(address);
  return [inByteOrder(ir, a), inByteOrder(ir, b)];
}

function storePair(ir: Builder, f: Pair, place: Place): Flow {
  if (f.z) store64s(ir, place, ir.x(f.t), ir.x(f.u));
  else store32s(ir, place, ir.w(f.t), ir.w(f.u));
  return writeBack(ir, place);
}

/** Where both destinations are one register, which is UNPREDICTABLE, the second value stays. */
function loadPair(ir: Builder, f: Pair, place: Place): Flow {
  const [first, second] = f.z ? load64s(ir, place) : load32s(ir, place);
  ir.setReg(f.t, first);
  ir.setReg(f.u, second);
  return writeBack(ir, place);
}

function loadPairSigned(ir: Builder, f: QuadPair, place: Place): Flow {
  const [first, second] = load32s(ir, place);
  ir.setX(f.t, ir.extendS(first));
  ir.setX(f.u, ir.extendS(second));
  return writeBack(ir, place);
}

function storePairFp(ir: Builder, f: Pair, place: Place): Flow {
  if (f.z) store64s(ir, place, ir.vd(f.t), ir.vd(f.u));
  else store32s(ir, place, ir.vs(f.t), ir.vs(f.u));
  return writeBack(ir, place);
}

function loadPairFp(ir: Builder, f: Pair, place: Place): Flow {
  const [first, second] = f.z ? load64s(ir, place) : load32s(ir, place);
  setScalar(ir, f.t, first);
  setScalar(ir, f.u, second);
  return writeBack(ir, place);
}

function storePairQuad(ir: Builder, f: QuadPair, place: Place): Flow {
  const [a, b] = [vectorInByteOrder(ir, ir.vq(f.t)), vectorInByteOrder(ir, ir.vq(f.u))];
  if (checksAlignment(ir.config)) {
    ir.store128(place.address, a, ordinary(ir));
    ir.store128(plus(ir, place.address, 16), b, ordinary(ir));
  } else {
    ir.storePair128(place.address, a, b);
  }
  return writeBack(ir, place);
}

function loadPairQuad(ir: Builder, f: QuadPair, place: Place): Flow {
  const [first, second] = checksAlignment(ir.config)
    ? [ir.load128(place.address, ordinary(ir)), ir.load128(plus(ir, place.address, 16), ordinary(ir))]
    : ir.loadPair128(place.address);
  ir.setVq(f.t, vectorInByteOrder(ir, first));
  ir.setVq(f.u, vectorInByteOrder(ir, second));
  return writeBack(ir, place);
}

export const ldstPairLift = {
  STNP: (ir, f) => storePair(ir, f, pairOffset(ir, f, 2 + f.z)),
  LDNP: (ir, f) => loadPair(ir, f, pairOffset(ir, f, 2 + f.z)),
  STP_post: (ir, f) => storePair(ir, f, pairPostIndexed(ir, f, 2 + f.z)),
  LDP_post: (ir, f) => loadPair(ir, f, pairPostIndexed(ir, f, 2 + f.z)),
  STP: (ir, f) => storePair(ir, f, pairOffset(ir, f, 2 + f.z)),
  LDP: (ir, f) => loadPair(ir, f, pairOffset(ir, f, 2 + f.z)),
  STP_pre: (ir, f) => storePair(ir, f, pairPreIndexed(ir, f, 2 + f.z)),
  LDP_pre: (ir, f) => loadPair(ir, f, pairPreIndexed(ir, f, 2 + f.z)),
  LDPSW_post: (ir, f) => loadPairSigned(ir, f, pairPostIndexed(ir, f, 2)),
  LDPSW: (ir, f) => loadPairSigned(ir, f, pairOffset(ir, f, 2)),
  LDPSW_pre: (ir, f) => loadPairSigned(ir, f, pairPreIndexed(ir, f, 2)),
} satisfies Lifters<typeof ldstPair>;

export const ldstPairFpLift = {
  STNP_fp: (ir, f) => storePairFp(ir, f, pairOffset(ir, f, 2 + f.z)),
  LDNP_fp: (ir, f) => loadPairFp(ir, f, pairOffset(ir, f, 2 + f.z)),
  STP_fp_post: (ir, f) => storePairFp(ir, f, pairPostIndexed(ir, f, 2 + f.z)),
  LDP_fp_post: (ir, f) => loadPairFp(ir, f, pairPostIndexed(ir, f, 2 + f.z)),
  STP_fp: (ir, f) => storePairFp(ir, f, pairOffset(ir, f, 2 + f.z)),
  LDP_fp: (ir, f) => loadPairFp(ir, f, pairOffset(ir, f, 2 + f.z)),
  STP_fp_pre: (ir, f) => storePairFp(ir, f, pairPreIndexed(ir, f, 2 + f.z)),
  LDP_fp_pre: (ir, f) => loadPairFp(ir, f, pairPreIndexed(ir, f, 2 + f.z)),
  STNP_q: (ir, f) => storePairQuad(ir, f, pairOffset(ir, f, 4)),
  LDNP_q: (ir, f) => loadPairQuad(ir, f, pairOffset(ir, f, 4)),
  STP_q_post: (ir, f) => storePairQuad(ir, f, pairPostIndexed(ir, f, 4)),
  LDP_q_post: (ir, f) => loadPairQuad(ir, f, pairPostIndexed(ir, f, 4)),
  STP_q: (ir, f) => storePairQuad(ir, f, pairOffset(ir, f, 4)),
  LDP_q: (ir, f) => loadPairQuad(ir, f, pairOffset(ir, f, 4)),
  STP_q_pre: (ir, f) => storePairQuad(ir, f, pairPreIndexed(ir, f, 4)),
  LDP_q_pre: (ir, f) => loadPairQuad(ir, f, pairPreIndexed(ir, f, 4)),
} satisfies Lifters<typeof ldstPairFp>;
