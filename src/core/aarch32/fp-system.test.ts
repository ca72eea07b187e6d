import { describe, expect, it } from 'vitest';
import { CODE, HYP_VECTORS, machine, VECTORS } from '../architecture.fixture.ts';
import { readNzcv } from '../exception/pstate.ts';
import { Ec } from '../fields/esr.ts';
import { Mode } from '../fields/psr.ts';

// Encodings are those of GNU as.
const VMRS_R0_FPSCR = 0xeef1_0a10;
const VMSR_FPSCR_R1 = 0xeee1_1a10;
const VMRS_R0_FPEXC = 0xeef8_0a10;
const VMSR_FPEXC_R1 = 0xeee8_1a10;
const VMRS_R0_MVFR0 = 0xeef7_0a10;
const VMRS_R0_FPSID = 0xeef0_0a10;
const VMRS_FLAGS = 0xeef1_fa10;
const VADD_F32 = 0xee30_0a81;
const UNDEFINED_VECTOR = VECTORS + 4;
const DISABLED = { FPEXC: 0 };

describe('VMRS and VMSR', () => {
  it('transfer FPSCR, as far as its bits are there', () => {
    const m = machine({ mode: Mode.usr, code: [VMSR_FPSCR_R1, VMRS_R0_FPSCR, VMRS_FLAGS] });
    m.setR(1, 0xffff_ffff);
    m.run(3);
    expect(m.r(0)).toBe(0xfff7_009f);
    expect(readNzcv(m.cpu)).toBe(0xf000_0000);
  });
  it('in T32', () => {
    const m = machine({ mode: Mode.usr, thumb: true, code: [0xeef1, 0x0a10], registers: { FPSCR: 0x0300_0000 } });
    m.run(1);
    expect(m.r(0)).toBe(0x0300_0000);
  });
  it('identify VFP at EL1, whether it is enabled or not', () => {
    const m = machine({ mode: Mode.svc, code: [VMRS_R0_FPSID], registers: DISABLED });
    m.run(1);
    expect(m.r(0)).toBe(0x4104_30f0);
    const user = machine({ mode: Mode.usr, code: [VMRS_R0_FPSID] });
    user.run(1);
    expect(user.pc).toBe(UNDEFINED_VECTOR);
  });
  it('enable VFP', () => {
    const m = machine({
      mode: Mode.svc,
      code: [VMRS_R0_FPEXC, VMSR_FPEXC_R1, VADD_F32, VMRS_R0_FPEXC],
      registers: DISABLED,
    });
    m.setR(1, 0xffff_ffff);
    m.run(4);
    expect([m.r(0), m.pc]).toEqual([1 << 30, CODE + 16]);
  });
  it('are trapped by HCR.TID0 and TID3', () => {
    const m = machine({ mode: Mode.svc, code: [VMRS_R0_MVFR0], registers: { HCR: 1 << 18 } });
    m.run(1);
    expect(m.pc).toBe(HYP_VECTORS + 0x14);
    expect(m.register('HSR') >>> 26).toBe(Ec.cp10Id);
    const fpsid = machine({ mode: Mode.svc, code: [VMRS_R0_FPSID], registers: { HCR: 1 << 15 } });
    fpsid.run(1);
    expect(fpsid.register('HSR') >>> 26).toBe(Ec.cp10Id);
  });
});

describe('VFP is refused', () => {
  it.each([
    ['FPSCR while FPEXC.EN is 0', VMRS_R0_FPSCR, Mode.svc, DISABLED],
    ['data processing while FPEXC.EN is 0', VADD_F32, Mode.usr, DISABLED],
    ['everything by CPACR', VMRS_R0_FPEXC, Mode.svc, { CPACR: 0 }],
    ['in user mode by CPACR', VADD_F32, Mode.usr, { CPACR: 0x0050_0000 }],
  ] as const)('%s', (_, word, mode, registers) => {
    const m = machine({ mode, code: [word], registers });
    m.run(1);
    expect(m.pc).toBe(UNDEFINED_VECTOR);
  });
  it('by HCPTR, to Hyp mode', () => {
    const m = machine({ mode: Mode.usr, code: [VADD_F32], registers: { HCPTR: 3 << 10 } });
    m.run(1);
    expect(m.register('HSR') >>> 26).toBe(Ec.fpAccess);
    expect(m.register('HSR') & 0x3f).toBe(10);
  });
  it('and asked for again behind a change of FPEXC', () => {
    const m = machine({ mode: Mode.svc, code: [VADD_F32, VMSR_FPEXC_R1, VADD_F32] });
    m.setR(1, 0);
    m.run(3);
    expect([m.pc, m.register('LR_und')]).toEqual([UNDEFINED_VECTOR, CODE + 12]);
  });
});
