import type { Lifters } from '../decode/lift.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import { elementwise } from '../ir/ops.ts';
import type { I64, Int, V128, Value } from '../ir/types.ts';
import { bigEndian, checksAlignment, load, ordinary, store } from '../lifting/data-access.ts';
import { type ByteMap, gather } from '../simd/gather.ts';
import type { ldstSimdMultiple } from './ldst-simd-structures.table.ts';
import { base, plus } from './memory.ts';
import { laneOf, withLane } from './scalar.ts';
import { structureWriteBack } from './structure.ts';

type Multiple = {
  readonly q: number;
  readonly z: number;
  readonly n: number;
  readonly t: number;
  readonly m?: number;
};
/** Registers of a width, that hold structures of so many elements, as they lie in memory. */
interface Layout {
  readonly registers: number;
  readonly elements: number;
  readonly registerBytes: number;
  readonly log2: number;
}

/** Offset in memory of a byte of a register: element i of a structure goes to register i. */
function memoryOffset(l: Layout, register: number, byte: number): number {
  if (l.elements === 1) return register * l.registerBytes + byte;
  const structure = byte >> l.log2;
  return ((structure * l.elements + register) << l.log2) + (byte & ((1 << l.log2) - 1));
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The memory as vectors of 16 bytes, the last one of 8 where the size is odd. */
const chunkOffsets = (l: Layout): number[] =>
  indices(Math.ceil((l.registers * l.registerBytes) / 16)).map((i) => 16 * i);
const isHalf = (l: Layout, offset: number): boolean => l.registers * l.registerBytes - offset === 8;

function loadWhole(ir: Builder, l: Layout, address: I64): V128[] {
  const flags = elementwise(l.log2);
  const chunks = chunkOffsets(l).map((offset) => {
    const at = plus(ir, address, offset);
    return isHalf(l, offset)
      ? ir.replaceLane('i64x2', ir.v128(0n, 0n), 0, ir.load64(at, flags))
      : ir.load128(at, flags);
  });
  return indices(l.registers).map((r) => {
    const value = gather(ir, chunks, fromMemory(l, r));
    return l.registerBytes === 16 ? value : ir.replaceLane('i64x2', value, 1, ir.i64(0));
  });
}

/** Where the bytes of register r lie in memory; those beyond a short register do not matter. */
const fromMemory = (l: Layout, r: number): ByteMap =>
  indices(16).map((byte) => memoryOffset(l, r, byte & (l.registerBytes - 1)));

function storeWhole(ir: Builder, l: Layout, address: I64, values: readonly V128[]): void {
  const source = new Array<number>(l.registers * l.registerBytes);
  for (const r of indices(l.registers))
    for (const byte of indices(l.registerBytes)) source[memoryOffset(l, r, byte)] = 16 * r + byte;
  for (const offset of chunkOffsets(l)) {
    const chunk = gather(
      ir,
      values,
      indices(16).map((i) => source[offset + (isHalf(l, offset) ? i & 7 : i)] as number),
    );
    const at = plus(ir, address, offset);
    if (isHalf(l, offset)) ir.store64(at, ir.lane64(chunk, 0), elementwise(l.log2));
    else ir.store128(at, chunk, elementwise(l.log2));
  }
}

/** Big-endian data and alignment checks go by elements. */
const byElement = (ir: Builder): boolean => bigEndian(ir.config) || checksAlignment(ir.config);

function loadElements(ir: Builder, l: Layout, address: I64): V128[] {
  const lanes = l.registerBytes >> l.log2;
  const loaded = indices(l.registers).map((r) =>
    indices(lanes).map((lane) => {
      const at = plus(ir, address, memoryOffset(l, r, lane << l.log2));
      return load(ir, l.log2, at, ordinary(ir));
    }),
  );
  return loaded.map((elements) =>
    elements.reduce<V128>((v, element, lane) => withLane(ir, l.log2, v, lane, element), ir.v128(0n, 0n)),
  );
}

function storeElements(ir: Builder, l: Layout, address: I64, values: readonly V128[]): void {
  const lanes = l.registerBytes >> l.log2;
  for (const [r, value] of values.entries()) {
    for (const lane of indices(lanes)) {
      const element: Value<Int> = laneOf(ir, l.log2, value, lane);
      store(ir, l.log2, plus(ir, address, memoryOffset(l, r, lane << l.log2)), element, ordinary(ir));
    }
  }
}

function layout(f: Multiple, registers: number, elements: number): Layout | null {
  if (f.z === 3 && !f.q && elements > 1) return null;
  return { registers, elements, registerBytes: f.q ? 16 : 8, log2: f.z };
}

const loadMultiple =
  (registers: number, elements: number) =>
  (ir: Builder, f: Multiple): Flow => {
    const l = layout(f, registers, elements);
    if (l === null) return ir.undefined();
    const address = base(ir, f.n);
    const values = byElement(ir) ? loadElements(ir, l, address) : loadWhole(ir, l, address);
    for (const [r, value] of values.entries()) ir.setVq((f.t + r) & 31, value);
    return structureWriteBack(ir, f, address, registers * l.registerBytes);
  };

const storeMultiple =
  (registers: number, elements: number) =>
  (ir: Builder, f: Multiple): Flow => {
    const l = layout(f, registers, elements);
    if (l === null) return ir.undefined();
    const address = base(ir, f.n);
    const values = indices(registers).map((r) => ir.vq((f.t + r) & 31));
    (byElement(ir) ? storeElements : storeWhole)(ir, l, address, values);
    return structureWriteBack(ir, f, address, registers * l.registerBytes);
  };

export const ldstSimdMultipleLift = {
  ST4: storeMultiple(4, 4),
  ST1_4: storeMultiple(4, 1),
  ST3: storeMultiple(3, 3),
  ST1_3: storeMultiple(3, 1),
  ST1_1: storeMultiple(1, 1),
  ST2: storeMultiple(2, 2),
  ST1_2: storeMultiple(2, 1),
  LD4: loadMultiple(4, 4),
  LD1_4: loadMultiple(4, 1),
  LD3: loadMultiple(3, 3),
  LD1_3: loadMultiple(3, 1),
  LD1_1: loadMultiple(1, 1),
  LD2: loadMultiple(2, 2),
  LD1_2: loadMultiple(2, 1),
  ST4_post: storeMultiple(4, 4),
  ST1_4_post: storeMultiple(4, 1),
  ST3_post: storeMultiple(3, 3),
  ST1_3_post: storeMultiple(3, 1),
  ST1_1_post: storeMultiple(1, 1),
  ST2_post: storeMultiple(2, 2),
  ST1_2_post: storeMultiple(2, 1),
  LD4_post: loadMultiple(4, 4),
  LD1_4_post: loadMultiple(4, 1),
  LD3_post: loadMultiple(3, 3),
  LD1_3_post: loadMultiple(3, 1),
  LD1_1_post: loadMultiple(1, 1),
  LD2_post: loadMultiple(2, 2),
  LD1_2_post: loadMultiple(2, 1),
} satisfies Lifters<typeof ldstSimdMultiple>;
