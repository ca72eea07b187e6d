import { describe, expect, it } from 'vitest';
import { Ec } from '../fields/esr.ts';
import { Hcr } from '../fields/hcr.ts';
import { Mode, Pstate } from '../fields/psr.ts';
import { Ttbcr } from '../fields/translation.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall } from '../state/codes.ts';
import { sys } from '../state/system-cells.ts';
import type { Cpu } from '../system/cpu.ts';
import { call, cpuIn } from './aarch32.fixture.ts';
import { takeException } from './entry.ts';
import { Line, pendingInterrupt, setPhysicalLine, updateInterruptPending } from './interrupts.ts';
import { selectMode } from './modes.ts';
import { readCpsr, readSpsr, writeNzcv } from './pstate.ts';
import { exceptionReturn } from './return.ts';
import { alignmentAbort, externalAbort, pcAlignment, translationAbort, undefinedInstruction } from './synchronous.ts';

const lr = (cpu: Cpu): number => cpu.get32(cells.X + 8 * 14);
const read = { execute: false, write: false };
const write = { execute: false, write: true };
const fetch = { execute: true, write: false };
const fault = (status: number, shortStatus: number, domain = 0) =>
  ({ status, shortStatus, domain, stage: 1, s1ptw: false, ipa: 0 }) as const;

