import { undefinedInstruction } from '../../exception/synchronous.ts';
import { DBGDSCR_STATUS, Mdcr, Mdscr, OSDLR_DLK, OSLAR_KEY } from '../../fields/debug.ts';
import { Hcr } from '../../fields/hcr.ts';
import {
  BREAKPOINTS,
  CONTEXT_BREAKPOINTS,
  DBGBCR,
  DBGBVR,
  DBGWCR,
  DBGWVR,
  sys,
  WATCHPOINTS,
} from '../../state/system-cells.ts';
import { debugChannel, el1, el1DebugTrappedBy, el1TrappedBy, readOnly, writeOnly } from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import type { Cpu } from '../cpu.ts';
import { modelOf } from '../models/index.ts';
import { BCR_MASK, claimClear, claimSet, DCCINT_MASK, setOsLock, WCR_MASK } from '../registers/debug.ts';
import { configChanged } from '../registers/effects.ts';
import type { Storage, WriteFlow } from '../row.ts';
import { thumbEe, thumbEeHandlers } from './access.ts';
import { type CoprocessorRow, cell32, highHalf, type NarrowEncoding, read32, zero32 } from './row.ts';

const WVR_MASK = 0xffff_fffcn;
const VMID_MASK = 0xffn;

const debug = el1DebugTrappedBy(Mdcr.tda);
const osLock = el1DebugTrappedBy(Mdcr.tdosa);
/** DBGDRAR and DBGDSAR, at EL0 as the debug channel. */
const debugRom: AccessRule = (c, write) => {
  const verdict = debugChannel(c, write);
  return c.el < 2 && c.mdcr & Mdcr.tdra ? 2 : verdict;
};

/** A register that a processor without AArch32's debug registers does not have. */
const there =
  (rule: AccessRule): AccessRule =>
  (c, write) =>
    c.didr === 0 ? 'undefined' : rule(c, write);
/** DBGDIDR.Version of ARMv8. */
const V8 = 6;
const inArmv8: AccessRule = (c, write) => (((c.didr >>> 16) & 15) === V8 ? debug(c, write) : 'undefined');
/** As `there`, but what it is asked for first reads as zero: DBGDIDR's says that there is no more. */
const asked = (read: (cpu: Cpu) => number, write?: (cpu: Cpu, value: number) => void): Storage => ({
  kind: 'functions',
  read: (cpu) => (modelOf(cpu).debug ? read(cpu) : 0),
  write: (cpu, value) => void (modelOf(cpu).debug && write?.(cpu, value)),
});

const DSCR_WRITABLE = Mdscr.moe | Mdscr.tdcc | Mdscr.mde;
const readDscr = (cpu: Cpu): number => (cpu.get32(sys.MDSCR_EL1) & DSCR_WRITABLE) | DBGDSCR_STATUS;
function writeDscr(cpu: Cpu, value: number): void {
  cpu.set32(sys.MDSCR_EL1, (cpu.get32(sys.MDSCR_EL1) & ~DSCR_WRITABLE) | (value & DSCR_WRITABLE));
  configChanged(cpu);
}

/** With the Security Extensions: of Non-secure state, Monitor mode and Secure state. Without them there are the last alone. */
const VCR_ARMV7 = 0xde00_dcde;
const VCR_ARMV8 = 0xde;
function writeVcr(cpu: Cpu, value: number): void {
  cpu.set32(sys.DBGVCR32_EL2, value & (cpu.get32(sys.AARCH32_ONLY) !== 0 ? VCR_ARMV7 : VCR_ARMV8));
  configChanged(cpu);
}

/**
 * DBGAUTHSTATUS of ARMv7, where monitor debug-mode needs DBGEN: invasive and non-invasive debug, of Non-secure state alone. An ARMv8 one
 * needs it for a debugger outside alone, and there is none. Arm ARM DDI 0406C, C11.11.1.
 */
const AUTHSTATUS_ARMV7 = 0xaf;

const row = (
  name: string,
  at: NarrowEncoding,
  access: AccessRule,
  storage: Storage,
  afterWrite?: WriteFlow,
): CoprocessorRow => ({ name, at, access, storage, ...(afterWrite ? { afterWrite } : {}) });
const controls = { changed: configChanged, afterWrite: 'reconsider' } as const;
const numbered = (count: number, of: (n: number) => CoprocessorRow): CoprocessorRow[] =>
  Array.from({ length: count }, (_, n) => of(n));

/**
 * CP14's debug registers: those that AArch64 has too are the same. A program may ask for the first ones before it knows that there is
 * no debug architecture: DBGDIDR has no version of one then. Nobody is at the other end of the communications channel. Arm ARM DDI
 * 0406C, C11.11.
 */
