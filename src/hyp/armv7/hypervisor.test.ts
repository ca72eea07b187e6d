import { describe, expect, it } from 'vitest';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { Ec } from '../../core/fields/esr.ts';
import { BhyveExit, cp64Encoding, cpEncoding, KvmClass } from '../../trace/events/index.ts';
import { CPU_INTERFACE, ISV, mcr, mcrr, RAM, TRANSLATION, UART, WNR } from '../arm-common/hypervisor.fixture.ts';
import { Gich } from '../arm-common/vgic/gich.ts';
import { contextRegisters, resetContext } from './context.ts';
import type { FakeCpu } from './fake-cpu.fixture.ts';
import { HCR_GUEST } from './hyp.ts';
import { setUp } from './hypervisor.fixture.ts';

const SVC = 0x1d3n;
const THUMB = 1n << 5n;
const Z = 1n << 30n;

describe('set-up', () => {
  it('programs HYP mode as bhyve does', () => {
    const { cpu } = setUp();
    expect(cpu.get('HCR')).toBe(HCR_GUEST);
    expect(HCR_GUEST).toBe(0x0018_263bn);
    expect(cpu.get('VTCR')).toBe(0x8000_3558n);
    expect(cpu.get('VTTBR')).toBe(1n << 48n);
    expect(cpu.get('HDCR')).toBe(0xe60n);
    expect(cpu.get('VPIDR')).toBe(0x412f_c0f1n);
    expect(cpu.get('VMPIDR')).toBe(0x8000_0000n);
    expect(cpu.gichWords.get(Gich.hcr)).toBe(1);
    expect([...cpu.enabled].sort()).toEqual([25, 27]);
  });

  it('starts a vCPU in supervisor mode with its arguments, in T32 where the entry point is odd', () => {
    const { cpu, hyp, vm } = setUp();
    expect([vm.readRegister(0, 'pc'), vm.readRegister(0, 'r0'), vm.readRegister(0, 'cpsr')]).toEqual([
      BigInt(RAM),
      0x4800_0000n,
      SVC,
    ]);
    hyp.reset(0, 0x4000_0101n, [0n, 0xffff_ffffn, 0x4800_0000n]);
    expect([cpu.guestPc(), cpu.guestPstate()]).toEqual([0x4000_0100n, Number(SVC | THUMB)]);
    expect([cpu.r(0), cpu.r(1), cpu.r(2), cpu.r(3)]).toEqual([0, 0xffff_ffff, 0x4800_0000, 0]);
    expect(cpu.get('SCTLR')).toBe(0x00c5_0078n);
  });

  it.each([
    ['direct', 1n, [25, 27]],
    ['bhyve', 0n, [25, 27]],
    ['bhyve-2018', 0x6000n, [25]],
  ] as const)('traps of the timers what the policy %s says', (policy, cnthctl, enabled) => {
    const { cpu } = setUp(policy);
    expect(cpu.get('CNTHCTL')).toBe(cnthctl);
    expect([...cpu.enabled].sort()).toEqual(enabled);
  });

  it('emulates the virtual timer where the policy traps it', () => {
    const { cpu, run, log } = setUp('bhyve-2018');
    cpu.setR(2, 100);
    run(() => cpu.trap(Ec.cp15_64, mcrr(cp64Encoding(15, 3, 14), 2, 3, false)));
    expect(log.of('timer-program')).toMatchObject([{ timer: 0, cval: 100n }]);
  });

  it('maps the virtual CPU interface where the guest looks for its own', () => {
    const { cpu, hyp } = setUp();
    const level2 = cpu.host.words[hyp.stage2.root >>> 2] as number;
    expect(level2 & 3).toBe(3);
    expect(CPU_INTERFACE.pa).toBe(2 ** 32);
  });
});

