import { describe, expect, it } from 'vitest';
import { Ec } from '../../core/fields/esr.ts';
import { cp64Encoding, cpEncoding } from '../../trace/events/index.ts';
import { ISV, mcr, mcrr, RAM, TRANSLATION, UART, WNR } from '../arm-common/hypervisor.fixture.ts';
import type { TimerPolicy } from '../arm-common/vtimer.ts';
import { resetContext } from './context.ts';
import { HCR_AARCH32_GUEST } from './el2.ts';
import { FakeCpu } from './fake-cpu.fixture.ts';
import { setUp } from './hypervisor.fixture.ts';

// A guest whose EL1 is in AArch32 state.

const SVC = 0x1d3n;
const IRQ = 0x192n;
const THUMB = 1n << 5n;
const Z = 1n << 30n;
const NE = (1 << 24) | (1 << 20);
const NOTHING = 0x0b00_0000;

const aarch32 = (policy?: TimerPolicy) => setUp(policy, new FakeCpu(), true);

describe('set-up', () => {
  it('programs EL2 for AArch32 below it', () => {
    const { cpu } = aarch32();
    expect(cpu.get('HCR_EL2')).toBe(HCR_AARCH32_GUEST);
    expect(HCR_AARCH32_GUEST).toBe(0x001c_263bn);
    expect([cpu.get('HSTR_EL2'), cpu.get('MDCR_EL2')]).toEqual([0x8000n, 0xe60n]);
  });

  it('starts a vCPU in Supervisor mode, in T32 where the entry point is odd', () => {
    const { cpu, hyp, vm } = aarch32();
    expect([cpu.guestPc(), cpu.guestPstate(), cpu.get('SCTLR_EL1')]).toEqual([BigInt(RAM), 0x1d3, 0x00c5_0838n]);
    hyp.reset(0, 0x4000_0101n, [0n, -1n, 0x4800_0000n]);
    expect([cpu.guestPc(), cpu.guestPstate()]).toEqual([0x4000_0100n, Number(SVC | THUMB)]);
    expect([cpu.x(0), cpu.x(1), cpu.x(2), cpu.x(3)]).toEqual([0n, 0xffff_ffffn, 0x4800_0000n, 0n]);
    expect(vm.readRegister(0, 'r1')).toBe(0xffff_ffffn);
  });
});

it('has the registers of its mode by name, and those of syndromes as AArch64 numbers them', () => {
  const { cpu, vm, uart, run, abort } = aarch32();
  cpu.set('SPSR_EL2', IRQ);
  vm.writeRegister(0, 'r14', 0x1122_3344n);
  expect([cpu.x(16), vm.readRegister(0, 'x16'), cpu.x(14)]).toEqual([0x1122_3344n, 0x1122_3344n, 0n]);
  run(abort(ISV | (2 << 22) | (16 << 16) | WNR | TRANSLATION, UART));
  expect(uart.writes).toEqual([[0, 4, 0x1122_3344n]]);
});

describe('coprocessor registers', () => {
  it('that fail their condition do nothing', () => {
    const { cpu, run, log } = aarch32();
    cpu.set('SPSR_EL2', SVC | Z);
    run(() => cpu.trap(Ec.cp15_32, mcr(cpEncoding(15, 0, 0, 1, 0), 4, true, NE)));
    expect(log.names()).toEqual(['vm-exit']);
    expect(cpu.get('ELR_EL2')).toBe(BigInt(RAM + 4));
  });

  it('that tell of features do not tell of the Virtualization Extensions', () => {
    const { cpu, run } = aarch32();
    cpu.set('ID_PFR1_EL1', 0x1_1001n);
    cpu.set('MVFR0_EL1', 0x1011_0222n);
    run(() => cpu.trap(Ec.cp15_32, mcr(cpEncoding(15, 0, 0, 1, 1), 4, true)));
    run(() => cpu.trap(Ec.cp10Id, mcr(cpEncoding(10, 7, 7, 0, 0), 5, true)));
    expect([cpu.x(4), cpu.x(5)]).toEqual([0x1_0001n, 0x1011_0222n]);
  });

  it('of the virtual timer are emulated where the policy traps them', () => {
    const { cpu, run, log } = aarch32('bhyve-2018');
    cpu.setX(2, 100n);
    run(() => cpu.trap(Ec.cp15_64, mcrr(cp64Encoding(15, 3, 14), 2, 3, false)));
    expect(log.of('sysreg-write')).toMatchObject([{ encoding: cp64Encoding(15, 3, 14), value: 100n }]);
  });

  it.each([
    ['what the CPU has of its own', mcr(cpEncoding(15, 1, 15, 0, 0), 0, true), Ec.cp15_32],
    ['the debug channel from memory', 0, Ec.cp14_ls],
    ['HVC with an immediate', 1, Ec.hvc32],
  ] as const)('UNDEFINED: %s', (_, iss, ec) => {
    const { cpu, run } = aarch32();
    cpu.set('SPSR_EL2', SVC | THUMB);
    run(() => cpu.trap(ec, iss));
    expect([cpu.get('ELR_EL2'), cpu.get('SPSR_EL2'), cpu.get('SPSR_und')]).toEqual([4n, 0x1dbn, SVC | THUMB]);
    expect(cpu.x(22)).toBe(BigInt(RAM + 2));
  });
});

