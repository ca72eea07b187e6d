import { PAGE_BYTES } from '../../base/page.ts';
import { AccessFlags, ALIGNMENT, accessInfo, elementBytes, MemorySize, memoryBytes } from '../ir/ops.ts';
import type { Type } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { CodeWriter } from './code-writer.ts';
import { rawStore, TLB_INDEX_MASK, TLB_INDEX_SHIFT } from './guest-memory.ts';
import { valueTypes, W } from './opcodes.ts';
import { type AccessFunction, INFO_BITS, runtimeFunctions } from './runtime-functions.ts';

/** What the run time does of accesses that the inline TLB does not map: (accessInfo, budget left before the instruction) -> 1 to abandon it. */
export interface SlowAccesses {
  load(info: number, remaining: number): number;
  store(info: number, remaining: number): number;
}
/** What these functions import. */
export const slowFunctions = ['load', 'store'] as const;
const [SLOW_LOAD, SLOW_STORE] = [0, 1];
const PAGE_MASK = -PAGE_BYTES;

/** A function's body, with the types of its locals beside the parameters. */
export function functionBody(locals: readonly number[], write: (out: CodeWriter) => void): CodeWriter {
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

/** Of each MemorySize, 4 bits: how many words an access covers. A block that is zeroed is never looked up here. */
const WORDS = memoryBytes.reduce(
  (all, bytes, size) => all | (BigInt(size === MemorySize.zero64 ? 1 : Math.ceil(bytes / 4)) << BigInt(4 * size)),
  0n,
);

/**
 * (table, address, info): the linear address by an inline TLB, or 0. For those of a group, which was looked up as a whole: they
 * ask for words' alignment or none, and what ends in a page's last bytes may be left out.
 */
const findBody = (): CodeWriter =>
  functionBody([valueTypes.i32, valueTypes.i32], (out) => {
    const [table, address, info, entry, alignment] = [0, 1, 2, 3, 4];
    const flags = (mask: number): void => {
      out.get(info);
      out.i32(accessInfo(0, mask, 0));
      out.byte(W.i32And);
    };
    const noneIf = (): void => {
      out.open(W.if);
      out.i32(0);
      out.byte(W.return);
      out.end();
    };
    flags(AccessFlags.unprivileged | AccessFlags.maintenance);
    noneIf();
    flags(AccessFlags.inDevice);
    out.byte(W.i32Eqz);
    out.open(W.if);
    flags(ALIGNMENT);
    out.tee(alignment);
    out.i32(accessInfo(0, AccessFlags.wordAligned, 0));
    out.byte(W.i32Eq);
    out.open(W.if);
    out.get(address);
    out.byte(W.i32WrapI64);
    out.i32(3);
    out.byte(W.i32And);
    noneIf();
    out.byte(W.else);
    // 0, or `unaligned`.
    out.get(alignment);
    out.byte(W.i32Eqz);
    out.get(alignment);
    out.i32(accessInfo(0, AccessFlags.unaligned, 0));
    out.byte(W.i32Eq);
    out.byte(W.i32Or);
    out.byte(W.i32Eqz);
    noneIf();
    out.end();
    out.end();
    out.get(address);
    out.byte(W.i32WrapI64);
    out.i32(TLB_INDEX_SHIFT);
    out.byte(W.i32ShrU);
    out.i32(TLB_INDEX_MASK);
    out.byte(W.i32And);
    out.get(table);
    out.byte(W.i32Add);
    out.tee(entry);
    out.memory(W.i64Load, 0);
    // The end of the access, by its size.
    out.get(address);
    out.byte(W.i64Const);
    out.sleb64(Number(WORDS & 0xffff_ffffn), Number(WORDS >> 32n));
    // A shift takes the amount modulo 64: four times the size.
    out.get(info);
    out.byte(W.i64ExtendI32U);
    out.i64(2);
    out.byte(W.i64Shl);
    out.byte(W.i64ShrU);
    out.i64(15);
    out.byte(W.i64And);
    out.i64(2);
    out.byte(W.i64Shl);
    out.i64(1);
    out.byte(W.i64Sub);
    out.byte(W.i64Add);
    out.i64(PAGE_MASK);
    out.byte(W.i64And);
    out.cell(W.i64Load, cells.CONTEXT);
    out.byte(W.i64Or);
    out.byte(W.i64Eq);
    out.byte(W.if);
    out.byte(valueTypes.i32);
    out.get(address);
    out.byte(W.i32WrapI64);
    out.get(entry);
    out.memory(W.i32Load, 8);
    out.byte(W.i32Add);
    out.byte(W.else);
    out.i32(0);
    out.end();
  });

/** (address, …, info, budget): the run time's turn. Leaves 1 to abandon the instruction. */
function callSlow(out: CodeWriter, slow: number, info: number, budget: number): void {
  out.i32(0);
  out.get(0);
  out.memory(W.i64Store, cells.ARG_ADDRESS);
  out.get(info);
  out.i32((1 << INFO_BITS) - 1);
  out.byte(W.i32And);
  out.get(budget);
  out.get(info);
  out.i32(INFO_BITS);
  out.byte(W.i32ShrU);
  out.byte(W.i32Add);
  out.call(slow);
}

const loadBody = (find: number): CodeWriter =>
  functionBody([valueTypes.i32], (out) => {
    const [address, info, budget, linear] = [0, 1, 2, 3];
    out.i32(cells.TLB_READ);
    out.get(address);
    out.get(info);
    out.call(find);
    out.tee(linear);
    out.open(W.if);
    out.get(linear);
    out.byte(W.return);
    out.end();
    out.i32(0);
    out.i32(cells.RESULT);
    callSlow(out, SLOW_LOAD, info, budget);
    out.byte(W.select);
  });

const storeBody = (): CodeWriter => functionBody([], (out) => callSlow(out, SLOW_STORE, 1, 2));

/** Of a store whose values come as arguments. */
function storeValuesBody(name: AccessFunction, find: number): CodeWriter {
  const params = runtimeFunctions[name];
  const [info, budget, linear] = [params.length - 2, params.length - 1, params.length];
  const values = params.slice(1, -2);
  return functionBody([valueTypes.i32], (out) => {
    /** To where the address in a local says. */
    const store = (size: number): void => {
      for (const [i] of values.entries()) {
        out.get(linear);
        out.get(1 + i);
        rawStore(out, size, i * (elementBytes[size] as number));
      }
    };
    out.i32(cells.TLB_WRITE);
    out.get(0);
    out.get(info);
    out.call(find);
    out.tee(linear);
    out.byte(W.i32Eqz);
    out.open(W.if);
    out.i32(cells.ARG_VALUE);
    out.set(linear);
    store(valueSizes[params[1] as Type]);
    callSlow(out, SLOW_STORE, info, budget);
    out.byte(W.return);
    out.end();
    if (name === 'store32') {
      for (const size of [MemorySize.b1, MemorySize.b2]) {
        out.get(info);
        out.i32(SIZE_MASK);
        out.byte(W.i32And);
        out.i32(size);
        out.byte(W.i32Eq);
        out.open(W.if);
        store(size);
        out.i32(0);
        out.byte(W.return);
        out.end();
      }
    }
    store(valueSizes[params[1] as Type]);
    out.i32(0);
  });
}
const SIZE_MASK = accessInfo(-1, 0, 0) & (accessInfo(0, 1, 0) - 1);
const valueSizes = { i32: MemorySize.b4, i64: MemorySize.b8, v128: MemorySize.b16 } as const;

/**
 * What regions call for accesses that they do not make themselves, in order, as QEMU's translations call its helpers; `find` is for
 * these alone.
 */
export const accessFunctions: readonly { readonly name: string; readonly params: readonly Type[] }[] = [
  { name: 'find', params: ['i32', 'i64', 'i32'] },
  ...(Object.keys(runtimeFunctions) as (keyof typeof runtimeFunctions)[])
    .filter((name) => name !== 'spent' && name !== 'jump' && name !== 'runtime')
    .map((name) => ({ name, params: runtimeFunctions[name] })),
];
/** @param find the index of the first of them */
export function accessBodies(find: number): CodeWriter[] {
  return accessFunctions.map(({ name }) => {
    if (name === 'find') return findBody();
    if (name === 'load') return loadBody(find);
    return name === 'store' ? storeBody() : storeValuesBody(name as AccessFunction, find);
  });
}
