import { undefinedInstruction } from '../../exception/synchronous.ts';
import { Mdcr, Mdscr } from '../../fields/debug.ts';
import { Hcr } from '../../fields/hcr.ts';
import { sys } from '../../state/system-cells.ts';
import { debugChannel, el1, el1DebugTrappedBy, el1TrappedBy, readOnly, writeOnly } from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import type { Cpu } from '../cpu.ts';
import { thumbEe, thumbEeHandlers } from './access.ts';
import { type CoprocessorRow, read32, zero32 } from './row.ts';

const debug = el1DebugTrappedBy(Mdcr.tda);
const osLock = el1DebugTrappedBy(Mdcr.tdosa);
/** DBGDRAR and DBGDSAR, at EL0 as the debug channel. */
const debugRom: AccessRule = (c, write) => {
  const verdict = debugChannel(c, write);
  return c.el < 2 && c.mdcr & Mdcr.tdra ? 2 : verdict;
};

/**
 * CP14's debug registers, as many as a program asks before it knows that there is no debug architecture: DBGDIDR has no
 * version of one. Nobody is at the other end of the communications channel. Arm ARM DDI 0406C, C11.11.
 */
const debugRows: readonly CoprocessorRow[] = [
  zero32('DBGDIDR', [14, 0, 0, 0, 0], readOnly(debugChannel)),
  read32('DBGDSCRint', [14, 0, 0, 1, 0], readOnly(debugChannel), (cpu) => cpu.get32(sys.MDSCR_EL1) & Mdscr.moe),
  zero32('DBGDTRint', [14, 0, 0, 5, 0], debugChannel),
  zero32('DBGDRAR', [14, 0, 1, 0, 0], readOnly(debugRom)),
  zero32('DBGDRAR', [14, 0, 1], readOnly(debugRom)),
  zero32('DBGDSAR', [14, 0, 2, 0, 0], readOnly(debugRom)),
  zero32('DBGDSAR', [14, 0, 2], readOnly(debugRom)),
  zero32('DBGOSLAR', [14, 0, 1, 0, 4], writeOnly(osLock)),
  zero32('DBGOSLSR', [14, 0, 1, 1, 4], readOnly(osLock)),
  zero32('DBGOSDLR', [14, 0, 1, 3, 4], osLock),
  zero32('DBGPRCR', [14, 0, 1, 4, 4], osLock),
  zero32('DBGVCR', [14, 0, 0, 7, 0], debug),
  zero32('DBGDSCRext', [14, 0, 0, 2, 2], debug),
  zero32('DBGAUTHSTATUS', [14, 0, 7, 14, 6], readOnly(debug)),
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
