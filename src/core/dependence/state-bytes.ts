import { must } from '../../base/assert.ts';
import { viewCell, viewOf } from '../exception/modes.ts';
import { readNzcv } from '../exception/pstate.ts';
import * as cells from '../state/cells.ts';
import type { CellReader } from '../state/pe-state.ts';

// Registers as the architecture has them, wherever their values lie at a moment: a stack pointer or a banked register stays what it is
// when the CPU goes to another level or mode, though it then lies in another cell. They are named by addresses of bytes: those of
// their cells, of X0 to X30 as AArch64 sees them (modes' own registers of AArch32 among them), of SP_EL0 to SP_EL3 as banked; and
// behind the state by those below, of what has no cell to itself. Arm ARM DDI 0487, D1.20.1, has which X register a banked one is.

/** N, Z, C and V, a byte each. */
export const FLAG = {
  n: cells.CPU_STATE_BYTES,
  z: cells.CPU_STATE_BYTES + 1,
  c: cells.CPU_STATE_BYTES + 2,
  v: cells.CPU_STATE_BYTES + 3,
} as const;
/** PC, 8 bytes. */
export const PC = cells.CPU_STATE_BYTES + 8;
/** Behind all of them. */
export const STATE_END = PC + 8;

const X_BYTES = 8 * 31;
const FIRST_BANKED = 8;
const USR_BYTES = 4 * 7;

const isIn = (at: number, from: number, bytes: number): boolean => at >= from && at < from + bytes;
/** Cells that lie elsewhere under other names, or hold what the run time passes to and fro. */
const isInternal = (at: number): boolean =>
  isIn(at, cells.PC_BASE, 0x20) ||
  isIn(at, cells.FLAGS_NZ, 8) ||
  isIn(at, cells.CONTEXT, cells.EXCLUSIVE_SIZE - cells.CONTEXT) ||
  isIn(at, cells.ARG_ADDRESS, cells.EVENT_REGISTER - cells.ARG_ADDRESS) ||
  isIn(at, cells.V_TEMP, cells.FLAGS_NZ - cells.V_TEMP);

/** The register's byte that a byte of a cell is at this moment; undefined for what is no register, or one that is put away elsewhere. */
export function registerByte(state: CellReader, at: number): number | undefined {
  if (at < X_BYTES) return generalByte(state, at >>> 3, at & 7);
  const isAarch32 = state.get32(cells.AARCH32_MODE) !== 0;
  if (isIn(at, cells.SP, 8)) return isAarch32 ? undefined : currentSp(state) + (at - cells.SP);
  if (isIn(at, cells.R_USR, USR_BYTES)) {
    const n = FIRST_BANKED + ((at - cells.R_USR) >>> 2);
    // Where the mode has none of its own, the user's is in its place.
    return isAarch32 && viewCell(state, n) === cells.R_USR + 4 * (n - FIRST_BANKED)
      ? cells.X + 8 * n + (at & 3)
      : undefined;
  }
  if (isIn(at, cells.SP_EL, 32) && !isAarch32 && isIn(at, currentSp(state), 8)) return undefined;
  return isInternal(at) ? undefined : at;
}
const currentSp = (state: CellReader): number =>
  cells.SP_EL + 8 * (state.get32(cells.SPSEL) !== 0 ? state.get32(cells.CURRENT_EL) : 0);
function generalByte(state: CellReader, n: number, byte: number): number | undefined {
  const mode = state.get32(cells.AARCH32_MODE);
  // The upper halves stay where they are.
  if (mode === 0 || byte >= 4) return cells.X + 8 * n + byte;
  if (n <= 14) return cells.X + 8 * viewOf(mode, n) + byte;
  return viewCell(state, n) === cells.X + 8 * n ? cells.X + 8 * n + byte : undefined;
}

/** The byte of a cell where a register's byte is at this moment. None of flags and PC, which have no cell to themselves. */
export function cellByte(state: CellReader, register: number): number {
  if (register < X_BYTES) {
    const byte = register & 7;
    return byte < 4 ? viewCell(state, register >>> 3) + byte : register;
  }
  if (isIn(register, cells.SP_EL, 32) && state.get32(cells.AARCH32_MODE) === 0) {
    const current = currentSp(state);
    if (isIn(register, current, 8)) return cells.SP + (register - current);
  }
  return register;
}

const flagBits: ReadonlyMap<number, number> = new Map([
  [FLAG.n, 31],
  [FLAG.z, 30],
  [FLAG.c, 29],
  [FLAG.v, 28],
]);
/** Whether a byte is one of N, Z, C and V. */
export const isFlag = (register: number): boolean => flagBits.has(register);
/** Bit of NZCV, 28 to 31, of a flag. */
export const flagBit = (register: number): number => must(flagBits.get(register), 'a flag');

/** The cell of 8 bytes by which `Targets` has a write of a register's byte. */
export function cellOfWrites(state: CellReader, register: number): number {
  if (isFlag(register)) return cells.FLAGS_KIND & ~7;
  return register >= PC ? cells.PC_BASE : cellByte(state, register) & ~7;
}

/** A register's byte: of a flag 0 or 1. */
export function readRegisterByte(state: CellReader, register: number): number {
  if (isFlag(register)) return (readNzcv(state) >>> flagBit(register)) & 1;
  if (register >= PC) return pcByte(state, register - PC);
  const at = cellByte(state, register);
  return (state.get32(at & ~3) >>> (8 * (at & 3))) & 0xff;
}
function pcByte(state: CellReader, byte: number): number {
  const offset = state.get32(cells.PC_OFFSET) & (state.get32(cells.AARCH32_MODE) !== 0 ? ~1 : -1);
  const low = state.get32(cells.PC_BASE) + offset;
  const high = (state.get32(cells.PC_BASE + 4) + (low > 0xffff_ffff ? 1 : 0)) >>> 0;
  return ((byte < 4 ? low >>> 0 : high) >>> (8 * (byte & 3))) & 0xff;
}