describe('exceptions that EL1 takes in AArch32', () => {
  // Arm ARM DDI 0406C, tables B1-3, B1-6 and B1-7.
  const kinds = [
    ['undefined', (c: Cpu) => undefinedInstruction(c), Mode.und, 0x04, 4, 2, 0x80],
    ['SVC', (c: Cpu) => call(c, ExceptionCall.svc, 7), Mode.svc, 0x08, 4, 2, 0x80],
    [
      'prefetch abort',
      (c: Cpu) => translationAbort(c, fault(5, 5), fetch, 0x8000, 0, () => 0),
      Mode.abt,
      0x0c,
      4,
      4,
      0x180,
    ],
    ['BKPT', (c: Cpu) => call(c, ExceptionCall.brk, 1), Mode.abt, 0x0c, 4, 4, 0x180],
    ['data abort', (c: Cpu) => translationAbort(c, fault(5, 5), read, 4, 0, () => 0), Mode.abt, 0x10, 8, 8, 0x180],
    ['IRQ', () => ({ kind: 'irq', target: 1, ec: 0, iss: 0, returnOffset: 0 }) as const, Mode.irq, 0x18, 4, 4, 0x180],
    ['FIQ', () => ({ kind: 'fiq', target: 1, ec: 0, iss: 0, returnOffset: 0 }) as const, Mode.fiq, 0x1c, 4, 4, 0x1c0],
    [
      'asynchronous abort',
      () => ({ kind: 'serror', target: 1, ec: Ec.serror, iss: 0, returnOffset: 0 }) as const,
      Mode.abt,
      0x10,
      8,
      8,
      0x180,
    ],
  ] as const;
  it.each(kinds)('%s', (_, make, mode, vector, a32, t32, masks) => {
    for (const thumb of [false, true]) {
      const cpu = cpuIn(Mode.usr, { thumb });
      writeNzcv(cpu, 0x4000_0000);
      const before = readCpsr(cpu);
      takeException(cpu, make(cpu));
      expect(cpu.get32(cells.AARCH32_MODE)).toBe(mode);
      expect(cpu.pc).toBe(BigInt(0x4000 + vector));
      expect(cpu.thumb).toBe(false);
      expect(lr(cpu)).toBe(0x8000 + (thumb ? t32 : a32));
      expect(cpu.get32(cells.DAIF)).toBe(masks);
      exceptionReturnTo(cpu, 0x8000);
      expect(readCpsr(cpu)).toBe(before);
      expect(cpu.pc).toBe(0x8000n);
    }
  });
  function exceptionReturnTo(cpu: Cpu, target: number): void {
    cpu.set32(cells.EXIT_ARGUMENT, 0);
    cpu.set32(cells.ARG_VALUE, target);
    exceptionReturn(cpu);
  }
  it('go to high vectors, in T32 and big-endian, as SCTLR says', () => {
    const cpu = cpuIn(Mode.svc);
    cpu.set32(sys.SCTLR_EL1, (1 << 13) | (1 << 25) | (1 << 30));
    takeException(cpu, undefinedInstruction(cpu));
    expect(cpu.pc).toBe(0xffff_0004n);
    expect(cpu.thumb).toBe(true);
    expect(cpu.get32(cells.CPSR_E)).toBe(1 << 9);
  });
  it('leave IT blocks', () => {
    const cpu = cpuIn(Mode.usr, { thumb: true });
    cpu.set32(cells.ITSTATE, 0b0001_1000);
    takeException(cpu, undefinedInstruction(cpu));
    expect(cpu.get32(cells.ITSTATE)).toBe(0);
    expect(cpu.get32(sys.SPSR_und) & 0x0600_fc00).toBe(0b000110 << 10);
    exceptionReturnTo(cpu, 0x8002);
    expect(cpu.get32(cells.ITSTATE)).toBe(0b0001_1000);
  });
  it('of SVC are taken behind it in its IT block', () => {
    const cpu = cpuIn(Mode.usr, { thumb: true });
    cpu.set32(cells.ITSTATE, 0b0001_1100);
    takeException(cpu, call(cpu, ExceptionCall.svc, 0));
    expect(cpu.get32(sys.SPSR_EL1) & 0x0600_fc00).toBe(0b000110 << 10);
  });
  it('give the fault in the format that TTBCR selects', () => {
    const cpu = cpuIn(Mode.usr);
    takeException(
      cpu,
      translationAbort(cpu, fault(0x07, 0b00111, 3), write, 0x1234, 0, () => 0),
    );
    expect(cpu.get32(sys.ESR_EL1)).toBe((1 << 11) | (3 << 4) | 0b0111);
    expect(cpu.get32(sys.FAR_EL1)).toBe(0x1234);
    cpu.set32(sys.TCR_EL1, Ttbcr.eae);
    takeException(
      cpu,
      translationAbort(cpu, fault(0x07, 0b00111, 3), write, 0x1234, 0, () => 0),
    );
    expect(cpu.get32(sys.ESR_EL1)).toBe((1 << 11) | (1 << 9) | 0x07);
  });
  it('give instruction faults registers of their own', () => {
    const cpu = cpuIn(Mode.usr);
    cpu.set32(sys.ESR_EL1, 0x55);
    takeException(
      cpu,
      translationAbort(cpu, fault(0x0f, 0b01111, 1), fetch, 0x8000, 0, () => 0),
    );
    expect(cpu.get32(sys.IFSR32_EL2)).toBe((1 << 4) | 0b1111);
    expect(cpu.get32(sys.FAR_EL1 + 4)).toBe(0x8000);
    expect(cpu.get32(sys.ESR_EL1)).toBe(0x55);
  });
  it('report alignment, external aborts and breakpoints', () => {
    const cpu = cpuIn(Mode.usr);
    expect(alignmentAbort(cpu, write, 3, 0)).toMatchObject({ fsr: 0x801, far: 3n });
    expect(externalAbort(cpu, read, 8, 0)).toMatchObject({ fsr: 0x008 });
    expect(call(cpu, ExceptionCall.brk, 3)).toMatchObject({ target: 1, fsr: 0x002 });
    expect(pcAlignment(cpu)).toMatchObject({ ec: Ec.iabtLow, fsr: 0x001, far: 0x8000n });
    const asynchronous = cpuIn(Mode.usr);
    takeException(asynchronous, { kind: 'serror', target: 1, ec: Ec.serror, iss: 0, returnOffset: 0 });
    expect(asynchronous.get32(sys.ESR_EL1)).toBe(0x406);
  });
});

