import { fromHalves } from '../../../base/bits.ts';
import {
  counterFrequency,
  el1,
  el2,
  physicalCount,
  physicalTimer,
  readOnly,
  virtualCount,
  virtualTimer,
} from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import { liftPhysicalCount, liftVirtualCount } from '../lift-counter.ts';
import { TimerIndex } from '../observer.ts';
import type { Encoding, RegisterRow } from '../row.ts';
import { configChanged } from './effects.ts';
import { cellRow } from './rows.ts';

/** CTL, CVAL and TVAL of a timer, whose encodings differ in Op2. */
function timerRows(
  prefix: string,
  suffix: string,
  at: readonly number[],
  access: AccessRule,
  timer: TimerIndex,
): RegisterRow[] {
  const encoding = (op2: number): Encoding => [...at, op2] as unknown as Encoding;
  const row = (name: string, op2: number, storage: RegisterRow['storage']): RegisterRow => ({
    name: `${prefix}_${name}_${suffix}`,
    at: encoding(op2),
    access,
    storage,
    // The deadline is another, and the output may be.
    afterWrite: 'reconsider',
  });
  return [
    row('TVAL', 0, {
      kind: 'functions',
      read: (cpu) => cpu.system.timers.readTval(timer),
      write: (cpu, lo) => cpu.system.timers.writeTval(timer, lo),
    }),
    row('CTL', 1, {
      kind: 'functions',
      read: (cpu) => cpu.system.timers.readCtl(timer),
      write: (cpu, lo) => cpu.system.timers.writeCtl(timer, lo),
    }),
    row('CVAL', 2, {
      kind: 'functions',
      read: (cpu) => cpu.system.timers.readCval(timer),
      write: (cpu, lo, hi) => cpu.system.timers.writeCval(timer, fromHalves(lo, hi)),
    }),
  ];
}

/** The generic timer. Arm ARM DDI 0487, "The Generic Timer in AArch64 state". */
export const timerRegisters: readonly RegisterRow[] = [
  cellRow('CNTFRQ_EL0', [3, 3, 14, 0, 0], counterFrequency, { mask: 0xffff_ffffn }),
  {
    name: 'CNTPCT_EL0',
    at: [3, 3, 14, 0, 1],
    access: readOnly(physicalCount),
    storage: { kind: 'functions', read: (cpu) => cpu.system.timers.physicalCount(), lift: liftPhysicalCount },
  },
  {
    name: 'CNTVCT_EL0',
    at: [3, 3, 14, 0, 2],
    access: readOnly(virtualCount),
    storage: { kind: 'functions', read: (cpu) => cpu.system.timers.virtualCount(), lift: liftVirtualCount },
  },
  ...timerRows('CNTP', 'EL0', [3, 3, 14, 2], physicalTimer, TimerIndex.physical),
  ...timerRows('CNTV', 'EL0', [3, 3, 14, 3], virtualTimer, TimerIndex.virtual),
  ...timerRows('CNTHP', 'EL2', [3, 4, 14, 2], el2, TimerIndex.hyp),
  cellRow('CNTKCTL_EL1', [3, 0, 14, 1, 0], el1, { mask: 0x3ffn, changed: configChanged, afterWrite: 'reconsider' }),
  cellRow('CNTHCTL_EL2', [3, 4, 14, 1, 0], el2, {
    // With EL1TVT and EL1TVCT, which no model's ID registers claim (they are FEAT_ECV's): a hypervisor that emulates the
    // virtual timer needs them, and no earlier control traps it. A guest below EL2 cannot see that they are there.
    mask: 0x60ffn,
    reset: 0x3n,
    changed: configChanged,
    afterWrite: 'reconsider',
  }),
  cellRow('CNTVOFF_EL2', [3, 4, 14, 0, 3], el2, {
    changed: (cpu) => cpu.system.timers.offsetChanged(),
    afterWrite: 'reconsider',
  }),
];
