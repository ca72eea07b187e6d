import { describe, expect, it } from 'vitest';
import { ArmArchitecture } from './architecture.ts';
import { Engine } from './engine/engine.ts';
import { exceptionReturn, takeException } from './exception/index.ts';
import * as cells from './state/cells.ts';
import { Cpu } from './system/cpu.ts';
import { SystemRegister } from './system/index.ts';
import { resetCpu } from './system/reset.ts';

const HOST_BYTES = 0x10000;
const VECTORS = 0x1000;
const EL0_CODE = 0x2000;
const ERET = 0xd69f03e0;
const ADD_X0_1 = 0x91000400;
const STR_X0_X1 = 0xf9000020;
const LOOP = 0x14000000;

/** A CPU at EL1, without MMU and hypervisor, about to return to EL0 code; its vector for EL0's exceptions loops. */
function setUp(el0Code: readonly number[], spsr: bigint) {
  const cpu = new Cpu(HOST_BYTES, {
    frequency: 1,
    countAt: () => 0n,
    icountAt: () => Number.POSITIVE_INFINITY,
  });
  const engine = new Engine(cpu, ({ code }) => new ArmArchitecture(cpu, code.jumps));
  engine.residentEl2 = false;
  resetCpu(cpu, { el: 1, entry: 0n });
  const put = (at: number, words: readonly number[]): void => cpu.u32.set(words, (cells.HOST_MEMORY + at) >>> 2);
  put(0, [ERET]);
  put(VECTORS + 0x400, [LOOP]);
  put(EL0_CODE, el0Code);
  const register = (name: string): SystemRegister => new SystemRegister(cpu, name);
  const write = (name: string, value: bigint): void => register(name).write(value);
  write('OSLAR_EL1', 0n);
  write('VBAR_EL1', BigInt(VECTORS));
  write('ELR_EL1', BigInt(EL0_CODE));
  write('SPSR_EL1', spsr);
  return { cpu, engine, read: (name: string): bigint => register(name).read(), write };
}
const exceptionClass = (esr: bigint): number => Number(esr >> 26n);

describe('debug exceptions that EL1 uses', () => {
  it('software step: one instruction at EL0, then the exception', () => {
    const { cpu, engine, read, write } = setUp([ADD_X0_1, ADD_X0_1, ADD_X0_1, LOOP], 1n << 21n);
    write('MDSCR_EL1', 1n);
    engine.run(50);
    expect(cpu.x(0)).toBe(1n);
    expect(exceptionClass(read('ESR_EL1'))).toBe(0x32);
    expect(read('ELR_EL1')).toBe(BigInt(EL0_CODE + 4));
    expect(read('SPSR_EL1') & (1n << 21n)).toBe(0n);
  });

  it('a breakpoint: before the instruction at its address', () => {
    const { cpu, engine, read, write } = setUp([ADD_X0_1, ADD_X0_1, ADD_X0_1, LOOP], 0n);
    write('MDSCR_EL1', 1n << 15n);
    write('DBGBVR0_EL1', BigInt(EL0_CODE + 8));
    // Enabled, at EL0, all four bytes.
    write('DBGBCR0_EL1', 0x1e5n);
    engine.run(50);
    expect(cpu.x(0)).toBe(2n);
    expect(exceptionClass(read('ESR_EL1'))).toBe(0x30);
    expect(read('ELR_EL1')).toBe(BigInt(EL0_CODE + 8));
  });

  it('a watchpoint: the store is not made', () => {
    const { cpu, engine, read, write } = setUp([ADD_X0_1, STR_X0_X1, ADD_X0_1, LOOP], 0n);
    cpu.setX(1, 0x3000n);
    write('MDSCR_EL1', 1n << 15n);
    write('DBGWVR0_EL1', 0x3000n);
    // Enabled, stores at EL0, all eight bytes.
    write('DBGWCR0_EL1', 0x1ff5n);
    engine.run(50);
    expect(exceptionClass(read('ESR_EL1'))).toBe(0x34);
    expect(read('FAR_EL1')).toBe(0x3000n);
    expect(read('ELR_EL1')).toBe(BigInt(EL0_CODE + 4));
    expect(cpu.get64(cells.HOST_MEMORY + 0x3000)).toBe(0n);
  });
});

describe('configuration and context', () => {
  const set = () => {
    const { cpu, write } = setUp([LOOP], 0n);
    const architecture = new ArmArchitecture(cpu, { invalidatePage() {}, clear() {} });
    const refresh = () => [architecture.refresh().id, cpu.get32(cells.CONTEXT)];
    return { cpu, write, refresh, toEl2: () => takeException(cpu, HVC) };
  };
  const HVC = { kind: 'sync', target: 2, ec: 0x16, iss: 0, returnOffset: 4 } as const;

  it('are those of before behind an exception to EL2 and its return', () => {
    const { cpu, refresh, toEl2 } = set();
    const before = refresh();
    toEl2();
    expect(cpu.configStale).toBe(true);
    exceptionReturn(cpu);
    expect([refresh(), cpu.configStale]).toEqual([before, false]);
  });
  it('are those of EL2 while it runs itself', () => {
    const { cpu, refresh, toEl2 } = set();
    const before = refresh();
    toEl2();
    const [config, context] = refresh();
    expect([config === before[0], context === before[1]]).toEqual([false, false]);
    exceptionReturn(cpu);
    expect(refresh()).toEqual(before);
  });
  it('follow what was written at EL2: a register, another level to return to, an address space', () => {
    const { cpu, write, refresh, toEl2 } = set();
    const seen = [refresh()];
    const backBehind = (change: () => void): void => {
      toEl2();
      change();
      exceptionReturn(cpu);
      seen.push(refresh());
    };
    backBehind(() => write('CPACR_EL1', 3n << 20n));
    backBehind(() => write('SPSR_EL2', 0n));
    backBehind(() => write('TTBR0_EL1', 1n << 48n));
    expect(new Set(seen.map(([config, context]) => `${config} ${context}`)).size).toBe(seen.length);
    // Of an upper table, which tells the MMU of EL2: nothing changes for EL0 without entries of it.
    backBehind(() => write('TTBR1_EL1', 0x1000n));
    expect(seen.at(-1)).toEqual(seen.at(-2));
  });
});
