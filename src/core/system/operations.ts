import { translationAbort, waitTrap } from '../exception/synchronous.ts';
import { Hcr } from '../fields/hcr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import type { AtOperation } from '../mmu/at.ts';
import type { TlbiOperation } from '../mmu/invalidate.ts';
import * as cells from '../state/cells.ts';
import { cacheByVa, el1TrappedBy, el2, zeroByVa } from './access.ts';
import type { AccessRule } from './access-rule.ts';
import { invalidateLine } from './cache-maintenance.ts';
import type { Cpu } from './cpu.ts';
import type { Encoding, OperationRow } from './row.ts';

/** SYS operations that do nothing here: caches hold no more than memory does, and see every write at once. */
const cache = (name: string, at: Encoding, access: AccessRule): OperationRow => ({ name, at, access });
/** By address: that must be translated. */
const cacheLine = (name: string, at: Encoding, access: AccessRule): OperationRow => ({
  ...cache(name, at, access),
  lift: (ir, address) => {
    ir.maintain(address);
    return 'next';
  },
});

const byVaEl1 = el1TrappedBy(Hcr.tpc);
const toPointOfUnification = el1TrappedBy(Hcr.tpu);
const bySetWay = el1TrappedBy(Hcr.tsw);

/** Cache maintenance: Arm ARM DDI 0487, part C, "A64 System instructions". */
const cacheOperations: readonly OperationRow[] = [
  cache('IC IALLUIS', [1, 0, 7, 1, 0], toPointOfUnification),
  cache('IC IALLU', [1, 0, 7, 5, 0], toPointOfUnification),
  cacheLine('IC IVAU', [1, 3, 7, 5, 1], cacheByVa(Hcr.tpu)),
  { ...cache('DC IVAC', [1, 0, 7, 6, 1], byVaEl1), operate: invalidateLine },
  cache('DC ISW', [1, 0, 7, 6, 2], bySetWay),
  cache('DC CSW', [1, 0, 7, 10, 2], bySetWay),
  cache('DC CISW', [1, 0, 7, 14, 2], bySetWay),
  cacheLine('DC CVAC', [1, 3, 7, 10, 1], cacheByVa(Hcr.tpc)),
  cacheLine('DC CVAU', [1, 3, 7, 11, 1], cacheByVa(Hcr.tpu)),
  cacheLine('DC CIVAC', [1, 3, 7, 14, 1], cacheByVa(Hcr.tpc)),
  {
    name: 'DC ZVA',
    at: [1, 3, 7, 4, 1],
    access: zeroByVa,
    lift: (ir, address) => {
      ir.zero64(address);
      return 'next';
    },
  },
];

const tlbi = (name: TlbiOperation, op1: number, crm: number, op2: number): OperationRow => ({
  name: `TLBI ${name}`,
  at: [1, op1, 8, crm, op2],
  access: op1 === 0 ? el1TrappedBy(Hcr.ttlb) : el2,
  operate: (cpu, lo, hi) => cpu.system.mmu?.tlbi(name, lo, hi),
  // The code behind it may be what it dropped.
  afterwards: 'refetch',
});

/** TLB maintenance, in the same place. */
const tlbOperations: readonly OperationRow[] = [
  tlbi('VMALLE1IS', 0, 3, 0),
  tlbi('VAE1IS', 0, 3, 1),
  tlbi('ASIDE1IS', 0, 3, 2),
  tlbi('VAAE1IS', 0, 3, 3),
  tlbi('VALE1IS', 0, 3, 5),
  tlbi('VAALE1IS', 0, 3, 7),
  tlbi('VMALLE1', 0, 7, 0),
  tlbi('VAE1', 0, 7, 1),
  tlbi('ASIDE1', 0, 7, 2),
  tlbi('VAAE1', 0, 7, 3),
  tlbi('VALE1', 0, 7, 5),
  tlbi('VAALE1', 0, 7, 7),
  tlbi('IPAS2E1IS', 4, 0, 1),
  tlbi('IPAS2LE1IS', 4, 0, 5),
  tlbi('ALLE2IS', 4, 3, 0),
  tlbi('VAE2IS', 4, 3, 1),
  tlbi('ALLE1IS', 4, 3, 4),
  tlbi('VALE2IS', 4, 3, 5),
  tlbi('VMALLS12E1IS', 4, 3, 6),
  tlbi('IPAS2E1', 4, 4, 1),
  tlbi('IPAS2LE1', 4, 4, 5),
  tlbi('ALLE2', 4, 7, 0),
  tlbi('VAE2', 4, 7, 1),
  tlbi('ALLE1', 4, 7, 4),
  tlbi('VALE2', 4, 7, 5),
  tlbi('VMALLS12E1', 4, 7, 6),
];

/** An address translation that itself faults: reported as a cache maintenance operation's abort would be. */
function translateAddress(cpu: Cpu, name: AtOperation, lo: number, hi: number): void {
  const { mmu } = cpu.system;
  if (mmu === null || mmu.at(name, lo, hi)) return;
  const access = { execute: false, write: false, cacheMaintenance: true };
  cpu.pending = translationAbort(cpu, mmu.fault, access, lo, hi, () => 0);
}
const at = (name: AtOperation, op1: number, op2: number): OperationRow => ({
  name: `AT ${name}`,
  at: [1, op1, 7, 8, op2],
  access: op1 === 0 ? (c) => (c.el === 0 ? 'undefined' : 'ok') : el2,
  operate: (cpu, lo, hi) => translateAddress(cpu, name, lo, hi),
});
const addressTranslations: readonly OperationRow[] = [
  at('S1E1R', 0, 0),
  at('S1E1W', 0, 1),
  at('S1E0R', 0, 2),
  at('S1E0W', 0, 3),
  at('S1E2R', 4, 0),
  at('S1E2W', 4, 1),
  at('S12E1R', 4, 4),
  at('S12E1W', 4, 5),
  at('S12E0R', 4, 6),
  at('S12E0W', 4, 7),
];

/** The hints that do something. WFE and WFI trap only where they would wait: what these rows find out. */
/** A trap by SCTLR_EL1 at EL0 goes before one by HCR_EL2. */
const waitTarget =
  (sctlr: number, hcr: number): AccessRule =>
  (c) =>
    c.el === 0 && !(c.sctlr & sctlr) ? 1 : c.el < 2 && c.hcr & hcr ? 2 : 'ok';
export const wfeTrap = waitTarget(Sctlr.ntwe, Hcr.twe);
export const wfiTrap = waitTarget(Sctlr.ntwi, Hcr.twi);

const hints: readonly OperationRow[] = [
  {
    name: 'WFE',
    at: [0, 3, 2, 0, 2],
    access: () => 'ok',
    operate: (cpu, target) => {
      if (cpu.get32(cells.EVENT_REGISTER) === 0) cpu.pending = waitTrap(cpu, target as 1 | 2, true);
    },
  },
  {
    name: 'WFI',
    at: [0, 3, 2, 0, 3],
    access: () => 'ok',
    operate: (cpu, target) => {
      if (cpu.get32(cells.INTERRUPT_PENDING) === 0) cpu.pending = waitTrap(cpu, target as 1 | 2, false);
    },
  },
  {
    name: 'SEV',
    at: [0, 3, 2, 0, 4],
    access: () => 'ok',
    operate: (cpu) => {
      cpu.set32(cells.EVENT_REGISTER, 1);
      cpu.system.sendEvent?.();
    },
  },
];

export const operations: readonly OperationRow[] = [
  ...cacheOperations,
  ...tlbOperations,
  ...addressTranslations,
  ...hints,
];
