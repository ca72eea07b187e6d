import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { Ec } from '../../core/fields/esr.ts';
import { BhyveExit, KvmClass, SuspendHow, sysregEncoding } from '../../trace/events/index.ts';
import { ISV, RAM, TRANSLATION, UART, WNR } from '../arm-common/hypervisor.fixture.ts';
import { contextRegisters, resetContext } from './context.ts';
import { HCR_GUEST } from './el2.ts';
import { FakeCpu } from './fake-cpu.fixture.ts';
import { msr, setUp } from './hypervisor.fixture.ts';

/** SCTLR_EL1.SPAN. */
const SPAN = 1n << 23n;

describe('set-up', () => {
  it('programs EL2 as bhyve does, and SMC traps', () => {
    const { cpu } = setUp();
    expect(cpu.get('HCR_EL2')).toBe(HCR_GUEST);
    expect(HCR_GUEST).toBe(0x800c_263bn);
    expect(cpu.get('VTCR_EL2')).toBe(0x8002_3558n);
    expect(cpu.get('VTTBR_EL2')).toBe(1n << 48n);
    expect(cpu.get('VPIDR_EL2')).toBe(0x411f_d070n);
    expect(cpu.get('VMPIDR_EL2')).toBe(0x8000_0000n);
    expect(cpu.get('ICH_HCR_EL2')).toBe(1n);
    expect([...cpu.enabled].sort()).toEqual([25, 27]);
  });

  it('starts a vCPU at EL1h with its argument', () => {
    const { cpu, vm } = setUp();
    expect([vm.readRegister(0, 'pc'), vm.readRegister(0, 'x0')]).toEqual([0x4000_0000n, 0x4800_0000n]);
    expect(cpu.get('SPSR_EL2')).toBe(0x3c5n);
    expect(cpu.get('SCTLR_EL1')).toBe(0x30d0_0800n);
  });
});

