import { Hstr } from '../../fields/coprocessor-access.ts';
import { Mdcr } from '../../fields/debug.ts';
import { Hcr } from '../../fields/hcr.ts';
import { Sctlr } from '../../fields/sctlr.ts';
import type { TranslationConfig } from '../../ir/config.ts';
import type { AccessRule, Verdict } from '../access-rule.ts';
import type { CoprocessorRow } from './row.ts';

/** CRm of what HCR.TIDCP traps, by CRn: lockdown, DMA and TCM operations. Arm ARM DDI 0406C, B1.14.6. */
const implementationDefined: { readonly [crn: number]: readonly number[] } = {
  9: [0, 1, 2, 5, 6, 7, 8],
  10: [0, 1, 4, 8],
  11: [0, 1, 2, 3, 4, 5, 6, 7, 8, 15],
};

/**
 * What becomes of an access to CP15 or CP14: where there is a row, by its rule; below EL2 the coarse traps come before. Of user
 * mode's accesses, what is UNDEFINED there stays so. `crn` is CRm of MCRR and MRRC, which HSTR counts alike.
 */
export function accessVerdict(
  config: TranslationConfig,
  row: CoprocessorRow | undefined,
  coprocessor: number,
  crn: number,
  crm: number | null,
  write: boolean,
): Verdict {
  const own = row === undefined ? 'undefined' : row.access(config, write);
  if (coprocessor !== 15 || config.el === 2) return own;
  if (config.el === 0 && (own === 'undefined' || own === 1)) return own;
  if (((config.hstr & 0xffff) >>> crn) & 1) return 2;
  const isTidcp = crm !== null && (implementationDefined[crn]?.includes(crm) ?? false);
  return config.el === 1 && config.hcr & Hcr.tidcp && isTidcp ? 2 : own;
}

/** The CP15 barriers, which SCTLR may disable. */
export const barrier: AccessRule = (c) => (c.sctlr & Sctlr.cp15ben ? 'ok' : 'undefined');

export const thumbEe: AccessRule = (c) => (c.el === 0 ? 'undefined' : c.el === 1 && c.hstr & Hstr.ttee ? 2 : 'ok');
/** TEEHBR, which user mode has as well (TEECR.XED aside, which nobody sets). */
export const thumbEeHandlers: AccessRule = (c) => (c.el < 2 && c.hstr & Hstr.ttee ? 2 : 'ok');

/** Performance monitors: where there are none, all that is left is that a hypervisor may see the attempt. */
export const monitorTrappedBy =
  (hdcr: number, rule: AccessRule = () => 'undefined'): AccessRule =>
  (c, write) => {
    if (c.pmu) return rule(c, write);
    return c.el === 1 && c.mdcr & (hdcr | Mdcr.tpm) ? 2 : 'undefined';
  };
/** Those that ARMv7 has not. */
export const ofPmuv3 =
  (rule: AccessRule): AccessRule =>
  (c, write) =>
    c.pmu === 3 ? rule(c, write) : 'undefined';
