import { translationAbort } from '../../exception/synchronous.ts';
import { Hcr } from '../../fields/hcr.ts';
import type { AtOperation } from '../../mmu/at.ts';
import type { TlbiOperation } from '../../mmu/invalidate.ts';
import { el1, el1TrappedBy, el2, writeOnly } from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import { invalidateLine } from '../cache-maintenance.ts';
import type { Cpu } from '../cpu.ts';
import { barrier } from './access.ts';
import type { CoprocessorRow, NarrowEncoding } from './row.ts';

/** Operations that do nothing here: caches hold no more than memory does, and see every write at once. */
const nothing = (name: string, at: NarrowEncoding, access: AccessRule): CoprocessorRow => ({
  name,
  at,
  access: writeOnly(access),
  storage: { kind: 'constant', value: 0n },
});
/** By address: that must be translated. */
const cacheLine = (name: string, at: NarrowEncoding, access: AccessRule): CoprocessorRow => ({
  name,
  at,
  access: writeOnly(access),
  storage: {
    kind: 'lifted',
    write: (ir, address) => {
      ir.maintain(address);
      return 'next';
    },
  },
});
const byVa = el1TrappedBy(Hcr.tpc);
const toPointOfUnification = el1TrappedBy(Hcr.tpu);
const bySetWay = el1TrappedBy(Hcr.tsw);

/** Caches and branch predictors, c7. Arm ARM DDI 0406C, B4.2.1. */
const cacheOperations: readonly CoprocessorRow[] = [
  nothing('ICIALLUIS', [15, 0, 7, 1, 0], toPointOfUnification),
  nothing('BPIALLIS', [15, 0, 7, 1, 6], el1),
  nothing('ICIALLU', [15, 0, 7, 5, 0], toPointOfUnification),
  cacheLine('ICIMVAU', [15, 0, 7, 5, 1], toPointOfUnification),
  nothing('BPIALL', [15, 0, 7, 5, 6], el1),
  nothing('BPIMVA', [15, 0, 7, 5, 7], el1),
  {
    ...nothing('DCIMVAC', [15, 0, 7, 6, 1], byVa),
    storage: { kind: 'functions', write: (cpu, va) => invalidateLine(cpu, va, 0) },
  },
  nothing('DCISW', [15, 0, 7, 6, 2], bySetWay),
  cacheLine('DCCMVAC', [15, 0, 7, 10, 1], byVa),
  nothing('DCCSW', [15, 0, 7, 10, 2], bySetWay),
  cacheLine('DCCMVAU', [15, 0, 7, 11, 1], toPointOfUnification),
  cacheLine('DCCIMVAC', [15, 0, 7, 14, 1], byVa),
  nothing('DCCISW', [15, 0, 7, 14, 2], bySetWay),
  // What was Wait For Interrupt and a prefetch in ARMv6.
  nothing('CP15NOP', [15, 0, 7, 0, 4], el1),
  nothing('CP15PREFETCH', [15, 0, 7, 13, 1], el1),
];

/** The barriers of ARMv6. Memory accesses happen in program order; what changes fetches fetches anew by itself. */
const barriers: readonly CoprocessorRow[] = [
  nothing('CP15ISB', [15, 0, 7, 5, 4], barrier),
  nothing('CP15DSB', [15, 0, 7, 10, 4], barrier),
  nothing('CP15DMB', [15, 0, 7, 10, 5], barrier),
];

/** An address translation that itself faults: reported as a cache maintenance operation's abort would be. */
function translateAddress(cpu: Cpu, name: AtOperation, va: number): void {
  const { mmu } = cpu.system;
  if (mmu === null || mmu.at(name, va, 0)) return;
  const access = { execute: false, write: false, cacheMaintenance: true };
  cpu.pending = translationAbort(cpu, mmu.fault, access, va, 0, () => 0);
}
const translate = (name: AtOperation, opc1: number, opc2: number, access: AccessRule): CoprocessorRow => ({
  name,
  at: [15, opc1, 7, 8, opc2],
  access: writeOnly(access),
  storage: { kind: 'functions', write: (cpu, va) => translateAddress(cpu, name, va) },
});

/** VA to PA, c7; the result is in PAR. B4.2.4. */
const addressTranslations: readonly CoprocessorRow[] = [
  translate('ATS1CPR', 0, 0, el1),
  translate('ATS1CPW', 0, 1, el1),
  translate('ATS1CUR', 0, 2, el1),
  translate('ATS1CUW', 0, 3, el1),
  translate('ATS12NSOPR', 0, 4, el2),
  translate('ATS12NSOPW', 0, 5, el2),
  translate('ATS12NSOUR', 0, 6, el2),
  translate('ATS12NSOUW', 0, 7, el2),
  translate('ATS1HR', 4, 0, el2),
  translate('ATS1HW', 4, 1, el2),
];

const tlbi = (name: TlbiOperation, opc1: number, crm: number, opc2: number): CoprocessorRow => ({
  name,
  at: [15, opc1, 8, crm, opc2],
  access: writeOnly(opc1 === 0 ? el1TrappedBy(Hcr.ttlb) : el2),
  storage: { kind: 'functions', write: (cpu, value) => cpu.system.mmu?.tlbi(name, value, 0) },
  // The code behind it may be what it dropped.
  afterWrite: 'refetch',
});

/** TLB maintenance, c8. B4.2.2. */
const tlbOperations: readonly CoprocessorRow[] = [
  tlbi('TLBIALLIS', 0, 3, 0),
  tlbi('TLBIMVAIS', 0, 3, 1),
  tlbi('TLBIASIDIS', 0, 3, 2),
  tlbi('TLBIMVAAIS', 0, 3, 3),
  tlbi('ITLBIALL', 0, 5, 0),
  tlbi('ITLBIMVA', 0, 5, 1),
  tlbi('ITLBIASID', 0, 5, 2),
  tlbi('DTLBIALL', 0, 6, 0),
  tlbi('DTLBIMVA', 0, 6, 1),
  tlbi('DTLBIASID', 0, 6, 2),
  tlbi('TLBIALL', 0, 7, 0),
  tlbi('TLBIMVA', 0, 7, 1),
  tlbi('TLBIASID', 0, 7, 2),
  tlbi('TLBIMVAA', 0, 7, 3),
  tlbi('TLBIALLHIS', 4, 3, 0),
  tlbi('TLBIMVAHIS', 4, 3, 1),
  tlbi('TLBIALLNSNHIS', 4, 3, 4),
  tlbi('TLBIALLH', 4, 7, 0),
  tlbi('TLBIMVAH', 4, 7, 1),
  tlbi('TLBIALLNSNH', 4, 7, 4),
];

export const operationRows: readonly CoprocessorRow[] = [
  ...cacheOperations,
  ...barriers,
  ...addressTranslations,
  ...tlbOperations,
];
