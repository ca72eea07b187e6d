import { readSources } from '../core/dependence/register-functions.ts';
import { FLAG, isFlag, PC, readRegisterByte } from '../core/dependence/state-bytes.ts';
import { viewOf } from '../core/exception/modes.ts';
import { Cpsr, Mode } from '../core/fields/psr.ts';
import * as cells from '../core/state/cells.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { sys, systemCellNames } from '../core/state/system-cells.ts';
import { coprocessorRows } from '../core/system/cp15/index.ts';
import { specialRegisters } from '../core/system/cp15/special.ts';
import { systemRegisters } from '../core/system/index.ts';
import type { Storage } from '../core/system/row.ts';
import type { GuestView } from '../inspect/guest-view.ts';
import { isOfGuest } from './guest-registers.ts';

// Registers by name and by the bytes that core/dependence knows them by.

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
const FLAGS = [FLAG.n, FLAG.z, FLAG.c, FLAG.v] as const;
/** PSTATE as an exception saves it, but for what of it is none of the guest's to write. */
const pstateCells = [cells.DAIF, cells.CURRENT_EL, cells.SPSEL].flatMap((at) => range(at, 4));
const cpsrCells = [cells.DAIF, cells.AARCH32_MODE, cells.CPSR_Q, cells.CPSR_GE, cells.CPSR_E, cells.ITSTATE].flatMap(
  (at) => range(at, 4),
);

/** The bytes of a register, the lowest first, that a guest has under this name at the moment; undefined where it has none. */
export function bytesOfRegister(view: GuestView, name: string): readonly number[] | undefined {
  const lower = name.toLowerCase();
  if (view.register(name) === undefined && !/^(nzcv|[sbh][0-9]{1,2})$/.test(lower)) return ownBytes(view, name);
  if (lower === 'pc') return range(PC, 8);
  if (lower === 'nzcv') return FLAGS;
  if (lower === 'pstate' || lower === 'cpsr') return [...FLAGS, ...(view.isAarch32 ? cpsrCells : pstateCells)];
  return generalBytes(view, lower) ?? vectorBytes(view, lower) ?? systemBytes(view, name);
}

/** State that no instruction names so: as comparisons of two guests call it. */
function ownBytes({ machine, isAarch32 }: GuestView, name: string): readonly number[] | undefined {
  const [, pair] = /^d([0-9]|[12][0-9]|30),d[0-9]{1,2}$/.exec(name) ?? [];
  if (isAarch32 && pair !== undefined) return range(cells.V + 8 * Number(pair), 16);
  const [, banked] = /^r([89]|1[0-4])_usr$/.exec(name) ?? [];
  if (isAarch32 && banked !== undefined) return range(cells.X + 8 * Number(banked), 4);
  if (name === 'exclusive monitor') return [...range(cells.EXCLUSIVE_SIZE, 4), ...range(cells.EXCLUSIVE_ADDRESS, 8)];
  if (name === 'event register') return range(cells.EVENT_REGISTER, 4);
  if (name === 'FPEXC') return range(cells.FPEXC, 4);
  // AArch32's registers by the names of AArch64's: most have 32 bits.
  const isRegister = /_EL[0-2]$|^SPSR_/.test(name) && isOfGuest(name);
  const cell = isRegister ? (sys as Readonly<Record<string, number>>)[name] : undefined;
  return cell === undefined ? undefined : range(cell, machine.cpu.cpu.get32(cell + 4) === 0 ? 4 : 8);
}

function generalBytes(view: GuestView, lower: string): readonly number[] | undefined {
  const { isAarch32 } = view;
  const aliases: Readonly<Record<string, string>> = isAarch32
    ? { sp: 'r13', lr: 'r14', fp: 'r11' }
    : { lr: 'x30', fp: 'x29' };
  const [, letter, digits] = /^([xwr])([0-9]{1,2})$/.exec(aliases[lower] ?? lower) ?? [];
  if (lower === 'sp') {
    if (!isAarch32) return range(cells.SP_EL + (view.sp === view.register('SP_EL1') && view.el === 1 ? 8 : 0), 8);
  } else if (digits === undefined) return undefined;
  const n = Number(digits);
  if (isAarch32)
    return letter === 'r' || lower === 'sp' ? range(cells.X + 8 * viewOf(view.psr & Cpsr.m, n), 4) : undefined;
  return n > 30 ? undefined : range(cells.X + 8 * n, letter === 'w' ? 4 : 8);
}

