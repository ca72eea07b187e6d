import { describe, expect, it } from 'vitest';
import type { TranslationConfig } from '../../ir/config.ts';
import { accessVerdict, barrier, monitorTrappedBy, thumbEe } from './access.ts';
import { coprocessorRows, findCoprocessorRow } from './index.ts';
import { narrowKey, wideKey } from './row.ts';

type Config = Partial<TranslationConfig>;
const config = (c: Config): TranslationConfig =>
  ({ el: 1, hcr: 0, hstr: 0, mdcr: 0, sctlr: 0, cntkctl: 0, cnthctl: 3, ...c }) as TranslationConfig;

/** MRC or MCR of p15. */
function verdict(at: readonly [number, number, number, number], c: Config, write = false) {
  const row = coprocessorRows[findCoprocessorRow(narrowKey(15, ...at))];
  return accessVerdict(config(c), row, 15, at[1], at[2], write);
}
const SCTLR = [0, 1, 0, 0] as const;
const TPIDRURW = [0, 13, 0, 2] as const;
const L2CTLR = [1, 9, 0, 2] as const;
const NONE = [0, 11, 3, 0] as const;
const CNTFRQ = [0, 14, 0, 0] as const;
const HCR_TIDCP = 1 << 20;

describe('the coarse traps of CP15', () => {
  it('HSTR is by CRn, below EL2, whether there is a register or not', () => {
    expect(verdict(SCTLR, { hstr: 1 << 1 })).toBe(2);
    expect(verdict(SCTLR, { hstr: 1 << 2 })).toBe('ok');
    expect(verdict(SCTLR, { el: 2, hstr: 1 << 1 })).toBe('ok');
    expect(verdict(NONE, { hstr: 1 << 11 })).toBe(2);
    expect(verdict(TPIDRURW, { el: 0, hstr: 1 << 13 })).toBe(2);
    expect(verdict(SCTLR, { el: 0, hstr: 1 << 1 })).toBe('undefined');
  });
  it('HSTR takes CRm of MRRC for it', () => {
    const row = coprocessorRows[findCoprocessorRow(wideKey(15, 0, 2))];
    expect(accessVerdict(config({ hstr: 1 << 2 }), row, 15, 2, null, false)).toBe(2);
    expect(accessVerdict(config({ hcr: HCR_TIDCP }), row, 15, 9, null, false)).toBe('ok');
  });
  it('HCR.TIDCP is for lockdown, DMA and TCM, at EL1', () => {
    expect(verdict(L2CTLR, {})).toBe('ok');
    expect(verdict(L2CTLR, { hcr: HCR_TIDCP })).toBe(2);
    expect(verdict(NONE, { hcr: HCR_TIDCP })).toBe(2);
    expect(verdict(NONE, {})).toBe('undefined');
    expect(verdict([0, 10, 2, 0], { hcr: HCR_TIDCP })).toBe('ok');
  });
  it('what EL1 refuses user mode goes before', () => {
    expect(verdict(CNTFRQ, { el: 0 })).toBe(1);
    expect(verdict(CNTFRQ, { el: 0, cntkctl: 1 })).toBe('ok');
  });
});

describe('rules of AArch32', () => {
  it('barriers follow SCTLR.CP15BEN', () => {
    expect(barrier(config({ el: 0 }), true)).toBe('undefined');
    expect(barrier(config({ el: 0, sctlr: 1 << 5 }), true)).toBe('ok');
  });
  it('ThumbEE has a trap of its own', () => {
    expect(thumbEe(config({ hstr: 1 << 16 }), false)).toBe(2);
    expect(thumbEe(config({ el: 0 }), false)).toBe('undefined');
  });
  it('performance monitors are not there, but a hypervisor may see the attempt', () => {
    const rule = monitorTrappedBy(1 << 5);
    expect(rule(config({}), false)).toBe('undefined');
    expect(rule(config({ mdcr: 1 << 5 }), false)).toBe(2);
    expect(rule(config({ mdcr: 1 << 6 }), false)).toBe(2);
    expect(rule(config({ el: 0, mdcr: 1 << 6 }), false)).toBe('undefined');
  });
});