describe('device accesses', () => {
  it('reads by the syndrome, sign-extended as it says', () => {
    const { cpu, uart, run, log, abort } = setUp();
    uart.value = 0x80n;
    // LDRSB X5: SAS 0, SSE, SF.
    run(abort(ISV | (1 << 21) | (1 << 15) | (5 << 16) | TRANSLATION, UART + 0x18));
    expect(cpu.x(5)).toBe(0xffff_ffff_ffff_ff80n);
    expect(cpu.get('ELR_EL2')).toBe(0x4000_0004n);
    expect(log.names()).toEqual(['vm-exit', 'mmio-read']);
    expect(log.of('vm-exit')[0]).toMatchObject({
      bhyveExit: BhyveExit.INST_EMUL,
      kvmClass: KvmClass.DABT_LOW,
      hpfar: BigInt(UART + 0x18),
      pc: 0x4000_0000n,
    });
    uart.value = 0xffff_ffffn;
    run(abort(ISV | (2 << 22) | (1 << 21) | (6 << 16) | TRANSLATION, UART));
    expect(cpu.x(6)).toBe(0xffff_ffffn);
  });

  it('writes the low bytes of the register', () => {
    const { cpu, uart, run, log, abort, stat } = setUp();
    cpu.setX(3, 0x1122_3344_5566_7788n);
    run(abort(ISV | (1 << 22) | (3 << 16) | WNR | TRANSLATION, UART + 4));
    run(abort(ISV | (2 << 22) | (31 << 16) | WNR | TRANSLATION, UART));
    expect(uart.writes).toEqual([
      [4, 2, 0x7788n],
      [0, 4, 0n],
    ]);
    expect(log.of('mmio-write')[0]).toMatchObject({ ipa: BigInt(UART + 4), size: 2, value: 0x7788n, rt: 3 });
    expect([stat('count'), stat('dataAbort')]).toEqual([2, 2]);
  });

  it('goes on behind it: over the boundary of 4 GiB, and of the address space', () => {
    const { cpu, run, abort } = setUp();
    for (const [pc, next] of [
      [0xffff_8000_ffff_fffcn, 0xffff_8001_0000_0000n],
      [0xffff_ffff_ffff_fffcn, 0n],
    ] as const) {
      cpu.set('ELR_EL2', pc);
      run(abort(ISV | (2 << 22) | (31 << 16) | WNR | TRANSLATION, UART));
      expect(cpu.get('ELR_EL2')).toBe(next);
    }
  });

  it('gives an external abort where nothing answers', () => {
    const { cpu, run, abort } = setUp();
    cpu.set('VBAR_EL1', 0xffff_8000_0000_0800n);
    cpu.set('SPSR_EL2', 0x6000_0005n);
    run(abort(ISV | WNR | TRANSLATION, 0x0b00_0000));
    expect(cpu.get('ESR_EL1')).toBe(BigInt(((Ec.dabtCurrent << 26) | (1 << 25) | WNR | 0x10) >>> 0));
    expect(cpu.get('FAR_EL1')).toBe(0xffff_0b00_0000n);
    expect(cpu.get('ELR_EL1')).toBe(0x4000_0000n);
    expect(cpu.get('SPSR_EL1')).toBe(0x6000_0005n);
    expect(cpu.get('ELR_EL2')).toBe(0xffff_8000_0000_0a00n);
    expect(cpu.get('SPSR_EL2')).toBe(0x6000_03c5n);
  });

  it('sets no PAN in an exception that it injects, whatever SCTLR_EL1.SPAN says, since there is none', () => {
    for (const sctlr of [0x30d0_0800n, 0x30d0_0800n & ~SPAN]) {
      const { cpu, run, abort } = setUp();
      cpu.set('SCTLR_EL1', sctlr);
      cpu.set('SPSR_EL2', 5n);
      run(abort(ISV | WNR | TRANSLATION, 0x0b00_0000));
      expect(cpu.get('SPSR_EL2')).toBe(0x3c5n);
    }
  });

  it('goes by each general-purpose register, XZR among them', () => {
    for (let n = 0; n <= 31; n++) {
      const { cpu, uart, run, abort } = setUp();
      for (let other = 0; other < 31; other++) cpu.setX(other, BigInt(0x100 + other));
      run(abort(ISV | (2 << 22) | (n << 16) | WNR | TRANSLATION, UART));
      expect(uart.writes).toEqual([[0, 4, n === 31 ? 0n : BigInt(0x100 + n)]]);
      uart.value = 0xabcdn;
      run(abort(ISV | (2 << 22) | (n << 16) | TRANSLATION, UART));
      const changed = Array.from({ length: 31 }, (_, other) => other).filter((o) => cpu.x(o) !== BigInt(0x100 + o));
      expect(changed).toEqual(n === 31 ? [] : [n]);
    }
  });

  it('takes an address beyond the IPA size for an address size fault, from EL0 too', () => {
    const { cpu, run, abort } = setUp();
    cpu.set('SPSR_EL2', 0n);
    run(abort(ISV | TRANSLATION, 2 ** 44));
    expect(cpu.get('ESR_EL1')).toBe(BigInt(((Ec.dabtLow << 26) | (1 << 25)) >>> 0));
    expect(cpu.get('ELR_EL2')).toBe(0x400n);
  });

  it('lets cache maintenance at a device pass', () => {
    const { cpu, run, abort } = setUp();
    run(abort((1 << 8) | WNR | TRANSLATION, UART));
    expect(cpu.get('ELR_EL2')).toBe(0x4000_0004n);
  });
});

