import { describe, expect, it } from 'vitest';
import { Mdscr } from '../fields/debug.ts';
import { Ec } from '../fields/esr.ts';
import { Mode, Pstate } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { DBGBCR, DBGBVR, DBGWCR, DBGWVR, sys } from '../state/system-cells.ts';
import { Cpu } from '../system/cpu.ts';
import { resetCpu } from '../system/reset.ts';
import { breakpointHit, debugActive, debugAfterInstruction, softwareStep, watchpointHit } from './debug.ts';
import { takeException } from './entry.ts';
import { selectMode } from './modes.ts';
import { jumpTo32 } from './pstate.ts';
import { exceptionReturn } from './return.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
const NOP = 0xd503201f;
const LDXR = 0xc85f7c41;

/** At EL0, OS lock open. */
function userCpu(mdscr: number): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 1, entry: 0x40_0000n });
  cpu.set32(cells.CURRENT_EL, 0);
  cpu.set32(cells.SPSEL, 0);
  cpu.set32(cells.DAIF, 0);
  cpu.set32(sys.OSLSR_EL1, 8);
  cpu.set32(sys.MDSCR_EL1, mdscr);
  return cpu;
}

describe('software step', () => {
  it('executes one instruction, then steps in', () => {
    const cpu = userCpu(Mdscr.ss);
    expect(debugActive(cpu)).toBe(true);
    cpu.set32(cells.PSTATE_SS_IL, Pstate.ss);
    expect(softwareStep(cpu)).toBeNull();
    debugAfterInstruction(cpu, NOP);
    expect(softwareStep(cpu)).toMatchObject({ ec: Ec.softwareStepLow, target: 1, iss: 0x100_0022 });
  });
  it('tells of a load exclusive, and of a step that executed nothing', () => {
    const cpu = userCpu(Mdscr.ss);
    expect(softwareStep(cpu)).toMatchObject({ iss: 0x22 });
    cpu.set32(cells.PSTATE_SS_IL, Pstate.ss);
    debugAfterInstruction(cpu, LDXR);
    expect(softwareStep(cpu)).toMatchObject({ iss: 0x100_0062 });
  });
  it('is armed by a return to where debug exceptions are enabled', () => {
    const cpu = userCpu(Mdscr.ss);
    const step = softwareStep(cpu);
    takeException(cpu, step as NonNullable<typeof step>);
    expect(softwareStep(cpu)).toBeNull();
    cpu.set32(sys.SPSR_EL1, Pstate.ss);
    exceptionReturn(cpu);
    expect(cpu.get32(cells.PSTATE_SS_IL)).toBe(Pstate.ss);
  });
  it('keeps PSTATE.SS in SPSR for a fault, and spends it for SVC', () => {
    for (const [returnOffset, saved] of [
      [0, Pstate.ss],
      [4, 0],
    ] as const) {
      const cpu = userCpu(Mdscr.ss);
      cpu.set32(cells.PSTATE_SS_IL, Pstate.ss);
      takeException(cpu, { kind: 'sync', target: 1, ec: Ec.svc64, iss: 0, returnOffset });
      expect(cpu.get32(sys.SPSR_EL1) & Pstate.ss).toBe(saved);
    }
  });
  it('is off under the OS lock', () => {
    const cpu = userCpu(Mdscr.ss);
    cpu.set32(sys.OSLSR_EL1, 0xa);
    expect(softwareStep(cpu)).toBeNull();
    expect(debugActive(cpu)).toBe(false);
  });
  it('goes to EL2 under MDCR_EL2.TDE', () => {
    const cpu = userCpu(Mdscr.ss);
    cpu.set32(sys.MDCR_EL2, 1 << 8);
    expect(softwareStep(cpu)).toMatchObject({ target: 2, ec: Ec.softwareStepLow });
  });
});

