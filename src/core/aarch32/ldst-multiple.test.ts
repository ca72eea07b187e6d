import { describe, expect, it } from 'vitest';
import { ArmArchitecture } from '../architecture.ts';
import { Engine } from '../engine/engine.ts';
import { selectMode } from '../exception/modes.ts';
import { jumpTo32, readCpsr, writeNzcv } from '../exception/pstate.ts';
import { Mode } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import { sys } from '../state/system-cells.ts';
import { Cpu } from '../system/cpu.ts';
import { resetCpu } from '../system/reset.ts';

const HOST_BYTES = 0x10000;
const noCounter = { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY };

/** An ARMv7 CPU in any mode, without MMU: 64 KiB of memory. */
class Aarch32Machine {
  readonly cpu = new Cpu(HOST_BYTES, noCounter);
  readonly engine: Engine;

  constructor(mode: Mode) {
    const { cpu } = this;
    this.engine = new Engine(cpu, ({ code }) => new ArmArchitecture(cpu, code.jumps));
    resetCpu(cpu, { el: 1, entry: 0n });
    selectMode(cpu, mode);
    cpu.set32(sys.AARCH32_ONLY, 1);
    for (const cell of [sys.HCR_EL2, sys.SCTLR_EL1, sys.SCTLR_EL2, cells.DAIF, cells.SPSEL]) cpu.set32(cell, 0);
    writeNzcv(cpu, 0);
    cpu.system.stateReplaced();
  }

  put(at: number, words: readonly number[]): void {
    this.cpu.u32.set(words, (cells.HOST_MEMORY + at) >>> 2);
  }
  words(at: number, count: number): number[] {
    const first = (cells.HOST_MEMORY + at) >>> 2;
    return [...this.cpu.u32.subarray(first, first + count)];
  }
  r(n: number): number {
    return this.cpu.get32(cells.X + 8 * n);
  }
  setR(n: number, value: number): void {
    this.cpu.set32(cells.X + 8 * n, value);
  }
  get cpsr(): number {
    return readCpsr(this.cpu);
  }
  /** Rn of user mode, where the mode has its own. */
  userR(n: number): number {
    return this.cpu.get32(cells.R_USR + 4 * (n - 8));
  }
  setUserR(n: number, value: number): void {
    this.cpu.set32(cells.R_USR + 4 * (n - 8), value);
  }
  /** Runs A32 instructions from 0x8000. */
  run(code: readonly number[]): void {
    const at = 0x8000;
    this.put(at, code);
    jumpTo32(this.cpu, at, false);
    this.engine.run(this.cpu.icount + code.length);
  }
}

const DATA = 0x4000;
const LDM_R0_ALL_USER = 0xe8d07ffe;
const STM_R0_ALL_USER = 0xe8c07ffe;
const LDMDB_R0_SP_LR_USER = 0xe9506000;
const LDM_RETURN = 0xe8f08006;
const LDM_R0_R1_R2 = 0xe8b00006;

const values = Array.from({ length: 14 }, (_, i) => 0x1000 + i + 1);
const own = (n: number): number => 0xaa00 + n;
const users = (n: number): number => 0xbb00 + n;
const hold = (m: Aarch32Machine): void => {
  for (let n = 1; n < 15; n++) m.setR(n, own(n));
  for (let n = 8; n < 15; n++) m.setUserR(n, users(n));
  m.setR(0, DATA);
};

describe('LDM and STM of user registers', () => {
  it.each([
    ['svc', Mode.svc, 13],
    ['fiq', Mode.fiq, 8],
    ['irq', Mode.irq, 13],
    ['sys', Mode.sys, 15],
  ] as const)('in %s mode', (_name, mode, firstBanked) => {
    const m = new Aarch32Machine(mode);
    const isBanked = (n: number): boolean => n >= firstBanked;
    hold(m);
    m.run([STM_R0_ALL_USER]);
    const registers = Array.from({ length: 14 }, (_, i) => i + 1);
    expect(m.words(DATA, 14)).toEqual(registers.map((n) => (isBanked(n) ? users(n) : own(n))));

    m.put(DATA, values);
    m.run([LDM_R0_ALL_USER]);
    for (const n of registers) {
      expect([n, m.r(n)]).toEqual([n, isBanked(n) ? own(n) : 0x1000 + n]);
      if (n >= 8) expect([n, m.userR(n)]).toEqual([n, isBanked(n) ? 0x1000 + n : users(n)]);
    }
    expect(m.r(0)).toBe(DATA);
  });

  it('downwards from the base', () => {
    const m = new Aarch32Machine(Mode.abt);
    hold(m);
    m.put(DATA - 8, [1, 2]);
    m.run([LDMDB_R0_SP_LR_USER]);
    expect([m.userR(13), m.userR(14), m.r(13), m.r(14)]).toEqual([1, 2, own(13), own(14)]);
  });
});

describe('LDM with the PC and ^', () => {
  it('takes CPSR from SPSR, and writes the registers of the mode it leaves', () => {
    const m = new Aarch32Machine(Mode.fiq);
    hold(m);
    m.cpu.set32(sys.SPSR_fiq, 0x6000_0030);
    m.put(DATA, [5, 6, 0x9001]);
    m.run([LDM_RETURN]);
    expect([m.r(1), m.r(2), m.r(0), m.r(13)]).toEqual([5, 6, DATA + 12, users(13)]);
    expect([m.cpu.pc, m.cpu.thumb, m.cpsr >>> 0]).toEqual([0x9000n, true, 0x6000_0030]);
  });
});

it('words lie in the order of addresses, also for big-endian data', () => {
  const m = new Aarch32Machine(Mode.svc);
  m.setR(0, DATA);
  m.put(DATA, [0x0102_0304, 0x0506_0708]);
  const SETEND_BE = 0xf1010200;
  m.run([SETEND_BE, LDM_R0_R1_R2]);
  expect([m.r(1), m.r(2), m.r(0)]).toEqual([0x0403_0201, 0x0807_0605, DATA + 8]);
});

describe('across the end of a page, of Device memory since there is no MMU', () => {
  const PAGE = 0x5000;
  const LDM_R0_R1_TO_R12 = 0xe8901ffe;
  const STM_R0_R1_TO_R12 = 0xe8801ffe;
  const twelve = Array.from({ length: 12 }, (_, i) => 0x0101_0101 * (i + 1));
  const from1 = (m: Aarch32Machine): number[] => twelve.map((_, i) => m.r(i + 1));

  it.each([...twelve.keys()])('after %i words', (before) => {
    const m = new Aarch32Machine(Mode.svc);
    const at = PAGE - 4 * before;
    m.put(at, twelve);
    m.setR(0, at);
    m.run([LDM_R0_R1_TO_R12]);
    expect(from1(m)).toEqual(twelve);
    m.put(at, new Array(12).fill(0));
    m.run([STM_R0_R1_TO_R12]);
    expect(m.words(at, 12)).toEqual(twelve);
  });
  it('beyond memory it is abandoned with no register written', () => {
    const m = new Aarch32Machine(Mode.svc);
    hold(m);
    m.setR(0, HOST_BYTES - 40);
    m.run([LDM_R0_R1_TO_R12]);
    expect(m.cpu.get32(cells.AARCH32_MODE)).toBe(Mode.abt);
    expect(from1(m)).toEqual(twelve.map((_, i) => own(i + 1)));
  });
});