describe('registers of the mode', () => {
  it('are those of device accesses', () => {
    const { cpu, uart, run, abort } = setUp();
    cpu.set('SPSR_hyp', 0x192n);
    cpu.set('LR_irq', 0x1122_3344n);
    cpu.set('LR_svc', 5n);
    run(abort(ISV | (2 << 22) | (14 << 16) | WNR | TRANSLATION, UART));
    expect(uart.writes).toEqual([[0, 4, 0x1122_3344n]]);
    uart.value = 0x80n;
    cpu.set('SPSR_hyp', 0x1d1n);
    run(abort(ISV | (1 << 21) | (8 << 16) | TRANSLATION, UART));
    expect([cpu.get('R8_fiq'), cpu.get('R8_usr')]).toEqual([0xffff_ff80n, 0n]);
  });

  it('are each reached, R4 among them, by device accesses and by name', () => {
    for (let n = 0; n <= 14; n++) {
      const { cpu, vm, uart, run, abort } = setUp();
      for (let other = 0; other <= 14; other++) cpu.setR(other, 0x100 + other);
      run(abort(ISV | (2 << 22) | (n << 16) | WNR | TRANSLATION, UART));
      expect(uart.writes).toEqual([[0, 4, BigInt(0x100 + n)]]);
      uart.value = 0xabcdn;
      run(abort(ISV | (2 << 22) | (n << 16) | TRANSLATION, UART));
      const changed = Array.from({ length: 15 }, (_, other) => other).filter((o) => cpu.r(o) !== 0x100 + o);
      expect(changed).toEqual([n]);
      expect(vm.readRegister(0, `r${n}`)).toBe(0xabcdn);
    }
  });

  it('are big-endian where CPSR.E says so', () => {
    const { cpu, uart, run, abort } = setUp();
    cpu.set('SPSR_hyp', SVC | (1n << 9n));
    cpu.setR(1, 0x1122_3344);
    run(abort(ISV | (2 << 22) | (1 << 16) | WNR | TRANSLATION, UART));
    expect(uart.writes).toEqual([[0, 4, 0x4433_2211n]]);
  });
});

describe('behind a trapped instruction', () => {
  it('T32 has two lengths, and IT goes on', () => {
    const { cpu, run } = setUp();
    // ITTT EQ: the first of three.
    cpu.set('SPSR_hyp', SVC | THUMB | Z | (0b10n << 25n));
    const it = (): number => ((Number(cpu.get('SPSR_hyp')) >>> 8) & 0xfc) | ((Number(cpu.get('SPSR_hyp')) >>> 25) & 3);
    run(() => cpu.trap(Ec.wfx, 1, {}, 2));
    expect([cpu.get('ELR_hyp'), it()]).toEqual([BigInt(RAM + 2), 0b0000_0100]);
    run(() => cpu.trap(Ec.wfx, 1, {}, 4));
    expect([cpu.get('ELR_hyp'), it()]).toEqual([BigInt(RAM + 6), 0b0000_1000]);
    run(() => cpu.trap(Ec.wfx, 1, {}, 4));
    expect([cpu.get('ELR_hyp'), it()]).toEqual([BigInt(RAM + 10), 0]);
  });

  it('PC wraps', () => {
    const { cpu, run } = setUp();
    cpu.set('ELR_hyp', 0xffff_fffcn);
    run(() => cpu.trap(Ec.wfx, (1 << 24) | (14 << 20) | 1));
    expect(cpu.get('ELR_hyp')).toBe(0n);
  });

  it('that fails its condition nothing has happened', () => {
    const { cpu, run, log } = setUp();
    // MRCNE of L2CTLR, with Z set.
    cpu.set('SPSR_hyp', SVC | Z);
    cpu.setR(4, 99);
    const iss = mcr(cpEncoding(15, 1, 9, 0, 2), 4, true, (1 << 24) | (1 << 20));
    run(() => cpu.trap(Ec.cp15_32, iss));
    expect([cpu.r(4), cpu.get('ELR_hyp'), cpu.icount]).toEqual([99, BigInt(RAM + 4), 1]);
    expect(log.names()).toEqual(['vm-exit']);
    cpu.set('SPSR_hyp', SVC);
    run(() => cpu.trap(Ec.cp15_32, iss));
    expect(cpu.r(4)).toBe(0);
  });
});