const debugRows: readonly CoprocessorRow[] = [
  row('DBGDIDR', [14, 0, 0, 0, 0], readOnly(debugChannel), {
    kind: 'lifted',
    read: (ir) => ir.i64(BigInt(ir.config.didr)),
  }),
  read32('DBGDSCRint', [14, 0, 0, 1, 0], readOnly(debugChannel), (cpu) =>
    modelOf(cpu).debug ? readDscr(cpu) : cpu.get32(sys.MDSCR_EL1) & Mdscr.moe,
  ),
  zero32('DBGDTRint', [14, 0, 0, 5, 0], debugChannel),
  zero32('DBGDRAR', [14, 0, 1, 0, 0], readOnly(debugRom)),
  zero32('DBGDRAR', [14, 0, 1], readOnly(debugRom)),
  zero32('DBGDSAR', [14, 0, 2, 0, 0], readOnly(debugRom)),
  zero32('DBGDSAR', [14, 0, 2], readOnly(debugRom)),
  row(
    'DBGOSLAR',
    [14, 0, 1, 0, 4],
    writeOnly(osLock),
    asked(
      () => 0,
      (cpu, value) => setOsLock(cpu, value >>> 0 === OSLAR_KEY),
    ),
    'reconsider',
  ),
  row(
    'DBGOSLSR',
    [14, 0, 1, 1, 4],
    readOnly(osLock),
    asked((cpu) => cpu.get32(sys.OSLSR_EL1)),
  ),
  row(
    'DBGOSDLR',
    [14, 0, 1, 3, 4],
    osLock,
    asked(
      (cpu) => cpu.get32(sys.OSDLR_EL1),
      (cpu, value) => cpu.set32(sys.OSDLR_EL1, value & OSDLR_DLK),
    ),
  ),
  zero32('DBGPRCR', [14, 0, 1, 4, 4], osLock),
  row(
    'DBGVCR',
    [14, 0, 0, 7, 0],
    debug,
    asked((cpu) => cpu.get32(sys.DBGVCR32_EL2), writeVcr),
    'reconsider',
  ),
  row('DBGDSCRext', [14, 0, 0, 2, 2], debug, asked(readDscr, writeDscr), 'reconsider'),
  row(
    'DBGAUTHSTATUS',
    [14, 0, 7, 14, 6],
    readOnly(debug),
    asked((cpu) => (cpu.get32(sys.AARCH32_ONLY) !== 0 ? AUTHSTATUS_ARMV7 : 0)),
  ),
  // The address of a watchpoint is in DFAR.
  zero32('DBGWFAR', [14, 0, 0, 6, 0], there(debug)),
  cell32('DBGDTRRXext', [14, 0, 0, 0, 2], there(debug), sys.OSDTRRX_EL1),
  cell32('DBGDTRTXext', [14, 0, 0, 3, 2], there(debug), sys.OSDTRTX_EL1),
  cell32('DBGOSECCR', [14, 0, 0, 6, 2], there(debug), sys.OSECCR_EL1),
  cell32('DBGDCCINT', [14, 0, 0, 2, 0], inArmv8, sys.MDCCINT_EL1, { mask: DCCINT_MASK }),
  ...numbered(BREAKPOINTS, (n) => cell32(`DBGBVR${n}`, [14, 0, 0, n, 4], there(debug), DBGBVR + 8 * n)),
  ...numbered(BREAKPOINTS, (n) =>
    cell32(`DBGBCR${n}`, [14, 0, 0, n, 5], there(debug), DBGBCR + 8 * n, { mask: BCR_MASK, ...controls }),
  ),
  ...numbered(CONTEXT_BREAKPOINTS, (i) => {
    const n = BREAKPOINTS - CONTEXT_BREAKPOINTS + i;
    return cell32(`DBGBXVR${n}`, [14, 0, 1, n, 1], there(debug), highHalf(DBGBVR + 8 * n), { mask: VMID_MASK });
  }),
  ...numbered(WATCHPOINTS, (n) =>
    cell32(`DBGWVR${n}`, [14, 0, 0, n, 6], there(debug), DBGWVR + 8 * n, { mask: WVR_MASK }),
  ),
  ...numbered(WATCHPOINTS, (n) =>
    cell32(`DBGWCR${n}`, [14, 0, 0, n, 7], there(debug), DBGWCR + 8 * n, { mask: WCR_MASK, ...controls }),
  ),
  row('DBGCLAIMSET', [14, 0, 7, 8, 6], there(debug), claimSet),
  row('DBGCLAIMCLR', [14, 0, 7, 9, 6], there(debug), claimClear),
  zero32('DBGDEVID2', [14, 0, 7, 0, 7], there(readOnly(debug))),
  row(
    'DBGDEVID1',
    [14, 0, 7, 1, 7],
    there(readOnly(debug)),
    asked((cpu) => modelOf(cpu).debug?.devid1 ?? 0),
  ),
  row(
    'DBGDEVID',
    [14, 0, 7, 2, 7],
    there(readOnly(debug)),
    asked((cpu) => modelOf(cpu).debug?.devid ?? 0),
  ),
];

/** ThumbEE's registers: ARMv8 has done away with them. */
function thumbEeRow(name: string, crn: number, access: AccessRule, cell: number, mask: number): CoprocessorRow {
  const isThere = (cpu: Cpu): boolean => {
    if (cpu.get32(sys.AARCH32_ONLY) === 0) cpu.pending = undefinedInstruction(cpu);
    return cpu.pending === null;
  };
  const read = (cpu: Cpu): number => (isThere(cpu) ? cpu.get32(cell) : 0);
  const write = (cpu: Cpu, value: number): void => {
    if (isThere(cpu)) cpu.set32(cell, value & mask);
  };
  return { name, at: [14, 6, crn, 0, 0], access, storage: { kind: 'functions', read, write } };
}

/** ThumbEE and Jazelle, as far as they go. A2.10, A2.9. */
const executionEnvironmentRows: readonly CoprocessorRow[] = [
  thumbEeRow('TEECR', 0, thumbEe, sys.TEECR, 1),
  thumbEeRow('TEEHBR', 1, thumbEeHandlers, sys.TEEHBR, ~3),
  zero32('JIDR', [14, 7, 0, 0, 0], el1TrappedBy(Hcr.tid0)),
  zero32('JOSCR', [14, 7, 1, 0, 0], el1),
  zero32('JMCR', [14, 7, 2, 0, 0], el1),
];

export const cp14Rows: readonly CoprocessorRow[] = [...debugRows, ...executionEnvironmentRows];