describe('exceptions that Hyp mode takes', () => {
  it('from a lower level by one vector, but for interrupts', () => {
    const cpu = cpuIn(Mode.svc, { thumb: true });
    takeException(cpu, call(cpu, ExceptionCall.hvc, 0x1234));
    expect(cpu.pc).toBe(0x6014n);
    expect(cpu.get32(sys.ELR_EL2)).toBe(0x8004);
    expect(cpu.get32(sys.ESR_EL2)).toBe((Ec.hvc32 << 26) | (1 << 25) | 0x1234);
    expect(cpu.get32(sys.SPSR_EL2)).toBe(0x20 | Mode.svc);
    expect(cpu.get32(cells.DAIF)).toBe(0x1c0);
    expect(cpu.get32(cells.AARCH32_MODE)).toBe(Mode.hyp);
    const interrupted = cpuIn(Mode.usr);
    takeException(interrupted, { kind: 'irq', target: 2, ec: 0, iss: 0, returnOffset: 0 });
    expect(interrupted.pc).toBe(0x6018n);
    expect(interrupted.get32(sys.ELR_EL2)).toBe(0x8000);
  });
  it('from itself by the vector of their kind', () => {
    for (const [make, vector] of [
      [(c: Cpu) => undefinedInstruction(c), 0x04],
      [(c: Cpu) => call(c, ExceptionCall.svc, 0), 0x08],
      [(c: Cpu) => call(c, ExceptionCall.hvc, 0), 0x08],
      [(c: Cpu) => alignmentAbort(c, read, 1, 0), 0x10],
      [(c: Cpu) => call(c, ExceptionCall.brk, 0), 0x0c],
    ] as const) {
      const cpu = cpuIn(Mode.hyp);
      takeException(cpu, make(cpu));
      expect(cpu.pc).toBe(BigInt(0x6000 + vector));
    }
  });
  it('with the faulting address in two registers, and the IPA', () => {
    const cpu = cpuIn(Mode.svc);
    const ldr = 0xe592_1004;
    const stage2 = { ...fault(0x06, 0), stage: 2, ipa: 0x1_0900_0018 } as const;
    takeException(
      cpu,
      translationAbort(cpu, stage2, read, 0x18, 0, () => ldr),
    );
    expect(cpu.get32(sys.ESR_EL2)).toBe(((Ec.dabtLow << 26) | (1 << 25) | (1 << 24) | (2 << 22) | (1 << 16) | 6) >>> 0);
    expect(cpu.get32(sys.FAR_EL2)).toBe(0x18);
    expect(cpu.get32(sys.HPFAR_EL2)).toBe(0x10_9000_0 & 0xffff_fff0);
    selectMode(cpu, Mode.svc);
    takeException(
      cpu,
      translationAbort(cpu, stage2, fetch, 0x8000, 0, () => 0),
    );
    expect(cpu.get32(sys.FAR_EL2 + 4)).toBe(0x8000);
    expect(cpu.get32(sys.FAR_EL2)).toBe(0x18);
  });
  it('of 16-bit instructions with IL clear', () => {
    const cpu = cpuIn(Mode.svc, { thumb: true });
    const stage2 = { ...fault(0x06, 0), stage: 2, ipa: 0 } as const;
    takeException(
      cpu,
      translationAbort(cpu, stage2, write, 0, 0, () => 0x6011),
    );
    expect(cpu.get32(sys.ESR_EL2)).toBe(((Ec.dabtLow << 26) | (1 << 24) | (2 << 22) | (1 << 16) | (1 << 6) | 6) >>> 0);
  });
  it('from user mode under HCR.TGE', () => {
    const cpu = cpuIn(Mode.usr, { hcr: Hcr.tge });
    expect(undefinedInstruction(cpu)).toMatchObject({ target: 2, ec: Ec.unknown });
    expect(call(cpu, ExceptionCall.svc, 5)).toMatchObject({ target: 2, ec: Ec.svc32, iss: 5 });
  });
  it('of BKPT, under HDCR.TDE', () => {
    const cpu = cpuIn(Mode.usr);
    cpu.set32(sys.MDCR_EL2, 1 << 8);
    expect(call(cpu, ExceptionCall.brk, 5)).toMatchObject({ target: 2, ec: Ec.iabtLow, iss: 0x22 });
  });
  it('of asynchronous aborts, as data aborts', () => {
    const cpu = cpuIn(Mode.usr);
    takeException(cpu, { kind: 'serror', target: 2, ec: Ec.serror, iss: 0, returnOffset: 0 });
    expect(cpu.pc).toBe(0x6014n);
    expect(cpu.get32(sys.ESR_EL2)).toBe(((Ec.dabtLow << 26) | (1 << 25) | 0x11) >>> 0);
  });
  it('and returns from by ERET', () => {
    const cpu = cpuIn(Mode.svc, { thumb: true });
    cpu.set32(cells.X + 8 * 13, 0x1300);
    const before = readCpsr(cpu);
    takeException(cpu, call(cpu, ExceptionCall.hvc, 0));
    exceptionReturn(cpu);
    expect(readCpsr(cpu)).toBe(before);
    expect(cpu.pc).toBe(0x8004n);
    expect(cpu.get32(cells.X + 8 * 13)).toBe(0x1300);
  });
  it('of traps, with the condition', () => {
    const cpu = cpuIn(Mode.svc);
    const mrceq = 0x0e11_3f10;
    expect(call(cpu, ExceptionCall.trap, 2, mrceq)).toMatchObject({
      target: 2,
      ec: Ec.cp15_32,
      iss: (1 << 24) | (1 << 10) | (3 << 5) | 1,
      returnOffset: 0,
    });
  });
  it('of FP access, by coprocessor or as AdvSIMD', () => {
    const cpu = cpuIn(Mode.svc);
    cpu.set32(sys.CPTR_EL2, 1 << 10);
    expect(call(cpu, ExceptionCall.fpTrap, 2, 0xee30_0a00)).toMatchObject({ ec: Ec.fpAccess, iss: 0x1e0_000a });
    cpu.set32(sys.CPTR_EL2, 1 << 15);
    expect(call(cpu, ExceptionCall.fpTrap, 2, 0xf210_0d00)).toMatchObject({ ec: Ec.fpAccess, iss: 0x1e0_0020 });
    expect(call(cpu, ExceptionCall.fpTrap, 1, 0)).toMatchObject({ target: 1, ec: Ec.unknown });
  });
});

