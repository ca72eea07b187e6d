import * as cells from '../state/cells.ts';
import { LIST_REGISTERS, type SystemCell, sys, systemCellNames } from '../state/system-cells.ts';
import type { CellBytes } from './helper-accesses.ts';

// System and coprocessor registers whose reads and writes are functions of the run time: the cells that those read and write.

/** What a value comes from beside the CPU's registers. */
export type Outside =
  /** The counter. */
  | 'clock'
  /** What the processor says that it is. */
  | 'identity'
  /** Interrupt lines, and what the hypervisor has put into the list registers. */
  | 'interrupts'
  /** Translation tables. */
  | 'tables';

/** What a function reads. */
export interface FunctionSources {
  readonly from: readonly CellBytes[];
  /** What says where the value lies: an address that is translated. */
  readonly address?: CellBytes;
  readonly outside?: Outside;
}
/** A cell that a function writes whatever it finds, from the value given and what else it reads. */
export interface FunctionTarget {
  readonly to: CellBytes;
  readonly sources: FunctionSources;
}

const cell = (name: SystemCell, bytes: 4 | 8 = 8): CellBytes => ({ at: sys[name], bytes });
const word = (at: number): CellBytes => ({ at, bytes: 4 });
const listRegisters: readonly CellBytes[] = Array.from({ length: LIST_REGISTERS }, (_, n) => ({
  at: sys.ICH_LR0_EL2 + 8 * n,
  bytes: 8,
}));
const vmcr = cell('ICH_VMCR_EL2', 4);
const priorities = [cell('ICH_AP0R0_EL2', 4), cell('ICH_AP1R0_EL2', 4)];

/** AArch32 may have none, so that they are more than cells there. */
const osLockCells = { DBGOSLSR: cell('OSLSR_EL1', 4), DBGOSDLR: cell('OSDLR_EL1', 4) } as const;

/** Registers of the performance monitors choose, gate and filter each other. */
const monitorCells: readonly CellBytes[] = systemCellNames
  .filter((name) => name.startsWith('PM'))
  .map((name) => cell(name));

type Timer = 'CNTP' | 'CNTV' | 'CNTHP';
const timerCell = (timer: Timer, register: 'CTL' | 'CVAL'): CellBytes =>
  cell(`${timer}_${register}_${timer === 'CNTHP' ? 'EL2' : 'EL0'}` as SystemCell, register === 'CTL' ? 4 : 8);
/** The virtual counter is behind the physical one by an offset. Arm ARM DDI 0487, "The Generic Timer in AArch64 state". */
const offsetOf = (timer: Timer): readonly CellBytes[] => (timer === 'CNTV' ? [cell('CNTVOFF_EL2')] : []);

const timer = /^(CNTP|CNTV|CNTHP)_(TVAL|CTL|CVAL)/;

/** What a register reads from, by its name. */
export function readSources(name: string): FunctionSources {
  const [, which, register] = timer.exec(name) ?? [];
  if (which !== undefined) {
    const [cval, offset] = [timerCell(which as Timer, 'CVAL'), offsetOf(which as Timer)];
    if (register === 'CVAL') return { from: [cval] };
    const from = register === 'CTL' ? [timerCell(which as Timer, 'CTL'), cval, ...offset] : [cval, ...offset];
    return { from, outside: 'clock' };
  }
  if (/^CNTVCT/.test(name)) return { from: offsetOf('CNTV'), outside: 'clock' };
  if (/^CNTPCT/.test(name)) return { from: [], outside: 'clock' };
  if (/^CCSIDR/.test(name)) return { from: [cell('CSSELR_EL1')], outside: 'identity' };
  if (/^SPSel$/.test(name)) return { from: [word(cells.SPSEL)] };
  if (/^ICC_(PMR|BPR|CTLR|IGRPEN)/.test(name)) return { from: [vmcr] };
  if (/^ICC_RPR/.test(name)) return { from: priorities };
  if (/^ICC_IAR/.test(name)) return { from: [], outside: 'interrupts' };
  if (/^(ISR|ICC_|ICH_(MISR|EISR|ELRSR))/.test(name))
    return { from: [...listRegisters, vmcr, ...priorities], outside: 'interrupts' };
  if (/^DBGDSCR/.test(name)) return { from: [cell('MDSCR_EL1', 4)] };
  if (name === 'DBGVCR') return { from: [cell('DBGVCR32_EL2', 4)] };
  if (name === 'DBGOSLSR' || name === 'DBGOSDLR') return { from: [osLockCells[name]] };
  if (/^DBGCLAIMCLR/.test(name)) return { from: [cell('DBGCLAIM_EL1', 4)] };
  if (/^PM/.test(name)) return { from: monitorCells, outside: 'clock' };
  if (name === 'SCTLR') return { from: [cell('SCTLR_EL1', 4)] };
  if (name === 'ACTLR') return { from: [cell('ACTLR_EL1', 4)] };
  if (name === 'HDCR') return { from: [cell('MDCR_EL2', 4)] };
  if (name === 'TEECR' || name === 'TEEHBR') return { from: [cell(name, 4)] };
  return { from: [], outside: 'identity' };
}

/** The value that was written, in the cell that passes it. */
const given = (bytes: number): CellBytes => ({ at: cells.ARG_VALUE, bytes });
const written = (to: CellBytes, ...further: readonly CellBytes[]): FunctionTarget => ({
  to,
  sources: { from: [given(to.bytes), ...further] },
});

/** What a write of a register writes, by its name; not what follows from that. */
export function writeTargets(name: string): readonly FunctionTarget[] {
  const [, which, register] = timer.exec(name) ?? [];
  if (which !== undefined) {
    if (register !== 'TVAL') return [written(timerCell(which as Timer, register as 'CTL' | 'CVAL'))];
    const from = [given(4), ...offsetOf(which as Timer)];
    return [{ to: timerCell(which as Timer, 'CVAL'), sources: { from, outside: 'clock' } }];
  }
  if (/^SPSel$/.test(name)) return [written(word(cells.SPSEL))];
  if (/^ICC_(PMR|BPR|CTLR|IGRPEN)/.test(name)) return [written(vmcr, vmcr)];
  if (/^DBGDSCR/.test(name)) return [written(cell('MDSCR_EL1', 4), cell('MDSCR_EL1', 4))];
  if (name === 'DBGVCR') return [written(cell('DBGVCR32_EL2', 4))];
  if (name === 'DBGOSDLR') return [written(osLockCells[name])];
  if (/^(DBG)?OSLAR/.test(name)) return [written(cell('OSLSR_EL1', 4))];
  if (/^DBGCLAIM/.test(name)) return [written(cell('DBGCLAIM_EL1', 4), cell('DBGCLAIM_EL1', 4))];
  if (name === 'SCTLR') return [written(cell('SCTLR_EL1', 4))];
  if (name === 'ACTLR') return [written(cell('ACTLR_EL1', 4))];
  if (name === 'HDCR') return [written(cell('MDCR_EL2', 4))];
  if (/^PM/.test(name)) return monitorCells.map((to) => written(to, ...monitorCells));
  if (name === 'TEECR' || name === 'TEEHBR') return [written(cell(name, 4))];
  if (/^ATS?1/.test(name) || /^AT /.test(name))
    return [{ to: cell('PAR_EL1'), sources: { from: [], address: given(8), outside: 'tables' } }];
  return [];
}
