import { describe, expect, it } from 'vitest';
import { CODE, HYP_VECTORS, machine } from '../architecture.fixture.ts';
import { Ec } from '../fields/esr.ts';
import { Hcr } from '../fields/hcr.ts';
import { Mode } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';

// Encodings are those of GNU as.
const WFI = 0xe320_f003;
const WFI_EQ = 0x0320_f003;
const WFE = 0xe320_f002;
const SEV = 0xe320_f004;
const YIELD = 0xe320_f001;
const ISB = 0xf57f_f06f;
const DSB = 0xf57f_f04f;
const DMB = 0xf57f_f05f;

describe('hints', () => {
  it('that do nothing, and barriers', () => {
    const m = machine({ mode: Mode.usr, code: [YIELD, DSB, DMB, ISB] });
    m.run(4);
    expect(m.pc).toBe(CODE + 16);
  });
  it('WFI stops until there is something', () => {
    const m = machine({ mode: Mode.svc, code: [WFI] });
    expect(m.run(5)).toBe('wfi');
    expect(m.pc).toBe(CODE + 4);
  });
  it('SEV leaves an event for WFE', () => {
    const m = machine({ mode: Mode.svc, code: [SEV, WFE], registers: { HCR: Hcr.twe } });
    m.run(1);
    expect(m.cpu.get32(cells.EVENT_REGISTER)).toBe(1);
    m.run(1);
    expect([m.pc, m.cpu.get32(cells.EVENT_REGISTER)]).toEqual([CODE + 8, 0]);
  });
  it.each([
    ['WFI in A32', false, [WFI], Hcr.twi, 0xe, 0, 1],
    ['WFE in A32', false, [WFE], Hcr.twe, 0xe, 1, 1],
    ['WFI with 16 bits', true, [0xbf30], Hcr.twi, 0xe, 0, 0],
    ['WFI with 32 bits in T32', true, [0xf3af, 0x8003], Hcr.twi, 0xe, 0, 1],
  ] as const)('%s is trapped where it would wait', (_, thumb, code, hcr, cond, ti, il) => {
    const m = machine({ mode: Mode.svc, thumb, code, registers: { HCR: hcr } });
    m.run(1);
    expect([m.pc, m.register('ELR_hyp')]).toEqual([HYP_VECTORS + 0x14, CODE]);
    expect(m.register('HSR')).toBe((Ec.wfx << 26) | (il << 25) | (1 << 24) | (cond << 20) | ti);
  });
  it('tell the condition they had', () => {
    const m = machine({ mode: Mode.svc, code: [WFI_EQ], registers: { HCR: Hcr.twi } });
    m.cpu.set32(cells.FLAGS_A, 0x4000_0000);
    m.run(1);
    expect((m.register('HSR') >>> 20) & 15).toBe(0);
  });
});