describe('coprocessor registers', () => {
  const access = (encoding: number, read: boolean, prepare?: (cpu: FakeCpu) => void, ec: number = Ec.cp15_32) => {
    const t = setUp();
    t.cpu.setR(3, 77);
    prepare?.(t.cpu);
    t.run(() => t.cpu.trap(ec, mcr(encoding, 3, read)));
    return t;
  };

  it('tell of one CPU, no debug hardware and no event counters', () => {
    const l2ctlr = access(cpEncoding(15, 1, 9, 0, 2), true);
    expect(l2ctlr.cpu.r(3)).toBe(0);
    expect(l2ctlr.log.of('vm-exit')[0]).toMatchObject({ bhyveExit: BhyveExit.REG_EMUL, kvmClass: KvmClass.CP15_32 });
    expect(l2ctlr.log.of('sysreg-read')[0]).toMatchObject({ encoding: cpEncoding(15, 1, 9, 0, 2), rt: 3, value: 0n });
    expect(access(cpEncoding(15, 0, 9, 12, 0), true).cpu.r(3)).toBe(0);
    expect(access(cpEncoding(14, 0, 0, 0, 0), true, undefined, Ec.cp14_32).cpu.r(3)).toBe(0);
    expect(access(cpEncoding(14, 0, 1, 0, 4), false, undefined, Ec.cp14_32).cpu.get('ELR_hyp')).toBe(BigInt(RAM + 4));
    expect(access(cpEncoding(15, 4, 15, 0, 0), true).cpu.r(3)).toBe(0);
  });

  it('are UNDEFINED where there is none, or no such access', () => {
    for (const [encoding, read, ec] of [
      [cpEncoding(15, 0, 11, 0, 0), true, Ec.cp15_32],
      [cpEncoding(15, 4, 15, 0, 0), false, Ec.cp15_32],
      [cpEncoding(14, 6, 0, 0, 0), true, Ec.cp14_32],
      [cpEncoding(14, 0, 0, 5, 0), true, Ec.cp14_ls],
      [0, true, Ec.fpAccess],
    ] as const) {
      const { cpu } = access(encoding, read, undefined, ec);
      expect([cpu.get('ELR_hyp'), cpu.get('SPSR_hyp'), cpu.get('LR_und')]).toEqual([4n, 0x1dbn, BigInt(RAM + 4)]);
    }
  });

  it('of the physical timer have 32 and 64 bits', () => {
    const { cpu, vm, hyp, log } = setUp();
    cpu.setR(2, 100);
    cpu.setR(3, 0);
    cpu.setR(4, 1);
    cpu.script.push(
      () => cpu.trap(Ec.cp15_64, mcrr(cp64Encoding(15, 2, 14), 2, 3, false)),
      () => cpu.trap(Ec.cp15_32, mcr(cpEncoding(15, 0, 14, 2, 1), 4, false)),
      () => cpu.trap(Ec.cp15_64, mcrr(cp64Encoding(15, 0, 14), 5, 6, true)),
    );
    vm.run(5000);
    expect([cpu.r(5), cpu.r(6)]).toEqual([0, 0]);
    expect(log.of('timer-fire')).toEqual([{ event: 'timer-fire', at: 1600, vcpu: 0, timer: 1, intid: 30 }]);
    expect(hyp.vgic.pending(hyp.vgic.slot(0, 30))).toBe(true);
    cpu.script.push(() => cpu.trap(Ec.cp15_64, mcrr(cp64Encoding(15, 2, 14), 7, 8, true)));
    vm.run(5001);
    expect([cpu.r(7), cpu.r(8)]).toEqual([100, 0]);
  });
});

