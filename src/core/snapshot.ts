import { assert } from '../base/assert.ts';
import {
  BadField,
  bitsOf,
  count,
  type Field,
  flag,
  integer,
  list,
  octets,
  oneOf,
  record,
  u32,
  u64,
} from '../base/fields.ts';
import { isPlainMap, type PlainMap } from '../base/plain.ts';
import { levelOfMode } from './exception/modes.ts';
import { readNzcv, writeNzcv } from './exception/pstate.ts';
import { Cpsr, Mode, Pstate } from './fields/psr.ts';
import * as cells from './state/cells.ts';
import { type SystemCell, sys, systemCellNames } from './state/system-cells.ts';
import type { Cpu } from './system/cpu.ts';

const REGISTERS = 31;
const VECTOR_BYTES = 32 * 16;
const LEVELS = 4;
const USER_BANK = 7;

/** Cells that follow from others. */
const derived: ReadonlySet<SystemCell> = new Set(['PHYSICAL_LINES', 'VIRTUAL_LINES']);
/** What the CPU is made with, and what the hypervisor sets once: no other value can be. */
const fixed: ReadonlySet<SystemCell> = new Set([
  'MIDR_EL1',
  'MPIDR_EL1',
  'CNTFRQ_EL0',
  'SCTLR_EL2',
  'ACTLR_EL2',
  'HCR_EL2',
  'MDCR_EL2',
  'CPTR_EL2',
  'HSTR_EL2',
  'HACR_EL2',
  'TTBR0_EL2',
  'TCR_EL2',
  'VTTBR_EL2',
  'VTCR_EL2',
  'VPIDR_EL2',
  'MAIR_EL2',
  'AMAIR_EL2',
  'VBAR_EL2',
  'RVBAR_EL2',
  'CNTHCTL_EL2',
  'CNTVOFF_EL2',
  'CNTHP_CTL_EL2',
  'CNTHP_CVAL_EL2',
  'CLUSTER_CPUS',
  'CPU_MODEL',
  'GRANULE_16K',
  'AARCH32_ONLY',
  'GIC_MEMORY_MAPPED',
  'CBAR',
]);
/** Whether it is a register that a guest's state consists of: no other is anybody's to change. */
export const isStateOfGuest = (name: string): name is SystemCell =>
  systemCells.includes(name as SystemCell) && !fixed.has(name as SystemCell);
const systemCells = systemCellNames.filter((name) => !derived.has(name));

const modes = [0, ...Object.values(Mode)] as const;

interface CpuState {
  /** Instructions retired plus idle skips. */
  icount: number;
  x: bigint[];
  sp: bigint;
  /** Banked stack pointers by level; the selected one's is stale. */
  spEl: bigint[];
  v: Uint8Array;
  pc: bigint;
  el: number;
  spsel: number;
  nzcv: number;
  daif: number;
  ssIl: number;
  fpcr: number;
  fpsr: number;
  /** AArch32: CPSR.M or 0, T, IT, Q, GE, E; R8 to R14 of user mode; FPEXC. */
  mode: number;
  thumb: boolean;
  it: number;
  q: number;
  ge: number;
  e: number;
  usr: number[];
  fpexc: number;
  /** The exclusive monitor: bytes held, 0 for open, and where. */
  exclusiveSize: number;
  exclusiveAddress: bigint;
  event: number;
  /** By name. */
  system: { [name: string]: bigint };
}

const fields: Field<Omit<CpuState, 'system'> & { system: object }> = record<CpuState>(
  {
    icount: count,
    x: list(u64, REGISTERS),
    sp: u64,
    spEl: list(u64, LEVELS),
    v: octets(VECTOR_BYTES),
    pc: u64,
    el: integer(0, 2),
    spsel: integer(0, 1),
    nzcv: bitsOf(Pstate.nzcv),
    daif: bitsOf(Pstate.daif),
    ssIl: bitsOf(Pstate.ss | Pstate.il),
    fpcr: u32,
    fpsr: u32,
    mode: oneOf(...modes),
    thumb: flag,
    it: integer(0, 0xff),
    q: bitsOf(Cpsr.q),
    ge: bitsOf(Cpsr.ge),
    e: bitsOf(Cpsr.e),
    usr: list(u32, USER_BANK),
    fpexc: u32,
    exclusiveSize: oneOf(0, 1, 2, 4, 8, 16),
    exclusiveAddress: u64,
    event: integer(0, 1),
    system: record<CpuState['system']>(
      Object.fromEntries(systemCells.map((name) => [name, u64])) as { [name: string]: Field<bigint> },
    ),
  },
  (s) => {
    if (s.mode !== 0 && levelOfMode(s.mode) !== s.el) return ['mode', 'not of the exception level'];
    if (s.mode === 0 && s.thumb) return ['thumb', 'there is no T32 in AArch64 state'];
    if (s.mode !== 0 && s.pc > 0xffff_ffffn) return ['pc', 'more than 32 bits'];
    return s.mode !== 0 && (s.pc & 1n) !== 0n ? ['pc', 'odd'] : undefined;
  },
);

