import { Mdcr } from '../../fields/debug.ts';
import { PM_CYCLES } from '../../fields/pmu.ts';
import { EVENT_COUNTERS } from '../../state/system-cells.ts';
import type { AccessRule } from '../access-rule.ts';
import { pmuAccess as access, pmuStorage as storage } from '../registers/pmu.ts';
import type { Storage } from '../row.ts';
import { monitorTrappedBy, ofPmuv3 } from './access.ts';
import { type CoprocessorRow, type NarrowEncoding, zero32 } from './row.ts';

type Functions = Extract<Storage, { kind: 'functions' }>;
/** MCR reaches the lower half alone, which leaves the upper one as it is. */
const cyclesLow: Functions = {
  kind: 'functions',
  read: (cpu) => Number(BigInt.asUintN(32, cpu.system.pmu.readCycles())),
  write: (cpu, lo) => cpu.system.pmu.writeCycles(lo),
};

const c9 = (name: string, crm: number, opc2: number, rule: AccessRule, behind: Storage): CoprocessorRow => ({
  name,
  at: [15, 0, 9, crm, opc2],
  access: monitorTrappedBy(crm === 12 && opc2 === 0 ? Mdcr.tpmcr : 0, rule),
  storage: behind,
  afterWrite: 'reconsider',
});
const there: readonly CoprocessorRow[] = [
  c9('PMCR', 12, 0, access.pmcr, storage.pmcr),
  c9('PMCNTENSET', 12, 1, access.monitor, storage.enableSet),
  c9('PMCNTENCLR', 12, 2, access.monitor, storage.enableClear),
  c9('PMOVSR', 12, 3, access.monitor, storage.overflowClear),
  c9('PMSWINC', 12, 4, access.increment, storage.increment),
  c9('PMSELR', 12, 5, access.select, storage.select),
  c9('PMCEID0', 12, 6, access.identification, storage.events),
  c9('PMCEID1', 12, 7, access.identification, storage.noEvents),
  c9('PMCCNTR', 13, 0, access.cycles, cyclesLow),
  c9('PMXEVTYPER', 13, 1, access.monitor, storage.selectedType),
  c9('PMXEVCNTR', 13, 2, access.counter, storage.selectedCounter),
  c9('PMUSERENR', 14, 0, access.userEnable, storage.userEnable),
  c9('PMINTENSET', 14, 1, access.control, storage.interruptSet),
  c9('PMINTENCLR', 14, 2, access.control, storage.interruptClear),
  c9('PMOVSSET', 14, 3, access.monitor, storage.overflowSet),
];
/** All of CRm 12 to 14 is the monitors', and trapped as such. */
const absent = [13, 14]
  .flatMap((crm) => Array.from({ length: 8 }, (_, opc2): NarrowEncoding => [15, 0, 9, crm, opc2]))
  .filter(([, , , crm, opc2]) => !there.some(({ at }) => at[3] === crm && at[4] === opc2))
  .map((at) => zero32(`c9_c${at[3]}_${at[4]}`, at, monitorTrappedBy(0)));

const v3 = (name: string, at: CoprocessorRow['at'], rule: AccessRule, behind: Storage): CoprocessorRow => ({
  name,
  at,
  access: ofPmuv3(rule),
  storage: behind,
  afterWrite: 'reconsider',
});
const numbered = Array.from({ length: EVENT_COUNTERS }, (_, n): CoprocessorRow[] => [
  v3(`PMEVCNTR${n}`, [15, 0, 14, 8, n], access.counter, storage.counter(n)),
  v3(`PMEVTYPER${n}`, [15, 0, 14, 12, n], access.monitor, storage.type(n)),
]).flat();

/** Performance monitors: CP15 c9, and what ARMv8 adds in c14. Arm ARM DDI 0406C, B4.1.117 to 131; DDI 0487, G8.4. */
export const monitorRows: readonly CoprocessorRow[] = [
  ...there,
  ...absent,
  ...numbered,
  v3('PMCCFILTR', [15, 0, 14, 15, 7], access.monitor, storage.type(PM_CYCLES)),
  v3('PMCCNTR', [15, 0, 9], access.cycles, storage.cycles),
];
