import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { I64 } from '../ir/types.ts';
import { ordinary } from '../lifting/data-access.ts';
import { debugChannel } from '../system/access.ts';
import { accessVerdict } from '../system/cp15/access.ts';
import { coprocessorRows, findCoprocessorRow } from '../system/cp15/index.ts';
import { narrowKey, wideKey } from '../system/cp15/row.ts';
import { readRow, refuse, writeRow } from '../system/lift-access.ts';
import { Aarch32Call, callRuntime } from './runtime.ts';

const NZCV = 0xf000_0000;
/** Of CP14 and CP15 alone: bit 8 of the encoding. */
const coprocessorOf = (c: number): 14 | 15 => (c ? 15 : 14);

/** MCR and MRC: coprocessor, Opc1, CRn, CRm, Opc2, Rt. */
export interface Transfer {
  readonly c: number;
  readonly o: number;
  readonly n: number;
  readonly m: number;
  readonly p: number;
  readonly t: number;
}
/** MCRR and MRRC: coprocessor, Opc1, CRm, Rt, Rt2. */
export interface WideTransfer {
  readonly c: number;
  readonly o: number;
  readonly m: number;
  readonly t: number;
  readonly u: number;
}

function read(ir: Builder32, index: number): I64 | 'end' {
  const row = coprocessorRows[index];
  if (row === undefined) return ir.undefined();
  return readRow(ir, row.storage, () => callRuntime(ir, Aarch32Call.readRegister, index));
}
function write(ir: Builder32, index: number, value: I64): Flow {
  const row = coprocessorRows[index];
  if (row === undefined) return ir.undefined();
  return writeRow(ir, row, value, () => callRuntime(ir, Aarch32Call.writeRegister, index));
}

/** The row of an access that may be made, or how the block ends. */
function narrowRow(ir: Builder32, f: Transfer, isWrite: boolean): number | 'end' {
  const coprocessor = coprocessorOf(f.c);
  const index = findCoprocessorRow(narrowKey(coprocessor, f.o, f.n, f.m, f.p));
  const verdict = accessVerdict(ir.config, coprocessorRows[index], coprocessor, f.n, f.m, isWrite);
  return verdict === 'ok' ? index : refuse(ir, verdict);
}
function wideRow(ir: Builder32, f: WideTransfer, isWrite: boolean): number | 'end' {
  const coprocessor = coprocessorOf(f.c);
  const index = findCoprocessorRow(wideKey(coprocessor, f.o, f.m));
  const verdict = accessVerdict(ir.config, coprocessorRows[index], coprocessor, f.m, null, isWrite);
  return verdict === 'ok' ? index : refuse(ir, verdict);
}

export function mcr(ir: Builder32, f: Transfer): Flow {
  if (f.t === 15) return ir.undefined();
  const row = narrowRow(ir, f, true);
  return row === 'end' ? row : write(ir, row, ir.extendU(ir.r(f.t)));
}

/** To R15: N, Z, C, V. */
export function mrc(ir: Builder32, f: Transfer): Flow {
  const row = narrowRow(ir, f, false);
  if (row === 'end') return row;
  const value = read(ir, row);
  if (value === 'end') return value;
  if (f.t === 15) ir.setNzcv(ir.and(ir.wrap(value), ir.i32(NZCV)));
  else ir.setR(f.t, ir.wrap(value));
  return 'next';
}

export function mcrr(ir: Builder32, f: WideTransfer): Flow {
  if (f.t === 15 || f.u === 15) return ir.undefined();
  const row = wideRow(ir, f, true);
  if (row === 'end') return row;
  return write(ir, row, ir.or(ir.extendU(ir.r(f.t)), ir.shlBy(ir.extendU(ir.r(f.u)), 32)));
}

export function mrrc(ir: Builder32, f: WideTransfer): Flow {
  if (f.t === 15 || f.u === 15 || f.t === f.u) return ir.undefined();
  const row = wideRow(ir, f, false);
  if (row === 'end') return row;
  const value = read(ir, row);
  if (value === 'end') return value;
  ir.setR(f.t, ir.wrap(value));
  ir.setR(f.u, ir.wrap(ir.shrUBy(value, 32)));
  return 'next';
}

/** LDC and STC of CP14's c5: base, offset in words, index before, up, write back. */
export interface MemoryTransfer {
  readonly p: number;
  readonly u: number;
  readonly w: number;
  readonly n: number;
  readonly i: number;
}

/** Between memory and the debug communications channel, which nobody listens to: it swallows words, and gives zeros. */
function channelTransfer(ir: Builder32, f: MemoryTransfer, isLoad: boolean): Flow {
  if ((!f.p && !f.u && !f.w) || (f.w && f.n === 15)) return ir.undefined();
  const verdict = debugChannel(ir.config, isLoad);
  if (verdict !== 'ok') return refuse(ir, verdict);
  const base = f.n === 15 ? ir.pcAligned() : ir.r(f.n);
  const moved = ir.add(base, ir.i32(f.u ? 4 * f.i : -4 * f.i));
  const address = ir.address(f.p ? moved : base);
  if (isLoad) ir.load32(address, ordinary(ir));
  else ir.store32(address, ir.i32(0), ordinary(ir));
  if (f.w) ir.setR(f.n, moved);
  return 'next';
}
export const ldc = (ir: Builder32, f: MemoryTransfer): Flow => channelTransfer(ir, f, true);
export const stc = (ir: Builder32, f: MemoryTransfer): Flow => channelTransfer(ir, f, false);