/** Of the saved form. Before 2 there were no performance monitors. */
export const CPU_STATE_VERSION = 2;
/** What an older version saved, in the present form: registers that it had not are zero. */
export function upgradeCpu(saved: PlainMap): PlainMap {
  const { system } = saved;
  if (!isPlainMap(system)) return saved;
  const added = systemCells.filter((name) => name.startsWith('PM') && !Object.hasOwn(system, name));
  return { ...saved, system: { ...system, ...Object.fromEntries(added.map((name) => [name, 0n])) } };
}

const list64 = (cpu: Cpu, at: number, n: number): bigint[] =>
  Array.from({ length: n }, (_, i) => cpu.get64(at + 8 * i));

/** The architectural state of the CPU, by name: neither where cells lie nor how code was translated is in it. */
export function saveCpu(cpu: Cpu): PlainMap {
  assert(cpu.pending === null, 'no exception is on its way between two runs');
  cpu.system.pmu.settle();
  const { mode, thumb } = { mode: cpu.get32(cells.AARCH32_MODE), thumb: cpu.thumb };
  return {
    icount: cpu.icount,
    x: list64(cpu, cells.X, REGISTERS),
    sp: cpu.get64(cells.SP),
    spEl: list64(cpu, cells.SP_EL, LEVELS),
    v: cpu.u8.slice(cells.V, cells.V + VECTOR_BYTES),
    pc: cpu.pc,
    el: cpu.el,
    spsel: cpu.get32(cells.SPSEL),
    nzcv: readNzcv(cpu),
    daif: cpu.get32(cells.DAIF),
    ssIl: cpu.get32(cells.PSTATE_SS_IL),
    fpcr: cpu.get32(cells.FPCR),
    fpsr: cpu.get32(cells.FPSR),
    mode,
    thumb,
    it: cpu.get32(cells.ITSTATE),
    q: cpu.get32(cells.CPSR_Q),
    ge: cpu.get32(cells.CPSR_GE),
    e: cpu.get32(cells.CPSR_E),
    usr: Array.from({ length: USER_BANK }, (_, i) => cpu.get32(cells.R_USR + 4 * i)),
    fpexc: cpu.get32(cells.FPEXC),
    exclusiveSize: cpu.get32(cells.EXCLUSIVE_SIZE),
    exclusiveAddress: cpu.get64(cells.EXCLUSIVE_ADDRESS),
    event: cpu.get32(cells.EVENT_REGISTER),
    system: Object.fromEntries(systemCells.map((name) => [name, cpu.get64(sys[name])])),
  };
}

/** Puts a saved state into a CPU of the same kind that its hypervisor has set up. @throws BadField, before anything is changed */
export function restoreCpu(cpu: Cpu, saved: PlainMap): void {
  const s = fields.read(saved, '');
  const system = s.system as CpuState['system'];
  for (const name of fixed)
    if (system[name] !== cpu.get64(sys[name])) throw new BadField(`system.${name}`, 'not what this machine has');
  s.x.forEach((value, n) => void cpu.set64(cells.X + 8 * n, value));
  cpu.set64(cells.SP, s.sp);
  s.spEl.forEach((value, n) => void cpu.set64(cells.SP_EL + 8 * n, value));
  cpu.u8.set(s.v, cells.V);
  cpu.set32(cells.AARCH32_MODE, s.mode);
  cpu.set64(cells.PC_BASE, s.pc & ~0xfffn);
  cpu.set32(cells.PC_OFFSET, Number(s.pc & 0xfffn) | (s.thumb ? 1 : 0));
  cpu.set32(cells.CURRENT_EL, s.el);
  cpu.set32(cells.SPSEL, s.spsel);
  writeNzcv(cpu, s.nzcv);
  cpu.set32(cells.DAIF, s.daif);
  cpu.set32(cells.PSTATE_SS_IL, s.ssIl);
  cpu.set32(cells.FPCR, s.fpcr);
  cpu.set32(cells.FPSR, s.fpsr);
  cpu.set32(cells.ITSTATE, s.it);
  cpu.set32(cells.CPSR_Q, s.q);
  cpu.set32(cells.CPSR_GE, s.ge);
  cpu.set32(cells.CPSR_E, s.e);
  s.usr.forEach((value, i) => void cpu.set32(cells.R_USR + 4 * i, value));
  cpu.set32(cells.FPEXC, s.fpexc);
  cpu.set32(cells.EXCLUSIVE_SIZE, s.exclusiveSize);
  cpu.set64(cells.EXCLUSIVE_ADDRESS, s.exclusiveAddress);
  cpu.set32(cells.EVENT_REGISTER, s.event);
  for (const name of systemCells) cpu.set64(sys[name], system[name] as bigint);
  cpu.icount = s.icount;
  cpu.pending = null;
  cpu.system.stateRestored();
}