describe('exceptions from AArch32 to AArch64', () => {
  const under = { only: false, hcr: Hcr.rw };
  it('enter by vectors of their own, with CPSR in SPSR', () => {
    const cpu = cpuIn(Mode.usr, { ...under, thumb: true, pc: 0xffff_fff0 });
    writeNzcv(cpu, 0x8000_0000);
    cpu.set32(cells.CPSR_GE, 5 << 16);
    const cpsr = readCpsr(cpu);
    takeException(cpu, call(cpu, ExceptionCall.svc, 9));
    expect(cpu.isAarch32).toBe(false);
    expect(cpu.el).toBe(1);
    expect(cpu.pc).toBe(0x4608n & ~0xfn);
    expect(cpu.get64(sys.ELR_EL1)).toBe(0xffff_fff2n);
    expect(cpu.get32(sys.SPSR_EL1)).toBe(cpsr);
    expect(cpu.get32(sys.ESR_EL1)).toBe((Ec.svc32 << 26) | 9);
    expect(cpu.get32(cells.DAIF)).toBe(Pstate.daif);
    expect(readSpsr(cpu) & 0x1f).toBe(0x5);
    exceptionReturn(cpu);
    expect(readCpsr(cpu)).toBe(cpsr);
    expect(cpu.pc).toBe(0xffff_fff2n);
  });
  it('show X registers as AArch64 knows the banks', () => {
    const cpu = cpuIn(Mode.svc, { only: false });
    cpu.set32(cells.X + 8 * 13, 0x1300);
    takeException(cpu, call(cpu, ExceptionCall.hvc, 0));
    expect(cpu.x(19) & 0xffff_ffffn).toBe(0x1300n);
    expect(cpu.pc).toBe(0x6600n);
    exceptionReturn(cpu);
    expect(cpu.get32(cells.AARCH32_MODE)).toBe(Mode.svc);
    expect(cpu.get32(cells.X + 8 * 13)).toBe(0x1300);
  });
  it('name registers by their number there', () => {
    const cpu = cpuIn(Mode.svc, { only: false });
    const stage2 = { ...fault(0x06, 0), stage: 2, ipa: 0 } as const;
    const strSp = 0xe580_d000;
    expect(translationAbort(cpu, stage2, write, 0, 0, () => strSp)).toMatchObject({
      iss: (1 << 24) | (2 << 22) | (19 << 16) | (1 << 6) | 6,
    });
    expect(call(cpu, ExceptionCall.trap, 2, 0xee11_ef10)).toMatchObject({
      iss: (1 << 24) | (14 << 20) | (1 << 10) | (18 << 5) | 1,
    });
  });
  it('trap to EL1 what EL1 in AArch32 finds undefined', () => {
    expect(call(cpuIn(Mode.usr, under), ExceptionCall.trap, 1, 0xee11_3f10)).toMatchObject({
      target: 1,
      ec: Ec.cp15_32,
    });
    expect(call(cpuIn(Mode.usr, { only: false }), ExceptionCall.trap, 1, 0xee11_3f10)).toMatchObject({
      target: 1,
      ec: Ec.unknown,
    });
    expect(call(cpuIn(Mode.usr, under), ExceptionCall.fpTrap, 1, 0xee30_0a00)).toMatchObject({
      ec: Ec.fpAccess,
      iss: 0x1e0_0000,
    });
  });
  it('have a class for BKPT', () => {
    expect(call(cpuIn(Mode.usr, { ...under, thumb: true }), ExceptionCall.brk, 3)).toMatchObject({
      target: 1,
      ec: Ec.bkpt32,
      iss: 3,
      narrow: true,
    });
  });
  it('of EL0 go to EL1 in AArch32 under HCR_EL2.RW = 0', () => {
    const cpu = cpuIn(Mode.usr, { only: false });
    takeException(cpu, call(cpu, ExceptionCall.svc, 0));
    expect(cpu.get32(cells.AARCH32_MODE)).toBe(Mode.svc);
  });
});

