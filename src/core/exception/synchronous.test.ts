import { describe, expect, it } from 'vitest';
import { Ec } from '../fields/esr.ts';
import { Hcr } from '../fields/hcr.ts';
import * as cells from '../state/cells.ts';
import { ExceptionCall } from '../state/codes.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from '../system/cpu.ts';
import { resetCpu } from '../system/reset.ts';
import { alignmentAbort, callException, translationAbort, waitTrap } from './synchronous.ts';

const counter = { frequency: 1, countAt: () => 0n, icountAt: () => Infinity };
function cpuAt(el: number, hcr = 0): Cpu {
  const cpu = new Cpu(65536, counter);
  resetCpu(cpu, { el: 1, entry: 0n });
  cpu.set32(cells.CURRENT_EL, el);
  cpu.set32(sys.HCR_EL2, hcr);
  return cpu;
}
const call = (cpu: Cpu, kind: number, argument = 0, word = 0) =>
  callException(cpu, (kind << 16) | argument, () => word);

describe('instructions that call for an exception', () => {
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [2, 0, 2],
    [0, Hcr.tge, 2],
  ])('SVC at EL%i, HCR_EL2 %i, goes to EL%i', (el, hcr, target) => {
    expect(call(cpuAt(el, hcr), ExceptionCall.svc, 5)).toMatchObject({ target, ec: Ec.svc64, iss: 5, returnOffset: 4 });
  });
  it('HVC goes to EL2, behind the instruction', () => {
    expect(call(cpuAt(1), ExceptionCall.hvc, 1)).toMatchObject({ target: 2, ec: Ec.hvc64, iss: 1, returnOffset: 4 });
  });
  it('a trapped SMC names its immediate and returns to itself', () => {
    expect(call(cpuAt(1), ExceptionCall.trap, 2, 0xd4000003 | (9 << 5))).toMatchObject({
      target: 2,
      ec: Ec.smc64,
      iss: 9,
      returnOffset: 0,
    });
  });
  it('BRK goes to EL2 under MDCR_EL2.TDE', () => {
    const cpu = cpuAt(0);
    expect(call(cpu, ExceptionCall.brk, 3)).toMatchObject({ target: 1, ec: Ec.brk64, iss: 3 });
    cpu.set32(sys.MDCR_EL2, 1 << 8);
    expect(call(cpu, ExceptionCall.brk, 3)).toMatchObject({ target: 2 });
  });
  it('WFI and WFE tell which they are', () => {
    expect(waitTrap(cpuAt(1), 2, false)).toMatchObject({ ec: Ec.wfx, iss: 0x1e0_0000 });
    expect(waitTrap(cpuAt(1), 2, true)).toMatchObject({ ec: Ec.wfx, iss: 0x1e0_0001 });
  });
  it('an FP access trap to EL1 that TGE reroutes is of unknown reason', () => {
    expect(call(cpuAt(0), ExceptionCall.fpTrap, 1)).toMatchObject({ target: 1, ec: Ec.fpAccess, iss: 0x1e0_0000 });
    expect(call(cpuAt(0, Hcr.tge), ExceptionCall.fpTrap, 1)).toMatchObject({ target: 2, ec: Ec.unknown, iss: 0 });
    expect(call(cpuAt(0), ExceptionCall.fpTrap, 2)).toMatchObject({ target: 2, ec: Ec.fpAccess });
  });
});

const faultOf = (status: number, stage: 1 | 2, s1ptw: boolean, ipa: number) => ({
  status,
  shortStatus: 0,
  domain: 0,
  stage,
  s1ptw,
  ipa,
});

describe('aborts', () => {
  const LDR_X1 = 0xf9400441;
  const read = { execute: false, write: false };
  const write = { execute: false, write: true };
  it('of stage 1 go to EL1 without an instruction syndrome', () => {
    const fault = faultOf(0x07, 1, false, 0);
    expect(translationAbort(cpuAt(0), fault, write, 0x1000, 0xffff_0000, () => LDR_X1)).toMatchObject({
      target: 1,
      ec: Ec.dabtLow,
      iss: 0x47,
      far: 0xffff_0000_0000_1000n,
    });
    expect(translationAbort(cpuAt(1), fault, read, 0, 0, () => LDR_X1)).toMatchObject({
      ec: Ec.dabtCurrent,
      iss: 0x07,
    });
  });
  it('of stage 2 go to EL2 with one', () => {
    const fault = faultOf(0x06, 2, false, 0x900_0018);
    expect(translationAbort(cpuAt(1), fault, read, 0x18, 0, () => LDR_X1)).toMatchObject({
      target: 2,
      ec: Ec.dabtLow,
      iss: ((1 << 24) | (3 << 22) | (1 << 16) | (1 << 15) | 0x06) >>> 0,
      ipa: 0x900_0018,
    });
  });
  it('on a table walk say so instead', () => {
    const fault = faultOf(0x05, 2, true, 0x1000);
    expect(translationAbort(cpuAt(1), fault, read, 0, 0, () => LDR_X1)).toMatchObject({ target: 2, iss: 0x85 });
  });
  it('of instructions have their own class', () => {
    const fault = faultOf(0x0f, 1, false, 0);
    const fetch = { execute: true, write: false };
    expect(translationAbort(cpuAt(0), fault, fetch, 0, 0, () => 0)).toMatchObject({ ec: Ec.iabtLow, iss: 0x0f });
  });
  it('of alignment', () => {
    expect(alignmentAbort(cpuAt(1), write, 3, 0)).toMatchObject({ target: 1, iss: 0x61, far: 3n });
  });
});
