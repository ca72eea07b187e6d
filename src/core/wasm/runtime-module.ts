import { PAGE_BYTES } from '../../base/page.ts';
import type { Type } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import type { CodeWriter } from './code-writer.ts';
import { valueTypes, W } from './opcodes.ts';
import { accessBodies, accessFunctions, functionBody, type SlowAccesses, slowFunctions } from './runtime-accesses.ts';
import { type AccessFunction, INFO_BITS, regionParameters, runtimeFunctions } from './runtime-functions.ts';
import { ByteWriter } from './writer.ts';

/** Functions that all blocks share: `spent` and those of accesses are for import by blocks alone. */
export interface Runtime extends Readonly<Record<AccessFunction | 'spent', unknown>> {
  /** Runs the block of a packed reference (cells.BLOCK_REFS): (reference, budget) -> budget left. */
  readonly enter: (ref: number, budget: number) => number;
  /** What stands for a block without a translation: leaves with ExitReason.lookup. */
  readonly stub: (budget: number, entry: number) => number;
  /** (budget, VA): goes on at a VA that the jump cache does not know, by what is beside it, or leaves with ExitReason.lookup. For import by blocks. */
  readonly jump: (budget: number, address: bigint) => number;
}

const PAGE_MASK = -PAGE_BYTES;

/** (budget, va) */
const jumpBody = (): CodeWriter =>
  functionBody([valueTypes.i32], (out) => {
    const [budget, va, scratch] = [0, 1, 2];
    out.jumpBySecond(budget, va, scratch);
    out.i32(0);
    out.get(va);
    out.i64(PAGE_MASK);
    out.byte(W.i64And);
    out.memory(W.i64Store, cells.PC_BASE);
    out.i32(0);
    out.get(va);
    out.byte(W.i32WrapI64);
    out.i32(~PAGE_MASK);
    out.byte(W.i32And);
    out.memory(W.i32Store, cells.PC_OFFSET);
    out.setCell32(cells.EXIT_REASON, ExitReason.lookup);
    out.get(budget);
  });

const stubBody = (): CodeWriter =>
  functionBody([], (out) => {
    out.setCell32(cells.EXIT_REASON, ExitReason.lookup);
    out.get(0);
  });

/** (budget behind a block, its offset and instructions): the budget before it. */
const spentBody = (): CodeWriter =>
  functionBody([], (out) => {
    out.i32(0);
    out.get(1);
    out.i32((1 << INFO_BITS) - 1);
    out.byte(W.i32And);
    out.memory(W.i32Store, cells.PC_OFFSET);
    out.setCell32(cells.EXIT_REASON, ExitReason.budget);
    out.get(0);
    out.get(1);
    out.i32(INFO_BITS);
    out.byte(W.i32ShrU);
    out.byte(W.i32Add);
  });

/** (packed reference, budget). */
const enterBody = (): CodeWriter => functionBody([], (out) => out.jumpByRef(1, 0));

/** Functions of the run time's module, in their order, behind those that it imports. */
const OWN: readonly { readonly name: string; readonly params: readonly Type[] }[] = [
  { name: 'stub', params: regionParameters },
  { name: 'enter', params: regionParameters },
  { name: 'jump', params: runtimeFunctions.jump },
  { name: 'spent', params: runtimeFunctions.spent },
  ...accessFunctions,
];

function runtimeModule(): Uint8Array {
  const out = new ByteWriter();
  const section = (id: number, write: (b: ByteWriter) => void): void => {
    const content = new ByteWriter();
    write(content);
    out.byte(id);
    out.sized(content);
  };
  out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  // A type for each function; 0 is that of regions, and of what is imported.
  section(1, (b) => {
    b.uleb(OWN.length);
    for (const { params } of OWN) {
      b.byte(0x60);
      b.uleb(params.length);
      for (const type of params) b.byte(valueTypes[type]);
      b.raw(Uint8Array.of(1, valueTypes.i32));
    }
  });
  section(2, (b) => {
    b.uleb(2 + slowFunctions.length);
    b.name('e');
    b.name('memory');
    b.raw(Uint8Array.of(2, 0, 1));
    b.name('e');
    b.name('table');
    b.raw(Uint8Array.of(1, 0x70, 0, 1));
    for (const name of slowFunctions) {
      b.name('e');
      b.name(name);
      b.raw(Uint8Array.of(0, 0));
    }
  });
  section(3, (b) => {
    b.uleb(OWN.length);
    for (let i = 0; i < OWN.length; i++) b.uleb(i);
  });
  section(7, (b) => {
    b.uleb(OWN.length);
    for (const [i, { name }] of OWN.entries()) {
      b.name(name);
      b.byte(0);
      b.uleb(slowFunctions.length + i);
    }
  });
  section(10, (b) => {
    b.uleb(OWN.length);
    const first = slowFunctions.length + OWN.length - accessFunctions.length;
    for (const body of [stubBody(), enterBody(), jumpBody(), spentBody(), ...accessBodies(first)]) b.sized(body);
  });
  return out.toBytes();
}

let module: WebAssembly.Module | undefined;

/** The run time's module over a machine's memory and table; the slow paths are called where the inline TLB maps nothing. */
export function instantiateRuntime(
  memoryImport: WebAssembly.Memory,
  table: WebAssembly.Table,
  slow: SlowAccesses,
): Runtime {
  const e = { memory: memoryImport, table, load: slow.load, store: slow.store };
  module ??= new WebAssembly.Module(runtimeModule());
  return new WebAssembly.Instance(module, { e }).exports as unknown as Runtime;
}