describe('exceptions to PL1', () => {
  const external = (prepare: (cpu: FakeCpu) => void, trap: 'data' | 'instruction' = 'data') => {
    const t = setUp();
    prepare(t.cpu);
    if (trap === 'data') t.run(t.abort(ISV | WNR | TRANSLATION, 0x0b00_0000));
    else t.run(() => t.cpu.trap(Ec.iabtLow, TRANSLATION, { ipa: UART, far: 0xd000_0000n }));
    return t.cpu;
  };

  it('give a data abort in the short format', () => {
    const cpu = external((c) => {
      c.set('VBAR', 0x8000_1000n);
      c.set('SPSR_hyp', 0x6800_0010n);
    });
    expect(cpu.get('DFSR')).toBe(0x808n);
    expect(cpu.get('DFAR')).toBe(0xcb00_0000n);
    expect([cpu.get('LR_abt'), cpu.get('SPSR_abt')]).toEqual([BigInt(RAM + 8), 0x6800_0010n]);
    expect([cpu.get('ELR_hyp'), cpu.get('SPSR_hyp')]).toEqual([0x8000_1010n, 0x6800_0197n]);
  });

  it('and in the long one; to high vectors, in T32 and big-endian, as SCTLR says', () => {
    const cpu = external((c) => {
      c.set('TTBCR', 1n << 31n);
      c.set('SCTLR', (1n << 13n) | (1n << 25n) | (1n << 30n));
      c.set('SPSR_hyp', SVC | THUMB | (1n << 10n));
    });
    expect(cpu.get('DFSR')).toBe(0xa10n);
    expect([cpu.get('ELR_hyp'), cpu.get('SPSR_hyp')]).toEqual([0xffff_0010n, 0x3f7n]);
    expect(cpu.get('LR_abt')).toBe(BigInt(RAM + 8));
  });

  it('give a prefetch abort', () => {
    const cpu = external(() => {}, 'instruction');
    expect([cpu.get('IFSR'), cpu.get('IFAR'), cpu.get('DFSR')]).toEqual([8n, 0xd000_0000n, 0n]);
    expect([cpu.get('ELR_hyp'), cpu.get('LR_abt')]).toEqual([0xcn, BigInt(RAM + 4)]);
  });

  it('give UNDEFINED two bytes on in T32', () => {
    const { cpu, run } = setUp();
    cpu.set('SPSR_hyp', SVC | THUMB);
    run(() => cpu.trap(Ec.hvc32, 1));
    expect([cpu.get('LR_und'), cpu.get('SPSR_und')]).toEqual([BigInt(RAM + 2), SVC | THUMB]);
  });
});

describe('firmware calls', () => {
  it('have 32 bits', () => {
    const { cpu, run, log } = setUp();
    for (const [ec, functionId, result] of [
      [Ec.hvc32, 0x8400_0000, 0x1_0000],
      [Ec.smc32, 0x8400_0000, 0x1_0000],
      // MIGRATE_INFO_TYPE is there, CPU_ON's 64-bit variant is not a caller's of 32 bits.
      [Ec.hvc32, 0x8400_0006, 2],
      [Ec.hvc32, 0xc400_0003, 0xffff_ffff],
      [Ec.hvc32, 0x8600_ff01, 0xffff_ffff],
    ] as const) {
      cpu.setR(0, functionId);
      run(() => cpu.trap(ec, 0));
      expect(cpu.r(0)).toBe(result);
      expect(log.of('psci').at(-1)).toMatchObject({ functionId, result: BigInt(result) });
    }
  });
});

describe("a vCPU's context", () => {
  it('is all new at a reset', () => {
    const { cpu } = setUp();
    for (const name of Object.keys(contextRegisters)) cpu.set(name, 0x99n);
    for (let n = 0; n < 8; n++) cpu.setR(n, 7);
    for (let n = 0; n < 32; n++) cpu.setD(n, 9n);
    cpu.gich.write(Gich.vmcr, 0xf800_0001);
    resetContext(cpu, 0, 0x8001n, [1n, 2n]);
    for (const [name, reset] of Object.entries(contextRegisters)) expect(cpu.get(name), name).toBe(reset);
    expect(Array.from({ length: 8 }, (_, n) => cpu.r(n))).toEqual([1, 2, 0, 0, 0, 0, 0, 0]);
    for (let n = 0; n < 32; n++) expect(cpu.d(n)).toBe(0n);
    expect([cpu.guestPc(), cpu.guestPstate(), cpu.gich.read(Gich.vmcr)]).toEqual([0x8000n, 0x1f3, 0x004c_0000]);
  });
});

it('round-trips its state', () => {
  const a = setUp();
  a.run(a.abort(ISV | 6, RAM));
  const b = setUp();
  const saved = saveParts(a.vm.parts);
  restoreParts(b.vm.parts, saved);
  expect(saveParts(b.vm.parts)).toEqual(saved);
});
