import { MemorySize } from '../ir/ops.ts';
import type { Type } from '../ir/types.ts';

// What translated code imports under `e`, and the calls behind it. All give an i32.

/** Of a region: (budget, entry) -> budget left, or ABANDONED. */
export const regionParameters: readonly Type[] = ['i32', 'i32'];

/**
 * In place of a budget left: the run time was called, abandoned the instruction, and has noted the exact count itself.
 */
export const ABANDONED = -1;

/**
 * Functions by name, with what they take. `spent` leaves before a block that the budget does not cover: (budget behind the block, its offset
 * and above INFO_BITS its instructions). An access ends with (info, budget): accessInfo with how many instructions of the block
 * are left above INFO_BITS, the budget behind the block. `load` gives the linear address of what is loaded, or 0 to abandon the instruction; a store
 * gives 1 for that. What `store` stores is in ARG_VALUE already.
 */
export const runtimeFunctions = {
  spent: ['i32', 'i32'],
  jump: ['i32', 'i64'],
  runtime: ['i32', 'i32'],
  load: ['i64', 'i32', 'i32'],
  store: ['i64', 'i32', 'i32'],
  store32: ['i64', 'i32', 'i32', 'i32'],
  store64: ['i64', 'i64', 'i32', 'i32'],
  store128: ['i64', 'v128', 'i32', 'i32'],
  storePair32: ['i64', 'i32', 'i32', 'i32', 'i32'],
  storePair64: ['i64', 'i64', 'i64', 'i32', 'i32'],
  storePair128: ['i64', 'v128', 'v128', 'i32', 'i32'],
} as const satisfies Record<string, readonly Type[]>;
export type RuntimeFunction = keyof typeof runtimeFunctions;
/** Those that make accesses. */
export type AccessFunction = Exclude<RuntimeFunction, 'spent' | 'jump' | 'runtime'>;
/** In the order of imports. */
export const runtimeFunctionNames = Object.keys(runtimeFunctions) as RuntimeFunction[];

/** What a region's code refers to outside itself, by function index. */
export interface Linker {
  helper(number: number): number;
  readonly imports: { readonly [name in RuntimeFunction]: number };
  /** Address of the cell of BLOCK_REFS for the block at this offset of the page. */
  refCell(offset: number): number;
}

/** What an access of a size calls. */
export function storeFunction(size: number): AccessFunction {
  const name = storeFunctions[size];
  return name ?? (size < MemorySize.b8 ? 'store32' : 'store');
}
const storeFunctions: Readonly<Record<number, AccessFunction>> = {
  [MemorySize.b8]: 'store64',
  [MemorySize.b16]: 'store128',
  [MemorySize.pair4]: 'storePair32',
  [MemorySize.pair8]: 'storePair64',
  [MemorySize.pair16]: 'storePair128',
};

/**
 * Bits of accessInfo; above them is how many instructions of the block are left: they are counted block by block, as under QEMU's
 * -icount, and an access within one is told to the instruction.
 */
export const INFO_BITS = 22;
