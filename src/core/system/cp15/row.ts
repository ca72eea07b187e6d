import type { AccessRule } from '../access-rule.ts';
import type { Cpu } from '../cpu.ts';
import type { Storage, WriteFlow } from '../row.ts';

/** Operands of MCR and MRC, and of MCRR and MRRC. */
export type NarrowEncoding = readonly [coprocessor: 14 | 15, opc1: number, crn: number, crm: number, opc2: number];
export type WideEncoding = readonly [coprocessor: 14 | 15, opc1: number, crm: number];

/** An encoding of either form as one number. */
export const narrowKey = (coprocessor: number, opc1: number, crn: number, crm: number, opc2: number): number =>
  ((coprocessor & 1) << 14) | (opc1 << 11) | (crn << 7) | (crm << 3) | opc2;
export const wideKey = (coprocessor: number, opc1: number, crm: number): number =>
  (1 << 15) | ((coprocessor & 1) << 8) | (opc1 << 4) | crm;
export const keyOf = (at: NarrowEncoding | WideEncoding): number =>
  at.length === 5 ? narrowKey(...at) : wideKey(...at);

/**
 * A register of CP15 or CP14, or an operation in the guise of one: its storage is then a function. Registers of 64 bits that
 * MCR and MRC reach too, in their low half, have a row for each way; the one for MCRR and MRRC comes last.
 */
export interface CoprocessorRow {
  readonly name: string;
  readonly at: NarrowEncoding | WideEncoding;
  readonly access: AccessRule;
  readonly storage: Storage;
  readonly afterWrite?: WriteFlow;
}

interface CellOptions {
  readonly mask?: bigint;
  readonly ones?: bigint;
  readonly reset?: bigint;
  readonly cellAtEl1?: number;
  readonly changed?: (cpu: Cpu) => void;
  readonly afterWrite?: WriteFlow;
}

/** A register in 32 bits of a cell that AArch64 has too: the low half, or at an address behind it the high half. */
export function cell32(
  name: string,
  at: NarrowEncoding,
  access: AccessRule,
  cell: number,
  options: CellOptions = {},
): CoprocessorRow {
  const { mask = 0xffff_ffffn, afterWrite = 'next', ...rest } = options;
  return { name, at, access, afterWrite, storage: { kind: 'cell', cell, width: 32, mask, ...rest } };
}
/** The upper halves of registers whose lower one is another register of AArch32. */
export const highHalf = (cell: number): number => cell + 4;

export function cell64(
  name: string,
  at: WideEncoding,
  access: AccessRule,
  cell: number,
  options: CellOptions = {},
): CoprocessorRow {
  const { mask = -1n, afterWrite = 'next', ...rest } = options;
  return { name, at, access, afterWrite, storage: { kind: 'cell', cell, mask, ...rest } };
}

/** A register with nothing in it: reads as zero, ignores writes. */
export const zero32 = (name: string, at: NarrowEncoding | WideEncoding, access: AccessRule): CoprocessorRow => ({
  name,
  at,
  access,
  storage: { kind: 'constant', value: 0n },
});

export const read32 = (
  name: string,
  at: NarrowEncoding,
  access: AccessRule,
  read: (cpu: Cpu) => number,
): CoprocessorRow => ({ name, at, access, storage: { kind: 'functions', read } });
