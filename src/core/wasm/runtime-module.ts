import { PAGE_BYTES } from '../../base/page.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { CodeWriter } from './code-writer.ts';
import { valueTypes, W } from './opcodes.ts';
import { ByteWriter } from './writer.ts';

/** Functions that all blocks share. */
export interface Runtime {
  /** Runs the block of a packed reference (cells.BLOCK_REFS): (reference, budget) -> budget left. */
  readonly enter: (ref: number, budget: number) => number;
  /** What stands for a block without a translation: leaves with ExitReason.lookup. */
  readonly stub: (budget: number, entry: number) => number;
  /** (budget, VA): goes on at the VA through the jump cache, or leaves with ExitReason.lookup. For import by blocks. */
  readonly jump: (budget: number, address: bigint) => number;
}

const PAGE_MASK = -PAGE_BYTES;

function functionBody(locals: readonly number[], write: (out: CodeWriter) => void): CodeWriter {
  const body = new CodeWriter();
  body.uleb(locals.length);
  for (const type of locals) {
    body.uleb(1);
    body.byte(type);
  }
  write(body);
  body.end();
  return body;
}

/** (budget, va): a hit needs the page's base only, which blocks build their addresses from. */
const jumpBody = (isSalted: boolean): CodeWriter =>
  functionBody([valueTypes.i32], (out) => {
    const [budget, va, entry] = [0, 1, 2];
    out.i32(0);
    out.get(va);
    out.i64(PAGE_MASK);
    out.byte(W.i64And);
    out.memory(W.i64Store, cells.PC_BASE);
    out.get(va);
    out.byte(W.i32WrapI64);
    out.tee(entry);
    out.i32(2);
    out.byte(W.i32ShrU);
    out.get(entry);
    out.i32(cells.JUMP_HASH_SHIFT);
    out.byte(W.i32ShrU);
    out.byte(W.i32Xor);
    if (isSalted) {
      out.cell(W.i32Load, cells.JUMP_SALT);
      out.byte(W.i32Xor);
    }
    out.i32(cells.JUMP_ENTRIES - 1);
    out.byte(W.i32And);
    out.i32(4);
    out.byte(W.i32Shl);
    out.tee(entry);
    out.memory(W.i64Load, cells.JUMP_CACHE);
    out.get(va);
    out.byte(W.i64Eq);
    out.get(entry);
    out.memory(W.i32Load, cells.JUMP_CACHE + 8);
    out.cell(W.i32Load, cells.CONTEXT);
    out.byte(W.i32Eq);
    out.byte(W.i32And);
    out.open(W.if);
    out.get(entry);
    out.memory(W.i32Load, cells.JUMP_CACHE + 12);
    out.set(entry);
    out.jumpByRef(budget, entry);
    out.end();
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

/** (packed reference, budget). */
const enterBody = (): CodeWriter => functionBody([], (out) => out.jumpByRef(1, 0));

function runtimeModule(isSalted: boolean): Uint8Array {
  const out = new ByteWriter();
  const section = (id: number, write: (b: ByteWriter) => void): void => {
    const content = new ByteWriter();
    write(content);
    out.byte(id);
    out.sized(content);
  };
  const { i32, i64 } = valueTypes;
  out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  // Types: 0 is that of regions, the stub and enter; 1 that of jump.
  section(1, (b) => b.raw(Uint8Array.of(2, 0x60, 2, i32, i32, 1, i32, 0x60, 2, i32, i64, 1, i32)));
  section(2, (b) => {
    b.uleb(2);
    b.name('e');
    b.name('memory');
    b.raw(Uint8Array.of(2, 0, 1));
    b.name('e');
    b.name('table');
    b.raw(Uint8Array.of(1, 0x70, 0, 1));
  });
  section(3, (b) => b.raw(Uint8Array.of(3, 0, 1, 0)));
  section(7, (b) => {
    b.uleb(3);
    for (const [i, name] of ['stub', 'jump', 'enter'].entries()) {
      b.name(name);
      b.byte(0);
      b.uleb(i);
    }
  });
  section(10, (b) => {
    b.uleb(3);
    for (const body of [stubBody(), jumpBody(isSalted), enterBody()]) b.sized(body);
  });
  return out.toBytes();
}

/** @param isSalted the jump cache is shared by several PEs */
export function instantiateRuntime(
  memoryImport: WebAssembly.Memory,
  table: WebAssembly.Table,
  isSalted = false,
): Runtime {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(runtimeModule(isSalted)), {
    e: { memory: memoryImport, table },
  });
  return instance.exports as unknown as Runtime;
}
