import { describe, expect, it } from 'vitest';
import { CODE, DATA, HYP_VECTORS, machine, VECTORS } from '../architecture.fixture.ts';
import { readCpsr } from '../exception/pstate.ts';
import { Ec } from '../fields/esr.ts';
import { Mode } from '../fields/psr.ts';

// Encodings are those of GNU as.
const SVC_12345 = 0xef01_2345;
const HVC_4321 = 0xe144_3271;
const SMC = 0xe160_0071;
const BKPT = 0xe121_2374;
const ERET = 0xe160_006e;
const SRSDB_SVC_WRITING = 0xf96d_0513;
const SRSIA_SYS = 0xf8cd_051f;
const RFEIA_R2_WRITING = 0xf8b2_0a00;
const RFEDB_R2 = 0xf912_0a00;
const SUBS_PC_LR_4 = 0xe25e_f004;
const BXJ_R3 = 0xe12f_ff23;
const UNDEFINED_VECTOR = VECTORS + 4;

describe('calls', () => {
  it('SVC, counted as retired, in A32 and T32', () => {
    const m = machine({ mode: Mode.usr, code: [SVC_12345] });
    m.run(1);
    expect([m.mode, m.pc, m.register('LR_svc')]).toEqual([Mode.svc, VECTORS + 8, CODE + 4]);
    expect(m.cpu.icount).toBe(1);
    const t = machine({ mode: Mode.usr, thumb: true, code: [0xdf12] });
    t.run(1);
    expect([t.pc, t.register('LR_svc'), t.register('SPSR_svc')]).toEqual([VECTORS + 8, CODE + 2, 0x1f0]);
  });
  it('HVC, from EL1 on', () => {
    const m = machine({ mode: Mode.svc, code: [HVC_4321] });
    m.run(1);
    expect([m.mode, m.pc, m.register('ELR_hyp')]).toEqual([Mode.hyp, HYP_VECTORS + 0x14, CODE + 4]);
    expect(m.register('HSR')).toBe((Ec.hvc32 << 26) | (1 << 25) | 0x4321);
    const t = machine({ mode: Mode.svc, thumb: true, code: [0xf7e4, 0x8321] });
    t.run(1);
    expect(t.register('HSR') & 0xffff).toBe(0x4321);
    const user = machine({ mode: Mode.usr, code: [HVC_4321] });
    user.run(1);
    expect(user.pc).toBe(UNDEFINED_VECTOR);
  });
  it('SMC, which only HCR.TSC makes something of', () => {
    const m = machine({ mode: Mode.svc, code: [SMC] });
    m.run(1);
    expect(m.pc).toBe(UNDEFINED_VECTOR);
    const trapped = machine({ mode: Mode.svc, code: [SMC], registers: { HCR: 1 << 19 } });
    trapped.run(1);
    expect([trapped.pc, trapped.register('ELR_hyp')]).toEqual([HYP_VECTORS + 0x14, CODE]);
    expect(trapped.register('HSR') >>> 0).toBe(((Ec.smc32 << 26) | (1 << 25)) >>> 0);
  });
  it('BKPT, even in an IT block whose condition fails', () => {
    const m = machine({ mode: Mode.svc, code: [BKPT] });
    m.run(1);
    expect([m.pc, m.register('LR_abt'), m.register('IFSR')]).toEqual([VECTORS + 0x0c, CODE + 4, 2]);
    // it eq; bkpt 7
    const t = machine({ mode: Mode.svc, thumb: true, code: [0xbf08, 0xbe07] });
    t.run(2);
    expect([t.pc, t.register('LR_abt')]).toEqual([VECTORS + 0x0c, CODE + 6]);
  });
  it('UDF and UDF.W', () => {
    for (const code of [[0xde01], [0xf7f0, 0xa001]]) {
      const m = machine({ mode: Mode.svc, thumb: true, code });
      m.run(1);
      expect([m.pc, m.register('LR_und')]).toEqual([UNDEFINED_VECTOR, CODE + 2]);
    }
  });
});

