import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { ldstPair, ldstPairFp } from './ldst-pair.table.ts';
import {
  inByteOrder,
  ordinary,
  type Place,
  pairOffset,
  pairPostIndexed,
  pairPreIndexed,
  vectorInByteOrder,
  writeBack,
} from './memory.ts';

type Pair = { readonly z: number; readonly t: number; readonly u: number };
type QuadPair = { readonly t: number; readonly u: number };

function storePair(ir: Builder, f: Pair, place: Place): Flow {
  if (f.z) ir.storePair64(place.address, inByteOrder(ir, ir.x(f.t)), inByteOrder(ir, ir.x(f.u)), ordinary(ir));
  else ir.storePair32(place.address, inByteOrder(ir, ir.w(f.t)), inByteOrder(ir, ir.w(f.u)), ordinary(ir));
  return writeBack(ir, place);
}

/** Where both destinations are one register, which is UNPREDICTABLE, the second value stays. */
function loadPair(ir: Builder, f: Pair, place: Place): Flow {
  if (f.z) {
    const [first, second] = ir.loadPair64(place.address, ordinary(ir));
    ir.setX(f.t, inByteOrder(ir, first));
    ir.setX(f.u, inByteOrder(ir, second));
  } else {
    const [first, second] = ir.loadPair32(place.address, ordinary(ir));
    ir.setW(f.t, inByteOrder(ir, first));
    ir.setW(f.u, inByteOrder(ir, second));
  }
  return writeBack(ir, place);
}

function loadPairSigned(ir: Builder, f: QuadPair, place: Place): Flow {
  const [first, second] = ir.loadPair32(place.address, ordinary(ir));
  ir.setX(f.t, ir.extendS(inByteOrder(ir, first)));
  ir.setX(f.u, ir.extendS(inByteOrder(ir, second)));
  return writeBack(ir, place);
}

function storePairFp(ir: Builder, f: Pair, place: Place): Flow {
  if (f.z) ir.storePair64(place.address, inByteOrder(ir, ir.vd(f.t)), inByteOrder(ir, ir.vd(f.u)), ordinary(ir));
  else ir.storePair32(place.address, inByteOrder(ir, ir.vs(f.t)), inByteOrder(ir, ir.vs(f.u)), ordinary(ir));
  return writeBack(ir, place);
}

function loadPairFp(ir: Builder, f: Pair, place: Place): Flow {
  if (f.z) {
    const [first, second] = ir.loadPair64(place.address, ordinary(ir));
    ir.setVd(f.t, inByteOrder(ir, first));
    ir.setVd(f.u, inByteOrder(ir, second));
  } else {
    const [first, second] = ir.loadPair32(place.address, ordinary(ir));
    ir.setVs(f.t, inByteOrder(ir, first));
    ir.setVs(f.u, inByteOrder(ir, second));
  }
  return writeBack(ir, place);
}

function storePairQuad(ir: Builder, f: QuadPair, place: Place): Flow {
  const second = vectorInByteOrder(ir, ir.vq(f.u));
  ir.storePair128(place.address, vectorInByteOrder(ir, ir.vq(f.t)), second, ordinary(ir));
  return writeBack(ir, place);
}

function loadPairQuad(ir: Builder, f: QuadPair, place: Place): Flow {
  const [first, second] = ir.loadPair128(place.address, ordinary(ir));
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