describe('the instruction count', () => {
  const counted = (trap: (cpu: FakeCpu) => 'sync', prepare: (cpu: FakeCpu) => void = () => {}) => {
    const t = setUp();
    prepare(t.cpu);
    t.cpu.script.push(() => trap(t.cpu));
    const counts: number[] = [];
    t.cpu.script.push(() => {
      counts.push(t.cpu.icount);
      t.cpu.icount = 5;
      return 'budget';
    });
    t.vm.run(5);
    return { ...t, retired: counts[0] };
  };
  const load = (at: number) => (cpu: FakeCpu) => cpu.trap(Ec.dabtLow, ISV | (2 << 22) | TRANSLATION, { ipa: at });

  it('has one more for what the hypervisor carried out', () => {
    const read = counted(load(UART));
    expect(read.retired).toBe(1);
    // The events of the instruction stand at the count before it, as all that an instruction does.
    expect(read.log.events.map((e) => e.at)).toEqual([0, 0]);
    expect(counted((c) => c.trap(Ec.sys64, msr(sysregEncoding(3, 0, 0, 4, 0), 4, true))).retired).toBe(1);
    expect(counted((c) => c.trap(Ec.wfx, 1)).retired).toBe(1);
    expect(
      counted(
        (c) => c.trap(Ec.smc64, 0),
        (c) => c.setX(0, 0x8400_0000n),
      ).retired,
    ).toBe(1);
  });

  it('has none for what is made again or takes an exception', () => {
    expect(counted(load(RAM)).retired).toBe(0);
    expect(counted(load(0x0b00_0000)).retired).toBe(0);
    expect(counted((c) => c.trap(Ec.sys64, msr(sysregEncoding(3, 0, 15, 0, 0), 4, true))).retired).toBe(0);
  });

  it('counts a call once, which is retired by being taken', () => {
    expect(
      counted(
        (c) => c.trap(Ec.hvc64, 0),
        (c) => c.setX(0, 0x8400_0000n),
      ).retired,
    ).toBe(1);
  });

  it('goes with a step, where the guest steps over the instruction', () => {
    const { cpu } = counted(load(UART), (c) => c.set('SPSR_EL2', 0x0020_0005n));
    expect(cpu.get('SPSR_EL2')).toBe(5n);
  });
});

describe('memory', () => {
  it('is mapped upon first touch, and the access made again', () => {
    const { cpu, run, log, vm, abort } = setUp();
    run(abort(ISV | 6, RAM + 0x1234));
    expect(log.of('vm-exit')[0]).toMatchObject({ bhyveExit: BhyveExit.PAGING });
    expect(log.of('stage2-map')[0]).toMatchObject({ ipa: BigInt(RAM + 0x1000), bytes: 4096 });
    expect(cpu.get('ELR_EL2')).toBe(BigInt(RAM));
    expect(vm.vcpu(0).stats.entries()[1]).toEqual({ name: 'Resident memory', value: 4096 });
  });

  it('outside it instructions abort', () => {
    const { cpu, run } = setUp();
    run(() => cpu.trap(Ec.iabtLow, TRANSLATION, { ipa: UART }));
    expect(cpu.get('ESR_EL1')).toBe(BigInt(((Ec.iabtCurrent << 26) | (1 << 25) | 0x10) >>> 0));
  });
});

