import { describe, expect, it } from 'vitest';
import { Mode, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { Cpu } from '../system/cpu.ts';
import { resetCpu } from '../system/reset.ts';
import { PsrField, writeCpsr, writeMode } from './cpsr.ts';
import { selectMode } from './modes.ts';
import { readCpsr } from './pstate.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
const ALL = PsrField.c | PsrField.x | PsrField.s | PsrField.f;

function cpuIn(mode: number): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 1, entry: 0n });
  cpu.set32(cells.DAIF, 0);
  selectMode(cpu, mode);
  cpu.configStale = false;
  return cpu;
}

describe('CPSR', () => {
  it('has its fields in their places', () => {
    const cpu = cpuIn(Mode.irq);
    writeCpsr(cpu, 0xf80f_0000, ALL & ~PsrField.c);
    cpu.set32(cells.ITSTATE, 0b1010_1101);
    cpu.set32(cells.DAIF, 0x3c0);
    cpu.set32(cells.PC_OFFSET, 0x101);
    cpu.set32(cells.CPSR_E, 1 << 9);
    expect(readCpsr(cpu)).toBe(0xfa0f_aff2);
  });
  it('is written by bytes', () => {
    const cpu = cpuIn(Mode.svc);
    writeCpsr(cpu, 0xffff_ffff, PsrField.f);
    expect(readCpsr(cpu)).toBe(0xf800_0013);
    writeCpsr(cpu, 0, PsrField.f);
    writeCpsr(cpu, 0xffff_ffff, PsrField.s);
    expect(readCpsr(cpu)).toBe(0x000f_0013);
    writeCpsr(cpu, 0x1c0 | Mode.svc, PsrField.x);
    expect(readCpsr(cpu)).toBe(0x000f_0113);
    writeCpsr(cpu, 0x1c0 | Mode.und, PsrField.c);
    expect(readCpsr(cpu)).toBe(0x000f_01db);
  });
  it('keeps its execution state from MSR', () => {
    const cpu = cpuIn(Mode.svc);
    writeCpsr(cpu, 0x0600_fc20 | Mode.svc, ALL);
    expect(readCpsr(cpu)).toBe(Mode.svc);
  });
  it('gives user mode its flags and E alone', () => {
    const cpu = cpuIn(Mode.usr);
    writeCpsr(cpu, 0xffff_ffff, ALL);
    expect(readCpsr(cpu)).toBe(0xf80f_0210);
    expect(cpu.configStale).toBe(true);
  });
  it('changes the mode, user mode included, by MSR and CPS', () => {
    const cpu = cpuIn(Mode.svc);
    writeMode(cpu, Mode.usr);
    expect([cpu.el, cpu.configStale]).toEqual([0, true]);
  });
  it.each([
    ['Hyp mode', Mode.svc, Mode.hyp],
    ['Monitor mode', Mode.svc, 0x16],
    ['26-bit modes', Mode.svc, 0x03],
    ['EL1 from Hyp mode', Mode.hyp, Mode.svc],
  ])('is illegal with %s', (_, from, to) => {
    const cpu = cpuIn(from);
    writeMode(cpu, to);
    expect(cpu.get32(cells.AARCH32_MODE)).toBe(from);
    expect(cpu.get32(cells.PSTATE_SS_IL)).toBe(Pstate.il);
  });
});
