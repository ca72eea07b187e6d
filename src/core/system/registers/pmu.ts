import { Mdcr } from '../../fields/debug.ts';
import { PM_CYCLES, Pmuserenr } from '../../fields/pmu.ts';
import { EVENT_COUNTERS, sys } from '../../state/system-cells.ts';
import { performanceControl, performanceMonitor, performanceUserEnable, readOnly, writeOnly } from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import type { Cpu } from '../cpu.ts';
import { PMCEID0 } from '../pmu.ts';
import type { Encoding, RegisterRow, Storage } from '../row.ts';
import { configChanged } from './effects.ts';

const { en, sw, cr, er } = Pmuserenr;
const monitor = performanceMonitor(en);
/** By what reads and writes at EL0 need: the rules of the registers of either state. */
export const pmuAccess = {
  pmcr: performanceMonitor(en, en, Mdcr.tpmcr),
  monitor,
  increment: writeOnly(performanceMonitor(en | sw)),
  select: performanceMonitor(en | er),
  cycles: performanceMonitor(en | cr, en),
  counter: performanceMonitor(en | er, en),
  identification: readOnly(monitor),
  control: performanceControl,
  userEnable: performanceUserEnable,
} as const;

type Functions = Extract<Storage, { kind: 'functions' }>;
const functions = (read: Functions['read'], write?: Functions['write']): Functions => ({
  kind: 'functions',
  ...(read ? { read } : {}),
  ...(write ? { write } : {}),
});
/** A register that sets or clears bits of a cell. */
const set = (cell: number, on: boolean): Functions =>
  functions(
    (cpu) => cpu.system.pmu.readSet(cell),
    (cpu, lo) => cpu.system.pmu.writeSet(cell, lo, on),
  );
const PMSELR_MASK = 0x1f;

function writeUserEnable(cpu: Cpu, value: number): void {
  cpu.set32(sys.PMUSERENR_EL0, value & cpu.system.pmu.userEnables);
  configChanged(cpu);
}

/** What stands behind the registers of either state. */
export const pmuStorage = {
  pmcr: functions(
    (cpu) => cpu.system.pmu.readPmcr(),
    (cpu, lo) => cpu.system.pmu.writePmcr(lo),
  ),
  enableSet: set(sys.PMCNTENSET_EL0, true),
  enableClear: set(sys.PMCNTENSET_EL0, false),
  overflowSet: set(sys.PMOVSSET_EL0, true),
  overflowClear: set(sys.PMOVSSET_EL0, false),
  interruptSet: set(sys.PMINTENSET_EL1, true),
  interruptClear: set(sys.PMINTENSET_EL1, false),
  increment: functions(undefined, (cpu, lo) => cpu.system.pmu.softwareIncrement(lo)),
  select: functions(
    (cpu) => cpu.system.pmu.selected,
    (cpu, lo) => cpu.set32(sys.PMSELR_EL0, lo & PMSELR_MASK),
  ),
  events: functions(() => PMCEID0),
  noEvents: functions(() => 0),
  cycles: functions(
    (cpu) => cpu.system.pmu.readCycles(),
    (cpu, lo, hi) => cpu.system.pmu.writeCycles(lo, hi),
  ),
  selectedType: functions(
    (cpu) => cpu.system.pmu.readType(cpu.system.pmu.selected),
    (cpu, lo) => cpu.system.pmu.writeType(cpu.system.pmu.selected, lo),
  ),
  selectedCounter: functions(
    (cpu) => cpu.system.pmu.readCounter(cpu.system.pmu.selected),
    (cpu, lo) => cpu.system.pmu.writeCounter(cpu.system.pmu.selected, lo),
  ),
  userEnable: functions((cpu) => cpu.get32(sys.PMUSERENR_EL0), writeUserEnable),
  counter: (n: number) =>
    functions(
      (cpu) => cpu.system.pmu.readCounter(n),
      (cpu, lo) => cpu.system.pmu.writeCounter(n, lo),
    ),
  type: (n: number) =>
    functions(
      (cpu) => cpu.system.pmu.readType(n),
      (cpu, lo) => cpu.system.pmu.writeType(n, lo),
    ),
} as const;

// The deadline is another behind a write, and the interrupt may be.
const row = (name: string, at: Encoding, access: AccessRule, storage: Storage): RegisterRow => ({
  name,
  at,
  access,
  storage,
  afterWrite: 'reconsider',
});
const el0 = (name: string, crm: number, op2: number, access: AccessRule, storage: Storage): RegisterRow =>
  row(`${name}_EL0`, [3, 3, 9, crm, op2], access, storage);
const numbered = Array.from({ length: EVENT_COUNTERS }, (_, n): RegisterRow[] => [
  row(`PMEVCNTR${n}_EL0`, [3, 3, 14, 8, n], pmuAccess.counter, pmuStorage.counter(n)),
  row(`PMEVTYPER${n}_EL0`, [3, 3, 14, 12, n], pmuAccess.monitor, pmuStorage.type(n)),
]).flat();

/** Performance monitors. Arm ARM DDI 0487, D17.5. */
export const pmuRegisters: readonly RegisterRow[] = [
  el0('PMCR', 12, 0, pmuAccess.pmcr, pmuStorage.pmcr),
  el0('PMCNTENSET', 12, 1, pmuAccess.monitor, pmuStorage.enableSet),
  el0('PMCNTENCLR', 12, 2, pmuAccess.monitor, pmuStorage.enableClear),
  el0('PMOVSCLR', 12, 3, pmuAccess.monitor, pmuStorage.overflowClear),
  el0('PMSWINC', 12, 4, pmuAccess.increment, pmuStorage.increment),
  el0('PMSELR', 12, 5, pmuAccess.select, pmuStorage.select),
  el0('PMCEID0', 12, 6, pmuAccess.identification, pmuStorage.events),
  el0('PMCEID1', 12, 7, pmuAccess.identification, pmuStorage.noEvents),
  el0('PMCCNTR', 13, 0, pmuAccess.cycles, pmuStorage.cycles),
  el0('PMXEVTYPER', 13, 1, pmuAccess.monitor, pmuStorage.selectedType),
  el0('PMXEVCNTR', 13, 2, pmuAccess.counter, pmuStorage.selectedCounter),
  el0('PMUSERENR', 14, 0, pmuAccess.userEnable, pmuStorage.userEnable),
  el0('PMOVSSET', 14, 3, pmuAccess.monitor, pmuStorage.overflowSet),
  row('PMINTENSET_EL1', [3, 0, 9, 14, 1], pmuAccess.control, pmuStorage.interruptSet),
  row('PMINTENCLR_EL1', [3, 0, 9, 14, 2], pmuAccess.control, pmuStorage.interruptClear),
  ...numbered,
  row('PMCCFILTR_EL0', [3, 3, 14, 15, 7], pmuAccess.monitor, pmuStorage.type(PM_CYCLES)),
];