describe('system registers', () => {
  const access = (encoding: number, rt: number, read: boolean, prepare?: (cpu: FakeCpu) => void) => {
    const t = setUp();
    prepare?.(t.cpu);
    t.run(() => t.cpu.trap(Ec.sys64, msr(encoding, rt, read)));
    return t;
  };

  it('shows ID registers through their masks', () => {
    const mmfr0 = access(sysregEncoding(3, 0, 0, 7, 0), 4, true, (c) => c.set('ID_AA64MMFR0_EL1', 0x0f10_1124n));
    expect(mmfr0.cpu.x(4)).toBe(0x0f10_1124n);
    const pfr0 = access(sysregEncoding(3, 0, 0, 4, 0), 4, true, (c) => c.set('ID_AA64PFR0_EL1', 0x0100_2222n));
    expect(pfr0.cpu.x(4)).toBe(0x0100_0022n);
    expect(pfr0.log.of('sysreg-read')[0]).toMatchObject({ value: 0x0100_0022n, rt: 4 });
    const pfr1 = access(sysregEncoding(3, 0, 0, 1, 1), 4, true, (c) => c.set('ID_PFR1_EL1', 0x1_1001n));
    expect(pfr1.cpu.x(4)).toBe(0x1_0001n);
    const hidden = access(sysregEncoding(3, 0, 0, 4, 1), 4, true, (c) => c.set('ID_AA64PFR1_EL1', 0x131n));
    expect(hidden.cpu.x(4)).toBe(0n);
  });

  it('is UNDEFINED where there is no register, or no such access', () => {
    for (const [encoding, read] of [
      [sysregEncoding(3, 0, 15, 0, 0), true],
      [sysregEncoding(3, 0, 12, 11, 5), true],
      [sysregEncoding(3, 3, 14, 0, 1), false],
    ] as const) {
      const { cpu } = access(encoding, 0, read);
      expect(cpu.get('ESR_EL1')).toBe(1n << 25n);
      expect(cpu.get('ELR_EL2')).toBe(0x200n);
    }
  });

  it('passes the OS lock through to the CPU', () => {
    const { cpu } = access(sysregEncoding(2, 0, 1, 0, 4), 2, false, (c) => c.setX(2, 1n));
    expect(cpu.get('OSLAR_EL1')).toBe(1n);
  });

  it('sends an SGI', () => {
    const { hyp, log } = access(sysregEncoding(3, 0, 12, 11, 5), 2, false, (c) => c.setX(2, (4n << 24n) | 1n));
    expect(hyp.vgic.pending(hyp.vgic.slot(0, 4))).toBe(true);
    expect(log.names()).toEqual(['vm-exit', 'sysreg-write', 'sgi']);
  });

  it('emulates the physical timer', () => {
    const { cpu, hyp, vm, log } = setUp();
    const write = (op2: number, value: bigint) => () => {
      cpu.setX(1, value);
      return cpu.trap(Ec.sys64, msr(sysregEncoding(3, 3, 14, 2, op2), 1, false));
    };
    cpu.script.push(() => cpu.trap(Ec.sys64, msr(sysregEncoding(3, 3, 14, 2, 0), 1, true)));
    vm.run(1);
    expect(cpu.x(1)).toBe(0xffff_ffffn);
    cpu.script.push(write(0, 100n), write(1, 1n));
    const deadlines: number[] = [];
    cpu.script.push((until) => {
      deadlines.push(until);
      cpu.icount = until;
      return 'budget';
    });
    vm.run(5000);
    expect(deadlines).toEqual([1600]);
    expect(log.of('timer-fire')).toEqual([{ event: 'timer-fire', at: 1600, vcpu: 0, timer: 1, intid: 30 }]);
    expect(hyp.vgic.pending(hyp.vgic.slot(0, 30))).toBe(true);
    cpu.script.push(write(1, 0n));
    vm.run(5001);
    expect(hyp.vgic.pending(hyp.vgic.slot(0, 30))).toBe(false);
  });
});

it.each([
  ['direct', 1n],
  ['bhyve', 0n],
] as const)(
  "the policy %s leaves the virtual timer to the guest, and perhaps the physical counter's reads",
  (policy, cnthctl) => {
    const { cpu } = setUp(policy);
    expect(cpu.get('CNTHCTL_EL2')).toBe(cnthctl);
    expect([...cpu.enabled].sort()).toEqual([25, 27]);
  },
);

