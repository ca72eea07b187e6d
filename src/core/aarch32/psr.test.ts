import { describe, expect, it } from 'vitest';
import { CODE, DATA, machine, VECTOR_FROM_AARCH32, VECTORS } from '../architecture.fixture.ts';
import { readCpsr } from '../exception/pstate.ts';
import { Ec } from '../fields/esr.ts';
import { Mode, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';

// Encodings are those of GNU as.
const MRS_R0_CPSR = 0xe10f_0000;
const MRS_R0_SPSR = 0xe14f_0000;
const MSR_CPSR_F_R1 = 0xe128_f001;
const MSR_CPSR_FSXC_R1 = 0xe12f_f001;
const MSR_CPSR_C_R1 = 0xe121_f001;
const MSR_CPSR_X_R1 = 0xe122_f001;
const MSR_CPSR_C_D3 = 0xe321_f0d3;
const MSR_SPSR_CXSF_R1 = 0xe16f_f001;
const MSR_SPSR_C_FF = 0xe361_f0ff;
const CPSID_AIF = 0xf10c_01c0;
const CPSIE_I = 0xf108_0080;
const CPS_IRQ = 0xf102_0012;
const CPSID_I_ABT = 0xf10e_0097;
const SETEND_BE = 0xf101_0200;
const SETEND_LE = 0xf101_0000;
const LDR_R3_R2 = 0xe592_3000;
const UNDEFINED_VECTOR = VECTORS + 4;

describe('MRS', () => {
  it('shows CPSR without its execution state', () => {
    const m = machine({ mode: Mode.svc, code: [MSR_CPSR_F_R1, MRS_R0_CPSR] });
    m.setR(1, 0xffff_ffff);
    m.run(2);
    expect(m.r(0)).toBe(0xf800_01d3);
  });
  it('shows it in T32 too', () => {
    const m = machine({ mode: Mode.sys, thumb: true, code: [0xf381, 0x8800, 0xf3ef, 0x8000] });
    m.setR(1, 0x6000_0000);
    m.run(2);
    expect(m.r(0)).toBe(0x6000_01df);
  });
  it('of SPSR reads that of the mode; user mode has none', () => {
    const m = machine({ mode: Mode.abt, code: [MRS_R0_SPSR], registers: { SPSR_abt: 0x6123_4567 } });
    m.run(1);
    expect(m.r(0)).toBe(0x6123_4567);
    const user = machine({ mode: Mode.usr, code: [MRS_R0_SPSR] });
    user.run(1);
    expect(user.pc).toBe(UNDEFINED_VECTOR);
  });
});

describe('MSR', () => {
  it('writes flags and masks in place, and changes modes', () => {
    const m = machine({ mode: Mode.svc, code: [MSR_CPSR_C_D3, MSR_CPSR_FSXC_R1, MRS_R0_CPSR] });
    m.setR(1, 0xa80f_0000 | 0x92);
    m.setR(13, 0x1111);
    m.run(1);
    expect(readCpsr(m.cpu)).toBe(0x1d3);
    m.run(2);
    expect(m.r(0)).toBe(0xa80f_0092);
    expect(m.mode).toBe(Mode.irq);
    expect(m.register('SP_svc')).toBe(0x1111);
  });
  it('in user mode reaches the flags and E', () => {
    const m = machine({ mode: Mode.usr, code: [MSR_CPSR_FSXC_R1, LDR_R3_R2] });
    m.setR(1, 0xf80f_03d3);
    m.setR(2, DATA);
    m.setWord(DATA, 0x0102_0304);
    m.run(2);
    expect(readCpsr(m.cpu)).toBe(0xf80f_03d0);
    expect(m.r(3)).toBe(0x0403_0201);
  });
  it('lets an interrupt in that it unmasks', () => {
    const m = machine({ mode: Mode.svc, code: [MSR_CPSR_C_R1, MRS_R0_CPSR] });
    m.setR(1, Mode.svc);
    m.cpu.system.physical.setLevel(27, true);
    m.cpu.system.physical.setEnabled(27, true);
    m.run(1);
    m.run(0);
    expect(m.pc).toBe(VECTORS + 0x18);
    expect(m.register('LR_irq')).toBe(CODE + 8);
  });
  it('to a mode that is none sets PSTATE.IL, and the next instruction is undefined', () => {
    const m = machine({ mode: Mode.svc, code: [MSR_CPSR_C_R1, MRS_R0_CPSR] });
    m.setR(1, 0xd4);
    m.run(1);
    expect(m.cpu.get32(cells.PSTATE_SS_IL)).toBe(Pstate.il);
    m.run(1);
    expect(m.pc).toBe(UNDEFINED_VECTOR);
    expect(m.register('SPSR_und') & Pstate.il).toBe(Pstate.il);
  });
  it('of SPSR writes the bytes it names', () => {
    const m = machine({ mode: Mode.fiq, code: [MSR_SPSR_CXSF_R1, MSR_SPSR_C_FF] });
    m.setR(1, 0x1234_5678);
    m.run(2);
    expect(m.register('SPSR_fiq')).toBe(0x1234_56ff);
  });
  it('of E alone changes the byte order', () => {
    const m = machine({ mode: Mode.svc, code: [MSR_CPSR_X_R1, LDR_R3_R2] });
    m.setR(1, 0x300);
    m.setR(2, DATA);
    m.setWord(DATA, 0x0102_0304);
    m.run(2);
    expect(m.r(3)).toBe(0x0403_0201);
    expect(m.mode).toBe(Mode.svc);
  });
});

describe('CPS', () => {
  it('sets and clears masks, and changes the mode', () => {
    const m = machine({ mode: Mode.svc, code: [CPSIE_I, CPSID_AIF, CPS_IRQ, CPSIE_I, CPSID_I_ABT] });
    m.run(1);
    expect(readCpsr(m.cpu)).toBe(0x153);
    m.run(2);
    expect(readCpsr(m.cpu)).toBe(0x1d2);
    m.run(2);
    expect(readCpsr(m.cpu)).toBe(0x1d7);
  });
  it('with 16 bits, and with 32 in T32', () => {
    const m = machine({ mode: Mode.svc, thumb: true, code: [0xb661, 0xf3af, 0x811f, 0xb672] });
    m.run(3);
    expect(readCpsr(m.cpu)).toBe(0x1bf);
  });
  it('has no effect in user mode', () => {
    const m = machine({ mode: Mode.usr, code: [CPSIE_I, CPS_IRQ] });
    m.run(2);
    expect(readCpsr(m.cpu)).toBe(0x1d0);
    expect(m.pc).toBe(CODE + 8);
  });
});

describe('SETEND', () => {
  it('changes the byte order of what follows', () => {
    const m = machine({ mode: Mode.usr, code: [SETEND_BE, LDR_R3_R2, SETEND_LE, SETEND_LE] });
    m.setR(2, DATA);
    m.setWord(DATA, 0x0102_0304);
    m.run(2);
    expect(m.r(3)).toBe(0x0403_0201);
    m.run(2);
    expect(readCpsr(m.cpu)).toBe(0x1d0);
  });
  it('is undefined where SCTLR_EL1.SED says so', () => {
    const m = machine({ mode: Mode.usr, code: [SETEND_BE], under64: true });
    m.cpu.set32(sys.SCTLR_EL1, 1 << 8);
    m.cpu.system.configChanged();
    m.run(1);
    expect(m.pc).toBe(VECTOR_FROM_AARCH32);
    expect(m.cpu.get32(sys.ESR_EL1) >>> 26).toBe(Ec.unknown);
  });
});

describe('banked registers', () => {
  const MRS_R0_SP_USR = 0xe105_0200;
  const MSR_LR_IRQ_R1 = 0xe120_f301;
  const MRS_R0_SPSR_ABT = 0xe144_0300;
  const MRS_R0_R9_FIQ = 0xe109_0200;
  const MRS_R0_ELR_HYP = 0xe10e_0300;
  const MRS_R0_SPSR_HYP = 0xe14e_0300;
  it('are read and written from another mode', () => {
    const registers = { SP_usr: 0x1301, R9_fiq: 0x909, SPSR_abt: 0x717 };
    const m = machine({ mode: Mode.svc, code: [MRS_R0_SP_USR, MSR_LR_IRQ_R1], registers });
    m.setR(1, 0x1414);
    m.run(2);
    expect([m.r(0), m.register('LR_irq')]).toEqual([0x1301, 0x1414]);
    for (const [word, value] of [
      [MRS_R0_R9_FIQ, 0x909],
      [MRS_R0_SPSR_ABT, 0x717],
    ] as const) {
      const other = machine({ mode: Mode.svc, code: [word], registers });
      other.run(1);
      expect(other.r(0)).toBe(value);
    }
  });
  it('in T32', () => {
    const m = machine({
      mode: Mode.svc,
      thumb: true,
      code: [0xf381, 0x8620, 0xf3e1, 0x8030],
      registers: { SP_irq: 0x22 },
    });
    m.setR(1, 0x55);
    m.run(2);
    expect([m.register('LR_usr'), m.r(0)]).toEqual([0x55, 0x22]);
  });
  it('are nothing for user mode', () => {
    const m = machine({ mode: Mode.usr, code: [MRS_R0_SP_USR] });
    m.run(1);
    expect(m.pc).toBe(UNDEFINED_VECTOR);
  });
  it.each([
    ['ELR_hyp is Hyp mode’s', Mode.hyp, MRS_R0_ELR_HYP, CODE + 4],
    ['ELR_hyp is not EL1’s', Mode.svc, MRS_R0_ELR_HYP, UNDEFINED_VECTOR],
    ['SPSR_hyp is Monitor mode’s', Mode.hyp, MRS_R0_SPSR_HYP, 0x6004],
  ] as const)('%s', (_, mode, word, pc) => {
    const m = machine({ mode, code: [word] });
    m.run(1);
    expect(m.pc).toBe(pc);
  });
});
