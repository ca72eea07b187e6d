import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { I64, Int, Value } from '../ir/types.ts';
import { load, ordinary, store } from '../lifting/data-access.ts';
import type { ldstSimdSingle } from './ldst-simd-structures.table.ts';
import { base, plus } from './memory.ts';
import { laneOf, splatOf, withLane } from './scalar.ts';
import { structureWriteBack } from './structure.ts';

type Single = {
  readonly r: number;
  readonly p: number;
  readonly n: number;
  readonly t: number;
  readonly m?: number;
};

/** The registers that the elements of the structure belong to. */
const registersOf = (f: Single): number[] =>
  Array.from({ length: 1 + f.r + 2 * f.p }, (_, element) => (f.t + element) & 31);

function loadElements(ir: Builder, f: Single, log2: number, address: I64): Value<Int>[] {
  return registersOf(f).map((_, i) => load(ir, log2, plus(ir, address, i << log2), ordinary(ir)));
}

function loadLane(ir: Builder, f: Single, log2: number, lane: number): Flow {
  const address = base(ir, f.n);
  const elements = loadElements(ir, f, log2, address);
  for (const [i, register] of registersOf(f).entries())
    ir.setVq(register, withLane(ir, log2, ir.vq(register), lane, elements[i] as Value<Int>));
  return structureWriteBack(ir, f, address, elements.length << log2);
}

function storeLane(ir: Builder, f: Single, log2: number, lane: number): Flow {
  const address = base(ir, f.n);
  const registers = registersOf(f);
  for (const [i, register] of registers.entries())
    store(ir, log2, plus(ir, address, i << log2), laneOf(ir, log2, ir.vq(register), lane), ordinary(ir));
  return structureWriteBack(ir, f, address, registers.length << log2);
}

/** LD1R to LD4R: the element in every lane. */
function loadReplicated(ir: Builder, f: Single & { readonly q: number; readonly z: number }): Flow {
  const address = base(ir, f.n);
  const elements = loadElements(ir, f, f.z, address);
  for (const [i, register] of registersOf(f).entries())
    ir.setVector(f.q, register, splatOf(ir, f.z, elements[i] as Value<Int>));
  return structureWriteBack(ir, f, address, elements.length << f.z);
}

export const ldstSimdSingleLift = {
  ST_lane_b: (ir, f) => storeLane(ir, f, 0, (f.q << 3) | (f.S << 2) | f.z),
  ST_lane_h: (ir, f) => storeLane(ir, f, 1, (f.q << 2) | (f.S << 1) | f.z),
  ST_lane_s: (ir, f) => storeLane(ir, f, 2, (f.q << 1) | f.S),
  ST_lane_d: (ir, f) => storeLane(ir, f, 3, f.q),
  LD_lane_b: (ir, f) => loadLane(ir, f, 0, (f.q << 3) | (f.S << 2) | f.z),
  LD_lane_h: (ir, f) => loadLane(ir, f, 1, (f.q << 2) | (f.S << 1) | f.z),
  LD_lane_s: (ir, f) => loadLane(ir, f, 2, (f.q << 1) | f.S),
  LD_lane_d: (ir, f) => loadLane(ir, f, 3, f.q),
  LD_replicate: loadReplicated,
  ST_lane_b_post: (ir, f) => storeLane(ir, f, 0, (f.q << 3) | (f.S << 2) | f.z),
  ST_lane_h_post: (ir, f) => storeLane(ir, f, 1, (f.q << 2) | (f.S << 1) | f.z),
  ST_lane_s_post: (ir, f) => storeLane(ir, f, 2, (f.q << 1) | f.S),
  ST_lane_d_post: (ir, f) => storeLane(ir, f, 3, f.q),
  LD_lane_b_post: (ir, f) => loadLane(ir, f, 0, (f.q << 3) | (f.S << 2) | f.z),
  LD_lane_h_post: (ir, f) => loadLane(ir, f, 1, (f.q << 2) | (f.S << 1) | f.z),
  LD_lane_s_post: (ir, f) => loadLane(ir, f, 2, (f.q << 1) | f.S),
  LD_lane_d_post: (ir, f) => loadLane(ir, f, 3, f.q),
  LD_replicate_post: loadReplicated,
} satisfies Lifters<typeof ldstSimdSingle>;
