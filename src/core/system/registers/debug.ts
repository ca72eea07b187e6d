import { Mdcr, OSLSR_OSLK } from '../../fields/debug.ts';
import { BREAKPOINTS, DBGBCR, DBGBVR, DBGWCR, DBGWVR, sys, WATCHPOINTS } from '../../state/system-cells.ts';
import { debugChannel, el1DebugTrappedBy, el2, readOnly, writeOnly } from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import type { Cpu } from '../cpu.ts';
import type { Encoding, RegisterRow, Storage } from '../row.ts';
import { configChanged } from './effects.ts';
import { cellRow } from './rows.ts';

const debug = el1DebugTrappedBy(Mdcr.tda);
const osLock = el1DebugTrappedBy(Mdcr.tdosa);

/** SS, TDCC, KDE, MDE; HDE needs a debugger outside. */
const MDSCR_MASK = 0xb001n;
/** E PMC BAS HMC SSC LBN BT. */
export const BCR_MASK = 0x00ff_e1e7n;
/** E PAC LSC BAS HMC SSC LBN WT MASK. */
export const WCR_MASK = 0x1f1f_ffffn;
/** RX and TX of MDCCINT_EL1. */
export const DCCINT_MASK = 0x6000_0000n;
/** OS lock implemented, and locked. */
const OSLSR_RESET = 0xan;
const CLAIM_TAGS = 0xff;

const row = (name: string, at: Encoding, access: AccessRule, storage: Storage): RegisterRow => ({
  name,
  at,
  access,
  storage,
});

function numbered(
  name: string,
  count: number,
  op2: number,
  cell: number,
  mask: bigint,
  isControl: boolean,
): RegisterRow[] {
  return Array.from({ length: count }, (_, n) => ({
    ...row(`${name}${n}_EL1`, [2, 0, 0, n, op2], debug, {
      kind: 'cell',
      cell: cell + 8 * n,
      mask,
      ...(isControl ? { changed: configChanged } : {}),
    }),
    ...(isControl ? { afterWrite: 'reconsider' as const } : {}),
  }));
}

/** The OS lock, which debug exceptions need to be open. */
export function setOsLock(cpu: Cpu, isLocked: boolean): void {
  cpu.set32(sys.OSLSR_EL1, Number(OSLSR_RESET & ~BigInt(OSLSR_OSLK)) | (isLocked ? OSLSR_OSLK : 0));
  configChanged(cpu);
}

/** DBGCLAIMSET_EL1, which reads as the tags that there are, and DBGCLAIMCLR_EL1. */
export const claimSet: Storage = {
  kind: 'functions',
  read: () => CLAIM_TAGS,
  write: (cpu, lo) => cpu.set32(sys.DBGCLAIM_EL1, cpu.get32(sys.DBGCLAIM_EL1) | (lo & CLAIM_TAGS)),
};
export const claimClear: Storage = {
  kind: 'functions',
  read: (cpu) => cpu.get32(sys.DBGCLAIM_EL1),
  write: (cpu, lo) => cpu.set32(sys.DBGCLAIM_EL1, cpu.get32(sys.DBGCLAIM_EL1) & ~lo),
};

/** Nobody is at the other end of the debug communications channel: it is never full, and reads as zero. */
const silent: Storage = { kind: 'constant', value: 0n };

/** Self-hosted debug. Arm ARM DDI 0487, "Debug registers". */
export const debugRegisters: readonly RegisterRow[] = [
  cellRow('MDSCR_EL1', [2, 0, 0, 2, 2], debug, { mask: MDSCR_MASK, changed: configChanged, afterWrite: 'reconsider' }),
  ...numbered('DBGBVR', BREAKPOINTS, 4, DBGBVR, -1n, false),
  ...numbered('DBGBCR', BREAKPOINTS, 5, DBGBCR, BCR_MASK, true),
  ...numbered('DBGWVR', WATCHPOINTS, 6, DBGWVR, ~3n, false),
  ...numbered('DBGWCR', WATCHPOINTS, 7, DBGWCR, WCR_MASK, true),
  cellRow('MDCCINT_EL1', [2, 0, 0, 2, 0], debug, { mask: DCCINT_MASK }),
  row('MDCCSR_EL0', [2, 3, 0, 1, 0], readOnly(debugChannel), silent),
  row('DBGDTR_EL0', [2, 3, 0, 4, 0], debugChannel, silent),
  row('DBGDTRTX_EL0', [2, 3, 0, 5, 0], debugChannel, silent),
  cellRow('OSDTRRX_EL1', [2, 0, 0, 0, 2], debug, { mask: 0xffff_ffffn }),
  cellRow('OSDTRTX_EL1', [2, 0, 0, 3, 2], debug, { mask: 0xffff_ffffn }),
  cellRow('OSECCR_EL1', [2, 0, 0, 6, 2], debug, { mask: 0xffff_ffffn }),
  row('MDRAR_EL1', [2, 0, 1, 0, 0], readOnly(el1DebugTrappedBy(Mdcr.tdra)), silent),
  {
    ...row('OSLAR_EL1', [2, 0, 1, 0, 4], writeOnly(osLock), {
      kind: 'functions',
      write: (cpu, lo) => setOsLock(cpu, (lo & 1) !== 0),
    }),
    afterWrite: 'reconsider',
  },
  row('OSLSR_EL1', [2, 0, 1, 1, 4], readOnly(osLock), {
    kind: 'cell',
    cell: sys.OSLSR_EL1,
    mask: 0n,
    reset: OSLSR_RESET,
  }),
  cellRow('OSDLR_EL1', [2, 0, 1, 3, 4], osLock, { mask: 1n }),
  cellRow('DBGPRCR_EL1', [2, 0, 1, 4, 4], osLock, { mask: 1n }),
  row('DBGCLAIMSET_EL1', [2, 0, 7, 8, 6], debug, claimSet),
  row('DBGCLAIMCLR_EL1', [2, 0, 7, 9, 6], debug, claimClear),
  // No debugger outside: neither invasive nor non-invasive debug is authenticated.
  row('DBGAUTHSTATUS_EL1', [2, 0, 7, 14, 6], readOnly(debug), silent),
  cellRow('DBGVCR32_EL2', [2, 4, 0, 7, 0], el2, {
    mask: 0xffff_ffffn,
    changed: configChanged,
    afterWrite: 'reconsider',
  }),
];
