import { describe, expect, it } from 'vitest';
import { CODE, DATA, HYP_VECTORS, machine, VECTOR_FROM_AARCH32, VECTORS } from '../architecture.fixture.ts';
import { readNzcv } from '../exception/pstate.ts';
import { Ec } from '../fields/esr.ts';
import { Mode } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';

// Encodings are those of GNU as.
const MRC_MIDR = 0xee10_0f10;
const MRC_ID_PFR0 = 0xee10_0f11;
const MCR_TPIDRURW_R1 = 0xee0d_1f50;
const MRC_TPIDRURW = 0xee1d_0f50;
const MRC_TPIDRURW_FLAGS = 0xee1d_ff50;
const MCR_TPIDRURO_R1 = 0xee0d_1f70;
const MCRR_TTBR0_R1_R2 = 0xec42_1f02;
const MRRC_TTBR0_R0_R3 = 0xec53_0f02;
const MRC_TTBR0 = 0xee12_0f10;
const MRRC_CNTVCT_R0_R3 = 0xec53_0f1e;
const MCR_CP15DMB = 0xee07_1fba;
const MCR_SCTLR_R1 = 0xee01_1f10;
const MRC_SCTLR = 0xee11_0f10;
const MRC_HCR = 0xee91_0f11;
const MRC_DBGDIDR = 0xee10_0e10;
const MRC_CP7 = 0xee10_0710;
const LDC_C5_R2_POST = 0xecb2_5e01;
const STC_C5_R2_4 = 0xed82_5e01;
const UNDEFINED_VECTOR = VECTORS + 4;

describe('MCR and MRC', () => {
  it('reach registers in cells, inline or by the run time', () => {
    const m = machine({ mode: Mode.svc, code: [MCR_TPIDRURW_R1, MRC_TPIDRURW, MCR_SCTLR_R1, MRC_SCTLR] });
    m.setR(1, 0x1234_5678);
    m.run(2);
    expect(m.r(0)).toBe(0x1234_5678);
    m.setR(1, 0);
    m.run(2);
    expect(m.r(0)).toBe(0x00c5_0058);
  });
  it('leave the upper half of a shared cell alone', () => {
    const m = machine({ mode: Mode.svc, code: [MCR_TPIDRURW_R1] });
    m.cpu.set64(sys.TPIDR_EL0, 0xaaaa_aaaa_0000_0000n);
    m.setR(1, 0x77);
    m.run(1);
    expect(m.cpu.get64(sys.TPIDR_EL0)).toBe(0xaaaa_aaaa_0000_0077n);
  });
  it('give the flags to R15', () => {
    const m = machine({ mode: Mode.svc, code: [MRC_TPIDRURW_FLAGS], registers: { TPIDRURW: 0xabcd_ef01 } });
    m.run(1);
    expect(readNzcv(m.cpu)).toBe(0xa000_0000);
  });
  it('read identification of the CPU, which a hypervisor can give another one', () => {
    const m = machine({ mode: Mode.svc, code: [MRC_MIDR], registers: { VPIDR: 0x4100_0001 } });
    m.run(1);
    expect(m.r(0)).toBe(0x4100_0001);
    const hyp = machine({ mode: Mode.hyp, code: [MRC_MIDR], registers: { VPIDR: 0x4100_0001 } });
    hyp.run(1);
    expect(hyp.r(0)).toBe(0x414f_c0f0);
  });
  it.each([
    ['what user mode may not write', Mode.usr, MCR_TPIDRURO_R1],
    ['Hyp mode’s registers at EL1', Mode.svc, MRC_HCR],
    ['another coprocessor', Mode.svc, MRC_CP7],
    ['a feature register in user mode', Mode.usr, MRC_ID_PFR0],
  ])('are undefined: %s', (_, mode, word) => {
    const m = machine({ mode, code: [word] });
    m.run(1);
    expect(m.pc).toBe(UNDEFINED_VECTOR);
  });
  it('are trapped to Hyp mode by HSTR and HCR, with a syndrome', () => {
    for (const registers of [{ HSTR: 1 }, { HCR: 1 << 18 }]) {
      const m = machine({ mode: Mode.svc, code: [MRC_ID_PFR0], registers });
      m.run(1);
      expect(m.pc).toBe(HYP_VECTORS + 0x14);
      expect(m.register('HSR') >>> 26).toBe(Ec.cp15_32);
      expect(m.register('HSR') & 0x1ff_ffff).toBe((1 << 24) | (14 << 20) | (1 << 1) | 1);
    }
  });
  it('are trapped to EL1 in AArch64 where EL1 in AArch32 has UNDEFINED', () => {
    const m = machine({ mode: Mode.usr, code: [MRRC_CNTVCT_R0_R3], under64: true });
    m.run(1);
    expect(m.pc).toBe(VECTOR_FROM_AARCH32);
    expect(m.cpu.get32(sys.ESR_EL1)).toBe((Ec.cp15_64 << 26) | 0x3e0_0000 | (1 << 16) | (3 << 10) | (14 << 1) | 1);
    const v7 = machine({ mode: Mode.usr, code: [MRRC_CNTVCT_R0_R3] });
    v7.run(1);
    expect(v7.pc).toBe(UNDEFINED_VECTOR);
  });
  it('are barriers in user mode, unless SCTLR.CP15BEN is clear', () => {
    const m = machine({ mode: Mode.usr, code: [MCR_CP15DMB] });
    m.run(1);
    expect(m.pc).toBe(CODE + 4);
    const off = machine({ mode: Mode.usr, code: [MCR_CP15DMB], registers: { SCTLR: 0 } });
    off.run(1);
    expect(off.pc).toBe(UNDEFINED_VECTOR);
  });
  it('go on within an IT block', () => {
    // itt eq; mcreq p15, 0, r1, c3, c0, 0; moveq r0, #1
    const m = machine({ mode: Mode.svc, thumb: true, code: [0xbf04, 0xee03, 0x1f10, 0x2001] });
    m.cpu.set32(cells.FLAGS_KIND, 0);
    m.cpu.set32(cells.FLAGS_A, 0x4000_0000);
    m.run(3);
    expect([m.r(0), m.pc]).toEqual([1, CODE + 8]);
  });
});