describe('breakpoints', () => {
  /** E, PMC for EL0, BAS. */
  const EL0 = 1 | (2 << 1) | (0xf << 5);
  const EL1 = 1 | (1 << 1) | (0xf << 5);
  it('match the address at the levels they name', () => {
    const cpu = userCpu(Mdscr.mde);
    cpu.set64(DBGBVR + 8, 0x40_0000n);
    cpu.set32(DBGBCR + 8, EL0);
    expect(breakpointHit(cpu)).toMatchObject({ ec: Ec.breakpointLow, target: 1, iss: 0x22 });
    cpu.set32(DBGBCR + 8, EL1);
    expect(breakpointHit(cpu)).toBeNull();
  });
  it('at EL1 need MDSCR_EL1.KDE and PSTATE.D clear', () => {
    const cpu = userCpu(Mdscr.mde);
    cpu.set32(cells.CURRENT_EL, 1);
    cpu.set64(DBGBVR, 0x40_0000n);
    cpu.set32(DBGBCR, EL1);
    expect(breakpointHit(cpu)).toBeNull();
    cpu.set32(sys.MDSCR_EL1, Mdscr.mde | Mdscr.kde);
    expect(breakpointHit(cpu)).toMatchObject({ ec: Ec.breakpointCurrent });
    cpu.set32(cells.DAIF, Pstate.d);
    expect(breakpointHit(cpu)).toBeNull();
  });
  it('may be linked to a context', () => {
    const cpu = userCpu(Mdscr.mde);
    cpu.set64(DBGBVR, 0x40_0000n);
    cpu.set32(DBGBCR, EL0 | (1 << 20) | (5 << 16));
    cpu.set64(DBGBVR + 40, 77n);
    cpu.set32(DBGBCR + 40, EL0 | (3 << 20));
    expect(breakpointHit(cpu)).toBeNull();
    cpu.set32(sys.CONTEXTIDR_EL1, 77);
    expect(breakpointHit(cpu)).not.toBeNull();
  });
});

describe('watchpoints', () => {
  const control = (lsc: number, bas: number, mask = 0): number => 1 | (2 << 1) | (lsc << 3) | (bas << 5) | (mask << 24);
  it('match selected bytes and directions', () => {
    const cpu = userCpu(Mdscr.mde);
    cpu.set64(DBGWVR, 0x1000n);
    cpu.set32(DBGWCR, control(2, 0b0000_0100));
    expect(watchpointHit(cpu, 0x1002n, 1, { write: true })).toMatchObject({
      ec: Ec.watchpointLow,
      far: 0x1002n,
      iss: 0x62,
    });
    expect(watchpointHit(cpu, 0xfffn, 4, { write: true })).toMatchObject({ far: 0x1002n });
    expect(watchpointHit(cpu, 0x1002n, 1, { write: false })).toBeNull();
    expect(watchpointHit(cpu, 0x1003n, 1, { write: true })).toBeNull();
  });
  it('match an area by MASK', () => {
    const cpu = userCpu(Mdscr.mde);
    cpu.set64(DBGWVR, 0x2000n);
    cpu.set32(DBGWCR, control(3, 0xff, 12));
    expect(watchpointHit(cpu, 0x2fffn, 1, { write: false })).toMatchObject({ iss: 0x22 });
    expect(watchpointHit(cpu, 0x3000n, 8, { write: false })).toBeNull();
  });
  it('at EL1 see LDTR as an access of EL0', () => {
    const cpu = userCpu(Mdscr.mde | Mdscr.kde);
    cpu.set32(cells.CURRENT_EL, 1);
    cpu.set64(DBGWVR, 0x1000n);
    cpu.set32(DBGWCR, control(3, 0xff));
    expect(watchpointHit(cpu, 0x1000n, 8, { write: false })).toBeNull();
    expect(watchpointHit(cpu, 0x1000n, 8, { write: false, unprivileged: true })).not.toBeNull();
  });
});

describe('programs in AArch32', () => {
  const thumbCpu = (mdscr: number): Cpu => {
    const cpu = userCpu(mdscr);
    cpu.set32(sys.HCR_EL2, 0x8000_0000);
    selectMode(cpu, Mode.usr);
    jumpTo32(cpu, 0x8002, true);
    return cpu;
  };
  const LDREX = 0xe8521f00;
  it('are stepped by a debugger in AArch64', () => {
    const cpu = thumbCpu(Mdscr.ss);
    cpu.set32(cells.PSTATE_SS_IL, Pstate.ss);
    expect(softwareStep(cpu)).toBeNull();
    debugAfterInstruction(cpu, LDREX);
    expect(softwareStep(cpu)).toMatchObject({ ec: Ec.softwareStepLow, target: 1, iss: 0x100_0062 });
  });
  it('are not stepped in AArch32', () => {
    const cpu = thumbCpu(Mdscr.ss);
    cpu.set32(sys.HCR_EL2, 0);
    expect(softwareStep(cpu)).toBeNull();
  });
  it('have breakpoints at halfwords', () => {
    const cpu = thumbCpu(Mdscr.mde);
    cpu.set64(DBGBVR, 0x8000n);
    cpu.set32(DBGBCR, 1 | (2 << 1) | (0b0011 << 5));
    expect(breakpointHit(cpu)).toBeNull();
    cpu.set32(DBGBCR, 1 | (2 << 1) | (0b1100 << 5));
    expect(breakpointHit(cpu)).toMatchObject({ ec: Ec.breakpointLow });
  });
});