describe('aborts', () => {
  it('on data are told in DFSR and DFAR, on instructions in IFSR and IFAR', () => {
    const { cpu, run, abort } = aarch32();
    run(abort(ISV | WNR | TRANSLATION, NOTHING));
    expect([cpu.get('ESR_EL1'), cpu.get('FAR_EL1'), cpu.x(20)]).toEqual([0x808n, BigInt(NOTHING), BigInt(RAM + 8)]);
    expect([cpu.get('ELR_EL2'), cpu.get('SPSR_EL2'), cpu.get('SPSR_abt')]).toEqual([0x10n, 0x1d7n, SVC]);
    run(() => cpu.trap(Ec.iabtLow, TRANSLATION, { ipa: UART, far: 0xd000_0000n }));
    expect([cpu.get('IFSR32_EL2'), cpu.get('FAR_EL1')]).toEqual([8n, 0xd000_0000_0000_0000n | BigInt(NOTHING)]);
    expect([cpu.get('ELR_EL2'), cpu.get('ESR_EL1')]).toEqual([0xcn, 0x808n]);
  });

  it('have the long format where TTBCR.EAE says so', () => {
    const { cpu, run, abort } = aarch32();
    cpu.set('TCR_EL1', 1n << 31n);
    run(abort(ISV | TRANSLATION, NOTHING));
    expect(cpu.get('ESR_EL1')).toBe(0x210n);
  });
});

it('calls firmware with 32 bits', () => {
  const { cpu, run } = aarch32();
  for (const [ec, functionId, result] of [
    [Ec.hvc32, 0x8400_0000n, 0x1_0000n],
    [Ec.smc32, 0x8400_0000n, 0x1_0000n],
    [Ec.hvc32, 0xc400_0003n, 0xffff_ffffn],
  ] as const) {
    cpu.setX(0, functionId);
    run(() => cpu.trap(ec, 0));
    expect(cpu.x(0)).toBe(result);
  }
});

it('PC wraps at 32 bits', () => {
  const { cpu, run } = aarch32();
  cpu.set('ELR_EL2', 0xffff_fffcn);
  run(() => cpu.trap(Ec.wfx, (1 << 24) | (14 << 20) | 1));
  expect(cpu.get('ELR_EL2')).toBe(0n);
});

it("a vCPU's reset reaches what only AArch32 has, too", () => {
  const { cpu } = aarch32();
  for (const name of ['SPSR_abt', 'SPSR_irq', 'DACR32_EL2', 'IFSR32_EL2', 'FPEXC32_EL2']) cpu.set(name, 0x99n);
  cpu.setX(17, 7n);
  resetContext(cpu, 0, 0x8001n, [0x1_0000_0005n]);
  for (const name of ['SPSR_abt', 'SPSR_irq', 'DACR32_EL2', 'IFSR32_EL2', 'FPEXC32_EL2'])
    expect(cpu.get(name), name).toBe(0n);
  expect([cpu.x(0), cpu.x(17), cpu.get('SCTLR_EL1')]).toEqual([5n, 0n, 0x00c5_0838n]);
  expect([cpu.guestPc(), cpu.guestPstate()]).toEqual([0x8000n, 0x1f3]);
});