describe('MCRR and MRRC', () => {
  it('transfer 64 bits, of which MRC reads the low ones', () => {
    const m = machine({ mode: Mode.svc, code: [MCRR_TTBR0_R1_R2, MRRC_TTBR0_R0_R3, MRC_TTBR0] });
    m.setR(1, 0x8000_4000);
    m.setR(2, 0xffff_ffff);
    m.run(2);
    expect([m.r(0), m.r(3)]).toEqual([0x8000_4000, 0x00ff_00ff]);
    m.run(1);
    expect(m.r(0)).toBe(0x8000_4000);
  });
  it('read the counter where CNTKCTL lets user mode', () => {
    const m = machine({ mode: Mode.usr, code: [MRRC_CNTVCT_R0_R3], registers: { CNTKCTL: 2 } });
    m.run(1);
    expect([m.r(0), m.r(3)]).toEqual([0, 0]);
  });
});

describe('CP14', () => {
  it('has the debug architecture that DBGDIDR tells of', () => {
    const m = machine({ mode: Mode.svc, code: [MRC_DBGDIDR] });
    m.run(1);
    // WRPs, BRPs, CTX_CMPs and Version: 7.1.
    expect(m.r(0) >>> 16).toBe(0x3515);
  });
  it('is trapped by HDCR.TDA', () => {
    const m = machine({ mode: Mode.svc, code: [MRC_DBGDIDR], registers: { HDCR: 1 << 9 } });
    m.run(1);
    expect(m.register('HSR') >>> 26).toBe(Ec.cp14_32);
  });
  it('swallows words, and gives zeros', () => {
    const m = machine({ mode: Mode.svc, code: [LDC_C5_R2_POST, STC_C5_R2_4] });
    m.setR(2, DATA);
    m.setWord(DATA + 8, 0x55);
    m.run(2);
    expect([m.r(2), m.word(DATA + 8)]).toEqual([DATA + 4, 0]);
  });
});
