import type { Lifters32 } from '../decode/lift.ts';
import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I32 } from '../ir/types.ts';
import { bigEndian } from '../lifting/data-access.ts';
import { gather } from '../simd/gather.ts';
import { V } from '../state/cells.ts';
import type { simdLoadStoreMultiple } from './simd-load-store.table.ts';
import * as memory from './simd-memory.ts';
import { read, write } from './simd-operands.ts';

type Multiple = {
  readonly d: number;
  readonly n: number;
  readonly z: number;
  readonly a: number;
  readonly m: number;
};
/** A D register: the `run`-th of those that hold element `element` of the structures. */
interface Part {
  readonly register: number;
  readonly element: number;
  readonly run: number;
}
interface Layout {
  readonly log2: number;
  readonly elements: number;
  readonly bytes: number;
  readonly parts: readonly Part[];
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Null for what is UNDEFINED, and for registers beyond D31, which is UNPREDICTABLE. */
function layoutOf(f: Multiple, elements: number, runs: number, apart: number): Layout | null {
  if (elements > 1 && f.z === 3) return null;
  // 256 bits are for four registers.
  if (f.a === 3 && elements * runs < 4) return null;
  const parts = indices(elements * runs).map((i) => {
    const element = Math.floor(i / runs);
    const run = i % runs;
    return { register: f.d + element * apart + run, element, run };
  });
  if (parts.some(({ register }) => register > 31)) return null;
  return { log2: f.z, elements, bytes: 8 * parts.length, parts };
}

/** Where a byte of a register lies in memory. */
function memoryOffset({ log2, elements }: Layout, { element, run }: Part, byte: number): number {
  const structure = (8 * run + byte) >> log2;
  return ((structure * elements + element) << log2) + (byte & ((1 << log2) - 1));
}

/** Neighbouring registers go two a vector. */
function vectorsOf({ parts }: Layout): (readonly Part[])[] {
  const vectors: Part[][] = [];
  for (const part of parts.toSorted((a, b) => a.register - b.register)) {
    const last = vectors.at(-1);
    if (last?.length === 1 && (last[0] as Part).register + 1 === part.register) last.push(part);
    else vectors.push([part]);
  }
  return vectors;
}

function loadWhole(ir: Builder32, l: Layout, base: I32, flags: number): void {
  const chunks = memory.loadVectors(ir, base, l.bytes, flags);
  for (const parts of vectorsOf(l)) {
    const [low, high] = parts as [Part, Part?];
    const from = indices(16).map((i) => memoryOffset(l, (i < 8 ? low : high) ?? low, i & 7));
    write(ir, parts.length - 1, low.register, gather(ir, chunks, from));
  }
}

function storeWhole(ir: Builder32, l: Layout, base: I32, flags: number): void {
  const vectors = vectorsOf(l);
  const values = vectors.map((parts) => read(ir, parts.length - 1, (parts[0] as Part).register));
  const source = new Array<number>(l.bytes);
  for (const [v, parts] of vectors.entries())
    for (const [half, part] of parts.entries())
      for (const byte of indices(8)) source[memoryOffset(l, part, byte)] = 16 * v + 8 * half + byte;
  const chunks = indices(Math.ceil(l.bytes / 16)).map((chunk) =>
    gather(
      ir,
      values,
      indices(16).map((i) => source[16 * chunk + i] ?? (source[16 * chunk + (i & 7)] as number)),
    ),
  );
  memory.storeVectors(ir, base, chunks, l.bytes, flags);
}

/** Each element by itself: its cell, its offset in memory, and AccessFlags: the first one is aligned as all of them are to be. */
const elementsOf = (ir: Builder32, l: Layout, first: number) =>
  l.parts.flatMap((part) =>
    indices(8 >> l.log2).map((lane) => {
      const at = memoryOffset(l, part, lane << l.log2);
      const flags = at === 0 ? first : memory.elementFlags(ir, l.log2, 1);
      return { cell: V + 8 * part.register + (lane << l.log2), at, flags };
    }),
  );

function loadByElement(ir: Builder32, l: Layout, base: I32, first: number): void {
  const loaded = elementsOf(ir, l, first).map(({ cell, at, flags }) => ({
    cell,
    value: memory.loadElement(ir, base, at, l.log2, flags),
  }));
  for (const { cell, value } of loaded) memory.setElement(ir, cell, l.log2, value);
}

function storeByElement(ir: Builder32, l: Layout, base: I32, first: number): void {
  for (const { cell, at, flags } of elementsOf(ir, l, first))
    memory.storeElement(ir, base, at, l.log2, memory.element(ir, cell, l.log2), flags);
}

/** After the access, so that a fault leaves the base register. */
export function structureWriteBack(
  ir: Builder32,
  f: { readonly n: number; readonly m: number },
  base: I32,
  bytes: number,
): Flow {
  if (f.m !== 15) ir.setR(f.n, ir.add(base, f.m === 13 ? ir.i32(bytes) : ir.r(f.m)));
  return 'next';
}

type Move = (ir: Builder32, l: Layout, base: I32, flags: number) => void;

/** `runs` registers of each of the structure's elements, those of the next one `apart` from them. */
const multiple =
  (whole: Move, byElement: Move, elements: number, runs: number, apart: number) =>
  (ir: Builder32, f: Multiple): Flow => {
    const layout = layoutOf(f, elements, runs, apart);
    if (layout === null) return ir.undefined();
    const base = ir.r(f.n);
    const flags = memory.elementFlags(ir, f.z, f.a === 0 ? 1 : 4 << f.a);
    (bigEndian(ir.config) ? byElement : whole)(ir, layout, base, flags);
    return structureWriteBack(ir, f, base, layout.bytes);
  };
const load = (elements: number, runs: number, apart: number) =>
  multiple(loadWhole, loadByElement, elements, runs, apart);
const store = (elements: number, runs: number, apart: number) =>
  multiple(storeWhole, storeByElement, elements, runs, apart);

/** Registers as they lie in memory. */
const loadRun = (registers: number) =>
  multiple(
    (ir, l, base, flags) => memory.loadCells(ir, base, V + 8 * (l.parts[0] as Part).register, l.bytes, l.log2, flags),
    loadByElement,
    1,
    registers,
    0,
  );
const storeRun = (registers: number) =>
  multiple(
    (ir, l, base, flags) => memory.storeCells(ir, base, V + 8 * (l.parts[0] as Part).register, l.bytes, l.log2, flags),
    storeByElement,
    1,
    registers,
    0,
  );

export const simdLoadStoreMultipleLift = {
  VST4: store(4, 1, 1),
  VST4_i2: store(4, 1, 2),
  VST1_4: storeRun(4),
  VST2_4: store(2, 2, 2),
  VST3: store(3, 1, 1),
  VST3_i2: store(3, 1, 2),
  VST1_3: storeRun(3),
  VST1_1: storeRun(1),
  VST2: store(2, 1, 1),
  VST2_i2: store(2, 1, 2),
  VST1_2: storeRun(2),
  VLD4: load(4, 1, 1),
  VLD4_i2: load(4, 1, 2),
  VLD1_4: loadRun(4),
  VLD2_4: load(2, 2, 2),
  VLD3: load(3, 1, 1),
  VLD3_i2: load(3, 1, 2),
  VLD1_3: loadRun(3),
  VLD1_1: loadRun(1),
  VLD2: load(2, 1, 1),
  VLD2_i2: load(2, 1, 2),
  VLD1_2: loadRun(2),
} satisfies Lifters32<typeof simdLoadStoreMultiple>;