describe('interrupts', () => {
  it('that HCR routes to Hyp mode cannot be masked below; Hyp mode takes all others too', () => {
    const cpu = cpuIn(Mode.svc);
    cpu.set32(cells.DAIF, 0x1c0);
    cpu.set32(sys.HCR_EL2, 1 << 4);
    setPhysicalLine(cpu, Line.irq, true);
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'irq', target: 2 });
    const hyp = cpuIn(Mode.hyp);
    setPhysicalLine(hyp, Line.irq, true);
    expect(pendingInterrupt(hyp)).toMatchObject({ kind: 'irq', target: 2 });
    hyp.set32(cells.DAIF, 0x80);
    expect(pendingInterrupt(hyp)).toBeNull();
  });
  it('of the virtual kind come by HCR.{VI,VF,VA}; the abort is spent by being taken', () => {
    const cpu = cpuIn(Mode.svc);
    cpu.set32(sys.HCR_EL2, (1 << 8) | (1 << 5));
    updateInterruptPending(cpu);
    const abort = pendingInterrupt(cpu);
    expect(abort).toMatchObject({ kind: 'serror', target: 1 });
    takeException(cpu, abort as NonNullable<typeof abort>);
    expect([cpu.pc, cpu.get32(sys.HCR_EL2)]).toEqual([0x4010n, 1 << 5]);
    cpu.set32(sys.HCR_EL2, (1 << 6) | (1 << 3));
    updateInterruptPending(cpu);
    expect(pendingInterrupt(cpu)).toMatchObject({ kind: 'fiq', target: 1 });
  });
});