describe('the policy bhyve-2018', () => {
  it('emulates the virtual timer too', () => {
    const { cpu, vm, log } = setUp('bhyve-2018');
    expect(cpu.get('CNTHCTL_EL2')).toBe(0x6000n);
    expect([...cpu.enabled]).toEqual([25]);
    for (const [op2, value] of [
      [2, 200n],
      [1, 1n],
    ] as const) {
      cpu.script.push(() => {
        cpu.setX(1, value);
        return cpu.trap(Ec.sys64, msr(sysregEncoding(3, 3, 14, 3, op2), 1, false));
      });
    }
    vm.run(4000);
    expect(log.of('timer-fire')).toEqual([{ event: 'timer-fire', at: 3200, vcpu: 0, timer: 0, intid: 27 }]);
  });

  it('is refused by a CPU that cannot trap its virtual timer', () => {
    const cpu = new FakeCpu();
    cpu.ports.set('CNTHCTL_EL2', { ...cpu.register('CNTHCTL_EL2'), write: () => {} });
    expect(() => setUp('bhyve-2018', cpu)).toThrow(Failure);
  });
});

describe("a vCPU's context", () => {
  it('is all new at a reset', () => {
    const { cpu } = setUp();
    const registers = { ...contextRegisters, ICH_VMCR_EL2: 0n, ICH_AP0R0_EL2: 0n, ICH_AP1R0_EL2: 0n };
    for (const name of Object.keys(registers)) cpu.set(name, 0x1234n);
    for (let n = 0; n < 31; n++) cpu.setX(n, 7n);
    for (let i = 0; i < 64; i++) cpu.setV(i >> 1, (i & 1) as 0 | 1, 9n);
    resetContext(cpu, 0, 0x8000n, [1n, 2n]);
    for (const [name, reset] of Object.entries(registers)) expect(cpu.get(name), name).toBe(reset);
    expect(Array.from({ length: 31 }, (_, n) => cpu.x(n))).toEqual([1n, 2n, ...new Array(29).fill(0n)]);
    for (let i = 0; i < 64; i++) expect(cpu.v(i >> 1, (i & 1) as 0 | 1)).toBe(0n);
    expect([cpu.guestPc(), cpu.guestPstate()]).toEqual([0x8000n, 0x3c5]);
  });
});

describe('firmware calls', () => {
  it('answers by HVC, which is behind, and by SMC, which is not', () => {
    for (const ec of [Ec.hvc64, Ec.smc64]) {
      const { cpu, run, log } = setUp();
      cpu.setX(0, 0x8400_0000n);
      run(() => cpu.trap(ec, 0));
      expect(cpu.x(0)).toBe(0x1_0000n);
      expect(cpu.get('ELR_EL2')).toBe(0x4000_0004n);
      expect(log.of('psci')[0]).toMatchObject({ functionId: 0x8400_0000, result: 0x1_0000n });
    }
  });

  it('knows no workarounds and no vendor services', () => {
    const { cpu, run } = setUp();
    cpu.setX(0, 0x8600_ff01n);
    run(() => cpu.trap(Ec.hvc64, 0));
    expect(cpu.x(0)).toBe(0xffff_ffff_ffff_ffffn);
    run(() => cpu.trap(Ec.hvc64, 1));
    expect(cpu.get('ESR_EL1')).toBe(1n << 25n);
  });

  it('powers off', () => {
    const { cpu, run, log } = setUp();
    cpu.setX(0, 0x8400_0008n);
    expect(
      run(
        () => cpu.trap(Ec.hvc64, 0),
        () => 'budget',
      ),
    ).toEqual({ kind: 'suspended', how: SuspendHow.POWEROFF });
    expect(log.of('suspend')).toMatchObject([{ how: SuspendHow.POWEROFF }]);
  });
});

