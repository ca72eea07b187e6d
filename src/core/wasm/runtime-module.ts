import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';
import { W, valueTypes, VOID_BLOCK } from './opcodes.ts';
import { ByteWriter } from './writer.ts';

/** Functions that all blocks share. */
export interface Runtime {
  /** Runs the block in a table slot: (slot, budget) -> budget left. */
  readonly enter: (slot: number, budget: number) => number;
  /** What a slot without a translation holds: leaves with ExitReason.lookup. */
  readonly stub: (budget: number) => number;
  /** (budget, VA): goes on at the VA through the jump cache, or leaves with ExitReason.lookup. For import by blocks. */
  readonly jump: (budget: number, address: bigint) => number;
}

const PAGE_MASK = -4096;

function functionBody(locals: readonly number[], write: (b: ByteWriter) => void): ByteWriter {
  const body = new ByteWriter();
  body.uleb(locals.length);
  for (const type of locals) {
    body.uleb(1);
    body.byte(type);
  }
  write(body);
  body.byte(W.end);
  return body;
}

const memory = (b: ByteWriter, op: number, offset: number): void => {
  b.byte(op);
  b.uleb(0);
  b.uleb(offset);
};
const i32 = (b: ByteWriter, value: number): void => {
  b.byte(W.i32Const);
  b.sleb(value);
};
const local = (b: ByteWriter, op: number, index: number): void => {
  b.byte(op);
  b.uleb(index);
};
const setExitReason = (b: ByteWriter, reason: number): void => {
  i32(b, 0);
  i32(b, reason);
  memory(b, W.i32Store, cells.EXIT_REASON);
};

/** (budget, va): PC cells first, for a slot whose translation was dropped needs them. */
const jumpBody = (): ByteWriter =>
  functionBody([valueTypes.i32], (b) => {
    const [budget, va, entry] = [0, 1, 2];
    i32(b, 0);
    local(b, W.localGet, va);
    b.byte(W.i64Const);
    b.sleb(PAGE_MASK);
    b.byte(W.i64And);
    memory(b, W.i64Store, cells.PC_BASE);
    i32(b, 0);
    local(b, W.localGet, va);
    b.byte(W.i32WrapI64);
    i32(b, ~PAGE_MASK);
    b.byte(W.i32And);
    memory(b, W.i32Store, cells.PC_OFFSET);
    local(b, W.localGet, va);
    b.byte(W.i32WrapI64);
    i32(b, 2);
    b.byte(W.i32Shl);
    i32(b, (cells.JUMP_ENTRIES - 1) << 4);
    b.byte(W.i32And);
    local(b, W.localTee, entry);
    memory(b, W.i64Load, cells.JUMP_CACHE);
    local(b, W.localGet, va);
    b.byte(W.i64Eq);
    local(b, W.localGet, entry);
    memory(b, W.i32Load, cells.JUMP_CACHE + 8);
    i32(b, 0);
    memory(b, W.i32Load, cells.CONTEXT);
    b.byte(W.i32Eq);
    b.byte(W.i32And);
    b.byte(W.if);
    b.byte(VOID_BLOCK);
    local(b, W.localGet, budget);
    local(b, W.localGet, entry);
    memory(b, W.i32Load, cells.JUMP_CACHE + 12);
    b.byte(W.returnCallIndirect);
    b.uleb(0);
    b.uleb(0);
    b.byte(W.end);
    setExitReason(b, ExitReason.lookup);
    local(b, W.localGet, budget);
  });

const stubBody = (): ByteWriter =>
  functionBody([], (b) => {
    setExitReason(b, ExitReason.lookup);
    local(b, W.localGet, 0);
  });

const enterBody = (): ByteWriter =>
  functionBody([], (b) => {
    local(b, W.localGet, 1);
    local(b, W.localGet, 0);
    b.byte(W.callIndirect);
    b.uleb(0);
    b.uleb(0);
  });

function runtimeModule(): Uint8Array {
  const out = new ByteWriter();
  const section = (id: number, write: (b: ByteWriter) => void): void => {
    const content = new ByteWriter();
    write(content);
    out.byte(id);
    out.sized(content);
  };
  out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  section(1, (b) => {
    b.raw(Uint8Array.of(3, 0x60, 1, valueTypes.i32, 1, valueTypes.i32)); // block
    b.raw(Uint8Array.of(0x60, 2, valueTypes.i32, valueTypes.i64, 1, valueTypes.i32)); // jump
    b.raw(Uint8Array.of(0x60, 2, valueTypes.i32, valueTypes.i32, 1, valueTypes.i32)); // enter
  });
  section(2, (b) => {
    b.uleb(2);
    b.name('e');
    b.name('memory');
    b.raw(Uint8Array.of(2, 0, 1));
    b.name('e');
    b.name('table');
    b.raw(Uint8Array.of(1, 0x70, 0, 1));
  });
  section(3, (b) => b.raw(Uint8Array.of(3, 0, 1, 2)));
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
    for (const body of [stubBody(), jumpBody(), enterBody()]) b.sized(body);
  });
  return out.toBytes();
}

export function instantiateRuntime(memoryImport: WebAssembly.Memory, table: WebAssembly.Table): Runtime {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(runtimeModule()), {
    e: { memory: memoryImport, table },
  });
  return instance.exports as unknown as Runtime;
}