const WIDTHS: Readonly<Record<string, number>> = { v: 16, q: 16, d: 8, s: 4, h: 2, b: 1 };
/** In AArch32 D and S registers are parts of Q registers. */
function vectorBytes(view: GuestView, lower: string): readonly number[] | undefined {
  const [, letter = '', digits] = /^([vqdshb])([0-9]{1,2})$/.exec(lower) ?? [];
  const width = WIDTHS[letter];
  if (width === undefined) return undefined;
  const n = Number(digits);
  const step = view.isAarch32 ? width : 16;
  const at = cells.V + step * n;
  return at + width <= cells.V + 32 * 16 && (!view.isAarch32 || width >= 4) ? range(at, width) : undefined;
}

/** A register's own cells, or those that its value is made of. */
function storageBytes(name: string, storage: Storage): readonly number[] {
  if (storage.kind === 'cell') return range(storage.cell, storage.width === 32 ? 4 : 8);
  if (storage.kind === 'functions') return readSources(name).from.flatMap(({ at, bytes }) => range(at, bytes));
  return [];
}
/** Bytes of a system register, or one of FP and SIMD, that are all that its value is made of; undefined for any other. */
export function storedBytes(view: GuestView, name: string): readonly number[] | undefined {
  const lower = name.toLowerCase();
  const vector = generalBytes(view, lower) === undefined ? vectorBytes(view, lower) : undefined;
  return vector ?? (rowOf(view, name)?.storage.kind === 'cell' ? systemBytes(view, name) : undefined);
}

const BANKED = /^(SP|LR|R[0-9]{1,2})_(usr|fiq|irq|svc|abt|und|hyp)$/;
function systemBytes(view: GuestView, name: string): readonly number[] | undefined {
  const upper = name.toUpperCase();
  if (upper === 'SP_EL0' || upper === 'SP_EL1') return range(cells.SP_EL + (upper === 'SP_EL1' ? 8 : 0), 8);
  const [, register, mode] = BANKED.exec(name) ?? [];
  if (isAarch32Only(view) && register !== undefined && mode !== undefined) {
    const n = register === 'SP' ? 13 : register === 'LR' ? 14 : Number(register.slice(1));
    return range(cells.X + 8 * viewOf(Mode[mode as keyof typeof Mode], n), 4);
  }
  const row = rowOf(view, name);
  return row && storageBytes(row.name, row.storage);
}
const isAarch32Only = ({ machine }: GuestView): boolean => machine.cpu.cpu.get32(sys.AARCH32_ONLY) !== 0;
function rowOf(view: GuestView, name: string): { readonly name: string; readonly storage: Storage } | undefined {
  const upper = name.toUpperCase();
  const rows = isAarch32Only(view) ? [...coprocessorRows, ...specialRegisters] : systemRegisters;
  return rows.findLast((one) => one.name === name || one.name === upper);
}

/** A register as its bytes lie together. */
interface Unit {
  readonly at: number;
  readonly bytes: number;
  readonly name: string;
}
const others: readonly Unit[] = [
  ...[0, 1, 2, 3].map((el): Unit => ({ at: cells.SP_EL + 8 * el, bytes: 8, name: `SP_EL${el}` })),
  { at: cells.FPCR, bytes: 4, name: 'FPCR' },
  { at: cells.FPSR, bytes: 4, name: 'FPSR' },
  { at: cells.DAIF, bytes: 4, name: 'DAIF' },
  { at: cells.PSTATE_SS_IL, bytes: 4, name: 'PSTATE.{SS,IL}' },
  { at: cells.CURRENT_EL, bytes: 4, name: 'CurrentEL' },
  { at: cells.SPSEL, bytes: 4, name: 'SPSel' },
  { at: cells.EXCLUSIVE_SIZE, bytes: 4, name: 'exclusive monitor: size' },
  { at: cells.EXCLUSIVE_ADDRESS, bytes: 8, name: 'exclusive monitor: address' },
  { at: cells.EVENT_REGISTER, bytes: 4, name: 'event register' },
  { at: cells.AARCH32_MODE, bytes: 4, name: 'CPSR.M' },
  { at: cells.ITSTATE, bytes: 4, name: 'CPSR.IT' },
  { at: cells.CPSR_Q, bytes: 4, name: 'CPSR.Q' },
  { at: cells.CPSR_GE, bytes: 4, name: 'CPSR.GE' },
  { at: cells.CPSR_E, bytes: 4, name: 'CPSR.E' },
  { at: cells.FPEXC, bytes: 4, name: 'FPEXC' },
  { at: PC, bytes: 8, name: 'pc' },
  ...systemCellNames.map((name): Unit => ({ at: sys[name], bytes: 8, name })),
];
const flagNames: ReadonlyMap<number, string> = new Map([
  [FLAG.n, 'N'],
  [FLAG.z, 'Z'],
  [FLAG.c, 'C'],
  [FLAG.v, 'V'],
]);

