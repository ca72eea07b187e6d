import { fromHalves } from '../../../base/bits.ts';
import { sys } from '../../state/system-cells.ts';
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
import { configChanged } from '../registers/effects.ts';
import type { Storage } from '../row.ts';
import { type CoprocessorRow, cell32, cell64, type NarrowEncoding, type WideEncoding } from './row.ts';

/** TVAL and CTL of a timer, and its CVAL of 64 bits. The deadline is another after a write, and the output may be. */
function timerRows(
  name: string,
  opc1: number,
  crm: number,
  cvalOpc1: number,
  access: AccessRule,
  timer: TimerIndex,
): CoprocessorRow[] {
  const row = (register: string, at: NarrowEncoding | WideEncoding, storage: Storage): CoprocessorRow => ({
    name: `${name}_${register}`,
    at,
    access,
    storage,
    afterWrite: 'reconsider',
  });
  return [
    row('TVAL', [15, opc1, 14, crm, 0], {
      kind: 'functions',
      read: (cpu) => cpu.system.timers.readTval(timer),
      write: (cpu, lo) => cpu.system.timers.writeTval(timer, lo),
    }),
    row('CTL', [15, opc1, 14, crm, 1], {
      kind: 'functions',
      read: (cpu) => cpu.system.timers.readCtl(timer),
      write: (cpu, lo) => cpu.system.timers.writeCtl(timer, lo),
    }),
    row('CVAL', [15, cvalOpc1, 14], {
      kind: 'functions',
      read: (cpu) => cpu.system.timers.readCval(timer),
      write: (cpu, lo, hi) => cpu.system.timers.writeCval(timer, fromHalves(lo, hi)),
    }),
  ];
}

/** The generic timer: CP15 c14. Arm ARM DDI 0406C, B8.2. */
export const timerRegisterRows: readonly CoprocessorRow[] = [
  cell32('CNTFRQ', [15, 0, 14, 0, 0], counterFrequency, sys.CNTFRQ_EL0),
  cell32('CNTKCTL', [15, 0, 14, 1, 0], el1, sys.CNTKCTL_EL1, {
    mask: 0x3ffn,
    changed: configChanged,
    afterWrite: 'reconsider',
  }),
  {
    name: 'CNTPCT',
    at: [15, 0, 14],
    access: readOnly(physicalCount),
    storage: { kind: 'functions', read: (cpu) => cpu.system.timers.physicalCount(), lift: liftPhysicalCount },
  },
  {
    name: 'CNTVCT',
    at: [15, 1, 14],
    access: readOnly(virtualCount),
    storage: { kind: 'functions', read: (cpu) => cpu.system.timers.virtualCount(), lift: liftVirtualCount },
  },
  ...timerRows('CNTP', 0, 2, 2, physicalTimer, TimerIndex.physical),
  ...timerRows('CNTV', 0, 3, 3, virtualTimer, TimerIndex.virtual),
  ...timerRows('CNTHP', 4, 2, 6, el2, TimerIndex.hyp),
  // PL1PCTEN, PL1PCEN, the event stream, and EL1TVT and EL1TVCT (registers/timer.ts).
  cell32('CNTHCTL', [15, 4, 14, 1, 0], el2, sys.CNTHCTL_EL2, {
    mask: 0x60ffn,
    reset: 0x3n,
    changed: configChanged,
    afterWrite: 'reconsider',
  }),
  cell64('CNTVOFF', [15, 4, 14], el2, sys.CNTVOFF_EL2, {
    changed: (cpu) => cpu.system.timers.offsetChanged(),
    afterWrite: 'reconsider',
  }),
];