describe('returns', () => {
  it('SUBS PC, LR restores CPSR, and changes the instruction set', () => {
    const m = machine({ mode: Mode.irq, code: [SUBS_PC_LR_4], registers: { SPSR_irq: 0x6000_0030 } });
    m.setR(14, 0x9004);
    m.run(1);
    expect([readCpsr(m.cpu), m.pc]).toEqual([0x6000_0030, 0x9000]);
    const t = machine({ mode: Mode.abt, thumb: true, code: [0xf3de, 0x8f04], registers: { SPSR_abt: 0x13 } });
    t.setR(14, 0x9008);
    t.run(1);
    expect([readCpsr(t.cpu), t.pc]).toEqual([0x13, 0x9004]);
  });
  it('ERET takes ELR_hyp in Hyp mode, LR elsewhere', () => {
    const registers = { ELR_hyp: 0x9000, SPSR_hyp: 0x1d3, SPSR_svc: 0x10 };
    const hyp = machine({ mode: Mode.hyp, code: [ERET], registers });
    hyp.run(1);
    expect([hyp.mode, hyp.pc]).toEqual([Mode.svc, 0x9000]);
    const svc = machine({ mode: Mode.svc, code: [ERET], registers });
    svc.setR(14, 0x9100);
    svc.run(1);
    expect([svc.mode, svc.pc]).toEqual([Mode.usr, 0x9100]);
  });
  it('BXJ is BX', () => {
    const m = machine({ mode: Mode.svc, code: [BXJ_R3] });
    m.setR(3, 0x9001);
    m.run(1);
    expect([m.cpu.thumb, m.pc]).toEqual([true, 0x9000]);
    const trapped = machine({ mode: Mode.svc, code: [BXJ_R3], registers: { HSTR: 1 << 17 } });
    trapped.run(1);
    expect(trapped.register('HSR') >>> 26).toBe(Ec.bxj);
  });
});

describe('SRS and RFE', () => {
  it('store LR and SPSR on the stack of a mode', () => {
    const registers = { SPSR_irq: 0x6000_0010, SP_svc: DATA + 16 };
    const m = machine({ mode: Mode.irq, code: [SRSDB_SVC_WRITING], registers });
    m.setR(14, 0x1234);
    m.run(1);
    expect([m.word(DATA + 8), m.word(DATA + 12)]).toEqual([0x1234, 0x6000_0010]);
    expect(m.register('SP_svc')).toBe(DATA + 8);
  });
  it('of the current mode too, without write-back', () => {
    const m = machine({ mode: Mode.sys, code: [SRSIA_SYS] });
    m.setR(13, DATA);
    m.setR(14, 0x4321);
    m.run(1);
    expect([m.word(DATA), m.r(13)]).toEqual([0x4321, DATA]);
  });
  it('load PC and CPSR', () => {
    const m = machine({ mode: Mode.svc, code: [RFEIA_R2_WRITING] });
    m.setR(2, DATA);
    m.setWord(DATA, 0x9000);
    m.setWord(DATA + 4, 0x8000_0030);
    m.run(1);
    expect([readCpsr(m.cpu), m.pc, m.r(2)]).toEqual([0x8000_0030, 0x9000, DATA + 8]);
    const down = machine({ mode: Mode.svc, code: [RFEDB_R2] });
    down.setR(2, DATA + 8);
    down.setWord(DATA, 0x9000);
    down.setWord(DATA + 4, 0x1d3);
    down.run(1);
    expect([down.mode, down.pc, down.r(2)]).toEqual([Mode.svc, 0x9000, DATA + 8]);
  });
  it('in T32', () => {
    const m = machine({
      mode: Mode.abt,
      thumb: true,
      code: [0xe82d, 0xc013, 0xe992, 0xc000],
      registers: { SPSR_abt: 0x30, SP_svc: DATA + 8 },
    });
    m.setR(2, DATA);
    m.setR(14, 0x9000);
    m.run(2);
    expect([readCpsr(m.cpu), m.pc]).toEqual([0x30, 0x9000]);
  });
  it.each([
    ['SRS', SRSIA_SYS],
    ['RFE', RFEDB_R2],
  ])('%s is undefined in Hyp and user mode', (_, word) => {
    for (const [mode, vector] of [
      [Mode.usr, UNDEFINED_VECTOR],
      [Mode.hyp, HYP_VECTORS + 4],
    ] as const) {
      const m = machine({ mode, code: [word] });
      m.run(1);
      expect(m.pc).toBe(vector);
    }
  });
});