/** The register that a byte is of. */
function unitOf(register: number, state: CellReader): Unit {
  if (register < 8 * 31) return generalUnit(register >>> 3, state);
  if (register >= cells.V && register < cells.V + 512) {
    const n = (register - cells.V) >>> 4;
    return { at: cells.V + 16 * n, bytes: 16, name: `${isAarch32(state) ? 'q' : 'v'}${n}` };
  }
  const flag = flagNames.get(register);
  if (flag !== undefined) return { at: register, bytes: 1, name: flag };
  return (
    others.find(({ at, bytes }) => register >= at && register < at + bytes) ?? {
      ...{ at: register, bytes: 1, name: `state byte ${register}` },
    }
  );
}
const isAarch32 = (state: CellReader): boolean => state.get32(cells.AARCH32_MODE) !== 0;
function generalUnit(n: number, state: CellReader): Unit {
  const at = cells.X + 8 * n;
  if (!isAarch32(state)) return { at, bytes: 8, name: `x${n}` };
  return { at, bytes: 4, name: bankedName(n, state.get32(cells.AARCH32_MODE)) };
}
/** The modes whose own registers AArch64 sees as X16 to X30, and X15. DDI 0487, D1.20.1. */
const own: ReadonlyMap<number, string> = new Map(
  (['fiq', 'irq', 'svc', 'abt', 'und', 'hyp'] as const).flatMap((mode) =>
    [8, 9, 10, 11, 12, 13, 14].flatMap((r): [number, string][] => {
      const n = viewOf(Mode[mode], r);
      return n === r ? [] : [[n, `${r === 13 ? 'sp' : r === 14 ? 'lr' : `r${r}`}_${mode}`]];
    }),
  ),
);
function bankedName(n: number, mode: number): string {
  const plain = (r: number): string => (r === 13 ? 'sp' : r === 14 ? 'lr' : `r${r}`);
  for (let r = 0; r <= 14; r++) if (viewOf(mode, r) === n) return plain(r);
  return own.get(n) ?? (n <= 14 ? `${plain(n)}_usr` : `x${n}`);
}

/** Bytes of one register that lie together, and what they are called. */
export interface RegisterPart {
  readonly name: string;
  readonly registers: readonly number[];
}

/** Bytes of registers as parts of them, each by name: `x3`, `w3`, `x3[15:8]`, `NZCV`. */
export function partsOf(registers: Iterable<number>, state: CellReader): RegisterPart[] {
  const sorted = [...new Set(registers)].sort((a, b) => a - b);
  const parts: RegisterPart[] = [];
  const flags = sorted.filter(isFlag);
  const units = Map.groupBy(
    sorted.filter((register) => !isFlag(register)),
    (register) => unitOf(register, state).at,
  );
  for (const bytes of units.values())
    parts.push({ name: partName(bytes, unitOf(bytes[0] as number, state)), registers: bytes });
  if (flags.length > 0) parts.push({ name: flags.map((flag) => flagNames.get(flag)).join(''), registers: flags });
  return parts;
}
function partName(registers: readonly number[], { at, bytes, name }: Unit): string {
  const first = (registers[0] as number) - at;
  const last = (registers.at(-1) as number) - at;
  if (registers.length === bytes) return name;
  if (/^x\d/.test(name) && first === 0 && last === 3 && registers.length === 4) return `w${name.slice(1)}`;
  if (/^v\d/.test(name) && first === 0 && registers.length === last + 1) {
    const letter = { 1: 'b', 2: 'h', 4: 's', 8: 'd' }[registers.length];
    if (letter !== undefined) return `${letter}${name.slice(1)}`;
  }
  // Registers of 32 bits in cells of 64.
  if (bytes === 8 && first === 0 && last === 3 && registers.length === 4 && at >= cells.SYSTEM) return name;
  if (registers.length === last - first + 1) return `${name}[${8 * last + 7}:${8 * first}]`;
  return `${name} (${registers.length} of its bytes)`;
}

/** The value of some bytes, the first the lowest; flags as NZCV has them. */
export function valueOfRegisters(registers: readonly number[], state: CellReader): bigint {
  if (registers.every(isFlag))
    return registers.reduce((value, flag) => (value << 1n) | BigInt(readRegisterByte(state, flag)), 0n);
  return registers.reduceRight((value, register) => (value << 8n) | BigInt(readRegisterByte(state, register)), 0n);
}