describe('waiting and the virtual timer', () => {
  it('skips idle time to the timer, whose interrupt then wakes the guest', () => {
    const { cpu, hyp, vm, log } = setUp();
    hyp.gic.distributor.write(0, 4, 2n, 0);
    hyp.gic.redistributors[0]?.write(0x1_0100, 4, 1n << 27n, 0);
    cpu.set('ICH_VMCR_EL2', 0xf800_0002n);
    cpu.set('CNTV_CTL_EL0', 1n);
    cpu.set('CNTV_CVAL_EL0', 1000n);
    cpu.script.push(
      () => cpu.trap(Ec.wfx, 0),
      () => {
        // In the handler: acknowledges, then stops the timer, then ends the interrupt.
        expect(cpu.get('ICH_LR0_EL2')).toBe((1n << 62n) | (1n << 60n) | (1n << 41n) | 27n);
        cpu.set('CNTV_CTL_EL0', 0n);
        cpu.set('ICH_LR0_EL2', 0n);
        cpu.lines.add(25);
        return 'irq';
      },
    );
    vm.run(16_010);
    expect(log.names()).toEqual([
      'vm-exit',
      'wfi',
      'idle-skip',
      'irq-line',
      'irq-inject',
      'vm-exit',
      'maintenance-irq',
      'irq-line',
    ]);
    expect(log.of('idle-skip')[0]).toMatchObject({ at: 1, to: 16_000 });
    expect(cpu.get('ELR_EL2')).toBe(0x4000_0004n);
    expect(cpu.enabled.has(27)).toBe(true);
    expect(cpu.get('ICH_LR0_EL2')).toBe(0n);
  });

  it('masks the host interrupt while the line is high', () => {
    const { cpu, run } = setUp();
    cpu.lines.add(27);
    cpu.set('CNTV_CTL_EL0', 1n);
    run(() => 'irq');
    expect(cpu.enabled.has(27)).toBe(false);
  });

  it('is stuck where nothing can wake it', () => {
    const { cpu, vm, stat } = setUp();
    cpu.script.push(() => cpu.trap(Ec.wfx, 0));
    expect(vm.run(Number.POSITIVE_INFINITY)).toEqual({ kind: 'stuck' });
    expect(stat('wfi')).toBe(1);
  });

  it('goes on waiting over the end of a run', () => {
    const { cpu, vm, log } = setUp();
    cpu.set('CNTV_CTL_EL0', 1n);
    cpu.set('CNTV_CVAL_EL0', 1000n);
    cpu.script.push(() => cpu.trap(Ec.wfx, 0));
    expect(vm.run(10)).toEqual({ kind: 'budget-spent' });
    expect(vm.run(20)).toEqual({ kind: 'budget-spent' });
    expect(cpu.icount).toBe(20);
    expect(log.of('idle-skip')).toEqual([{ event: 'idle-skip', at: 1, vcpu: 0, to: 16_000 }]);
  });
});

describe('the end of a run', () => {
  it('changes nothing, but a line from outside meets what the guest has done by then', () => {
    const { cpu, hyp, vm, log } = setUp();
    hyp.gic.distributor.write(0, 4, 2n, 0);
    hyp.gic.distributor.write(0xc08, 4, 2n << 16n, 0);
    hyp.gic.distributor.write(0x104, 4, 1n << 8n, 0);
    const line = hyp.vgic.line(40);
    line.set(true);
    cpu.script.push(() => {
      // Acknowledged.
      cpu.set('ICH_LR0_EL2', (2n << 62n) | (1n << 60n) | 40n);
      cpu.icount = 10;
      return 'budget';
    });
    vm.run(10);
    vm.run(20);
    expect(hyp.vgic.active(hyp.vgic.slot(0, 40))).toBe(false);
    line.set(false);
    line.set(true);
    vm.run(30);
    expect(cpu.get('ICH_LR0_EL2')).toBe((3n << 62n) | (1n << 60n) | 40n);
    expect(log.of('irq-inject').length).toBe(2);
  });
});

describe('what nobody handles', () => {
  it('comes back with its syndrome', () => {
    const { cpu, run, stat } = setUp();
    const result = run(() => cpu.trap(Ec.illegalState, 0));
    expect(result).toMatchObject({ kind: 'md', md: { exceptionNr: 'sync', pc: 0x4000_0000n } });
    expect(stat('unhandledSync')).toBe(1);
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
