import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32, I64, Int, Value } from '../ir/types.ts';
import { shapeOf } from '../simd/lanes.ts';
import { V } from '../state/cells.ts';
import type { simdLoadStoreSingle } from './simd-load-store.table.ts';
import { structureWriteBack } from './simd-load-store-multiple.lift.ts';
import * as memory from './simd-memory.ts';
import { write } from './simd-operands.ts';

type Single = {
  readonly d: number;
  readonly n: number;
  readonly m: number;
  readonly s?: number;
  readonly a?: number;
};
type Lane = Single & { readonly i: number };
type All = Single & { readonly s: number; readonly z: number };
/** The alignment in bytes that the field `a` asks for, or null where it is reserved. */
type Alignment = (a: number) => number | null;

/** The registers, one or two apart; null where they end beyond D31, which is UNPREDICTABLE. */
function registersOf(f: Single, elements: number): number[] | null {
  const registers = Array.from({ length: elements }, (_, i) => f.d + i * (1 + (f.s ?? 0)));
  return (registers.at(-1) as number) > 31 ? null : registers;
}

/** The whole structure's. */
const structure =
  (elements: number, log2: number): Alignment =>
  (a) =>
    a ? elements << log2 : 1;

/** The first access is aligned as the structure is to be. */
const flags = (ir: Builder32, log2: number, element: number, alignment: number): number =>
  memory.elementFlags(ir, log2, element === 0 ? alignment : 1);

const loadElements = (ir: Builder32, base: I32, elements: number, log2: number, alignment: number): Value<Int>[] =>
  Array.from({ length: elements }, (_, i) =>
    memory.loadElement(ir, base, i << log2, log2, flags(ir, log2, i, alignment)),
  );

const loadLane =
  (elements: number, log2: number, alignmentOf: Alignment = structure(elements, log2)) =>
  (ir: Builder32, f: Lane): Flow => {
    const registers = registersOf(f, elements);
    const alignment = alignmentOf(f.a ?? 0);
    if (registers === null || alignment === null) return ir.undefined();
    const base = ir.r(f.n);
    const values = loadElements(ir, base, elements, log2, alignment);
    for (const [i, register] of registers.entries())
      memory.setElement(ir, V + 8 * register + (f.i << log2), log2, values[i] as Value<Int>);
    return structureWriteBack(ir, f, base, elements << log2);
  };

const storeLane =
  (elements: number, log2: number, alignmentOf: Alignment = structure(elements, log2)) =>
  (ir: Builder32, f: Lane): Flow => {
    const registers = registersOf(f, elements);
    const alignment = alignmentOf(f.a ?? 0);
    if (registers === null || alignment === null) return ir.undefined();
    const base = ir.r(f.n);
    for (const [i, register] of registers.entries()) {
      const value = memory.element(ir, V + 8 * register + (f.i << log2), log2);
      memory.storeElement(ir, base, i << log2, log2, value, flags(ir, log2, i, alignment));
    }
    return structureWriteBack(ir, f, base, elements << log2);
  };

/** Each element to all lanes of its register. */
function loadAll(ir: Builder32, f: All, elements: number, log2: number, alignment: number): Flow {
  const registers = registersOf(f, elements);
  if (registers === null) return ir.undefined();
  const base = ir.r(f.n);
  const values = loadElements(ir, base, elements, log2, alignment);
  for (const [i, register] of registers.entries())
    write(ir, 0, register, ir.splat(shapeOf(log2), values[i] as I32 | I64));
  return structureWriteBack(ir, f, base, elements << log2);
}

/** 32-bit elements: VLD1 and VST1 have one alignment, VLD4 and VST4 two. */
const one32: Alignment = (a) => (a === 0 ? 1 : a === 3 ? 4 : null);
const four32: Alignment = (a) => (a === 0 ? 1 : a === 3 ? null : 4 << a);

export const simdLoadStoreSingleLift = {
  VST1_lane8: storeLane(1, 0),
  VST1_lane16: storeLane(1, 1),
  VST1_lane32: storeLane(1, 2, one32),
  VST2_lane8: storeLane(2, 0),
  VST2_lane16: storeLane(2, 1),
  VST2_lane32: storeLane(2, 2),
  VST3_lane8: storeLane(3, 0),
  VST3_lane16: storeLane(3, 1),
  VST3_lane32: storeLane(3, 2),
  VST4_lane8: storeLane(4, 0),
  VST4_lane16: storeLane(4, 1),
  VST4_lane32: storeLane(4, 2, four32),
  VLD1_lane8: loadLane(1, 0),
  VLD1_lane16: loadLane(1, 1),
  VLD1_lane32: loadLane(1, 2, one32),
  VLD2_lane8: loadLane(2, 0),
  VLD2_lane16: loadLane(2, 1),
  VLD2_lane32: loadLane(2, 2),
  VLD3_lane8: loadLane(3, 0),
  VLD3_lane16: loadLane(3, 1),
  VLD3_lane32: loadLane(3, 2),
  VLD4_lane8: loadLane(4, 0),
  VLD4_lane16: loadLane(4, 1),
  VLD4_lane32: loadLane(4, 2, four32),
  VLD1_all: (ir, f) => {
    // The second register, if any, has the one element too.
    if (f.z === 3 || (f.z === 0 && f.a) || f.d + f.s > 31) return ir.undefined();
    const base = ir.r(f.n);
    const flags = memory.elementFlags(ir, f.z, f.a ? 1 << f.z : 1);
    const value = ir.splat(shapeOf(f.z), memory.loadElement(ir, base, 0, f.z, flags) as I32);
    write(ir, f.s, f.d, value);
    return structureWriteBack(ir, f, base, 1 << f.z);
  },
  VLD2_all: (ir, f) => (f.z === 3 ? ir.undefined() : loadAll(ir, f, 2, f.z, f.a ? 2 << f.z : 1)),
  VLD3_all: (ir, f) => (f.z === 3 ? ir.undefined() : loadAll(ir, f, 3, f.z, 1)),
  VLD4_all: (ir, f) => {
    // Size 3 is 32 bits with the whole structure aligned.
    if (f.z === 3) return f.a ? loadAll(ir, f, 4, 2, 16) : ir.undefined();
    return loadAll(ir, f, 4, f.z, f.a ? Math.min(4 << f.z, 8) : 1);
  },
} satisfies Lifters32<typeof simdLoadStoreSingle>;
