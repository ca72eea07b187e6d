import { Aarch32Call } from '../aarch32/runtime.ts';
import { psrFieldBits } from '../exception/cpsr.ts';
import { registerCell, spsrCell } from '../exception/modes.ts';
import { Cpsr } from '../fields/psr.ts';
import { RuntimeCall } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import type { CellReader } from '../state/pe-state.ts';
import { coprocessorRows } from '../system/cp15/index.ts';
import { systemOperations, systemRegisters } from '../system/index.ts';
import type { Storage } from '../system/row.ts';
import type { CellBytes } from './helper-accesses.ts';
import { type FunctionSources, readSources, writeTargets } from './register-functions.ts';
import { FLAG, flagBit } from './state-bytes.ts';
import type { CellWrite } from './types.ts';

// What calls into the run time write of the CPU's state whatever they find, and from what. What else they change is seen when
// it changes: it follows from the value given to them, and from what it was.

type RuntimeWrite = Pick<CellWrite, 'at' | 'bytes' | 'isCertain' | 'sourcesOf'>;

/** Byte for byte, those bits that are let through. */
const copy = (to: number, from: number, bytes: number, mask = (1n << 64n) - 1n): RuntimeWrite => ({
  ...{ at: to, bytes, isCertain: true },
  sourcesOf: (byte, wanted) => [{ cell: from + byte, mask: wanted & Number((mask >> BigInt(8 * byte)) & 0xffn) }],
});
/** From all of some cells. */
const wholeOf = ({ at, bytes }: CellBytes): { cell: number; mask: number }[] =>
  Array.from({ length: bytes }, (_, n) => ({ cell: at + n, mask: 0xff }));
const made = ({ at, bytes }: CellBytes, { from, address, outside }: FunctionSources): RuntimeWrite => ({
  ...{ at, bytes, isCertain: true },
  sourcesOf: () => [
    ...from.flatMap(wholeOf),
    ...(address ? wholeOf(address).map((one) => ({ ...one, isAddress: true as const })) : []),
    ...(outside === undefined ? [] : [{ outside }]),
  ],
});

const RESULT: CellBytes = { at: cells.RESULT, bytes: 8 };

interface Row {
  readonly name: string;
  readonly storage: Storage;
}
function readRegister({ name, storage }: Row): RuntimeWrite[] {
  if (storage.kind === 'cell') return [copy(cells.RESULT, storage.cell, storage.width === 32 ? 4 : 8)];
  return storage.kind === 'functions' ? [made(RESULT, readSources(name))] : [];
}
function writeRegister({ name, storage }: Row): RuntimeWrite[] {
  if (storage.kind === 'cell')
    return [copy(storage.cell, cells.ARG_VALUE, storage.width === 32 ? 4 : 8, BigInt.asUintN(64, storage.mask))];
  return writeTargets(name).map(({ to, sources }) => made(to, sources));
}

/** MSR to CPSR: its fields are in cells of their own, bit for bit. Arm ARM DDI 0406C, B9.3.11. */
function writeCpsr(state: CellReader, fields: number): RuntimeWrite[] {
  const bits = psrFieldBits(fields);
  const isPrivileged = state.get32(cells.CURRENT_EL) > 0;
  const of = (cell: number, mask: number): RuntimeWrite[] =>
    (bits & mask) === 0 ? [] : [copy(cell, cells.ARG_VALUE, 4, BigInt((bits & mask) >>> 0))];
  const flags = [FLAG.n, FLAG.z, FLAG.c, FLAG.v].flatMap((at): RuntimeWrite[] => {
    const bit = flagBit(at);
    if (((bits >>> bit) & 1) === 0) return [];
    const source = { cell: cells.ARG_VALUE + 3, mask: 1 << (bit - 24) };
    return [{ at, bytes: 1, isCertain: true, sourcesOf: () => [source] }];
  });
  return [
    ...flags,
    ...of(cells.CPSR_Q, Cpsr.q),
    ...of(cells.CPSR_GE, Cpsr.ge),
    ...of(cells.CPSR_E, Cpsr.e),
    ...(isPrivileged ? [...of(cells.DAIF, Cpsr.aif), ...of(cells.AARCH32_MODE, Cpsr.m)] : []),
  ];
}

const FIELD_BYTES = [0, 1, 2, 3] as const;
const MODE_SHIFT = 4;
const CALL_SHIFT = 16;

function aarch32(state: CellReader, what: number): RuntimeWrite[] {
  const operand = what & 0xffff;
  const mode = state.get32(cells.AARCH32_MODE);
  const banked = (): number => registerCell(state, operand >>> MODE_SHIFT, operand & ((1 << MODE_SHIFT) - 1));
  const row = coprocessorRows[operand];
  switch (what >>> CALL_SHIFT) {
    case Aarch32Call.readRegister:
      return row === undefined ? [] : readRegister(row);
    case Aarch32Call.writeRegister:
      return row === undefined ? [] : writeRegister(row);
    case Aarch32Call.writeCpsr:
      return writeCpsr(state, operand);
    case Aarch32Call.writeMode:
      return [{ at: cells.AARCH32_MODE, bytes: 4, isCertain: true, sourcesOf: () => [] }];
    case Aarch32Call.readSpsr: {
      const spsr = spsrCell(mode);
      return [spsr === null ? made({ at: cells.RESULT, bytes: 4 }, { from: [] }) : copy(cells.RESULT, spsr, 4)];
    }
    case Aarch32Call.writeSpsr: {
      const spsr = spsrCell(mode);
      if (spsr === null) return [];
      const fields = FIELD_BYTES.filter((byte) => ((operand >>> byte) & 1) !== 0);
      return fields.map((byte) => copy(spsr + byte, cells.ARG_VALUE + byte, 1));
    }
    case Aarch32Call.readBanked:
      return [copy(cells.RESULT, banked(), 4)];
    case Aarch32Call.writeBanked:
      return [copy(banked(), cells.ARG_VALUE, 4)];
    default:
      return [];
  }
}

/** What a call into the run time writes. */
export function runtimeWrites({ imm: call, imm2: operand }: Node, state: CellReader): RuntimeWrite[] {
  switch (call) {
    case RuntimeCall.systemRead: {
      const row = systemRegisters[operand];
      return row === undefined ? [] : readRegister(row);
    }
    case RuntimeCall.systemWrite: {
      const row = systemRegisters[operand];
      return row === undefined ? [] : writeRegister(row);
    }
    case RuntimeCall.systemOperation:
      return writeTargets(systemOperations[operand]?.name ?? '').map(({ to, sources }) => made(to, sources));
    case RuntimeCall.aarch32:
      return aarch32(state, operand);
    default:
      return [];
  }
}
