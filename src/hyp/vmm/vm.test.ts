import { describe, expect, it } from 'vitest';
import { type Icount, ipa, pa } from '../../base/brands.ts';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { SuspendHow } from '../../trace/events/index.ts';
import type { MmioRead, MmioWrite } from './exits.ts';
import { DEVICE, RAM, type Stop, scriptedVm } from './vm.fixture.ts';

const read = (at: number): MmioRead => ({
  kind: 'mmio-read',
  pc: 0x80n,
  ipa: ipa(BigInt(at)),
  size: 4,
  rt: 7,
  signExtend: false,
  registerBytes: 4,
});
const write = (at: number): MmioWrite => ({
  kind: 'mmio-write',
  pc: 0x84n,
  ipa: ipa(BigInt(at)),
  size: 2,
  rt: 3,
  value: 0x1234n,
});
const wait: Stop = { exit: { kind: 'wfi', pc: 0x90n } };
const handled: Stop = { exit: { kind: 'handled' } };
const started = (...args: Parameters<typeof scriptedVm>) => {
  const made = scriptedVm(...args);
  made.vm.start(0, 0x1000n, [1n, 2n]);
  made.log.length = 0;
  return made;
};
const withoutPolls = (log: readonly string[]): string[] => log.filter((l) => !/^(poll|flush)/.test(l));

describe('a run', () => {
  it('goes to its count, and is bounded by nothing else where nothing is due', () => {
    const { vm, architecture } = started([]);
    expect([vm.run(500), architecture.now, architecture.bounds]).toEqual([{ kind: 'budget-spent' }, 500, [500]]);
    expect([vm.run(500), architecture.bounds.length]).toEqual([{ kind: 'budget-spent' }, 1]);
  });

  it('polls and flushes before each entry, in this order', () => {
    const { vm, log } = started([{ retires: 10, exit: { kind: 'handled' } }]);
    vm.run(20);
    expect(log).toEqual(['poll 0 at 0', 'flush 0', 'poll 0 at 10', 'flush 0', 'poll 0 at 20']);
  });

  it('ends before the next entry where a stop was asked for', () => {
    const { vm, host, architecture } = started([handled, handled]);
    host.stop = true;
    expect([vm.run(100), architecture.bounds]).toEqual([{ kind: 'budget-spent' }, []]);
  });

  it('is told of an exit that nobody handles', () => {
    const { vm } = started([{ exit: { kind: 'md', md: 'strange' } }]);
    expect(vm.run(100)).toEqual({ kind: 'md', md: 'strange' });
  });

  it('counts what its vCPU ran', () => {
    const { vm } = started([{ retires: 30, exit: { kind: 'handled' } }]);
    vm.run(100);
    expect(vm.vcpu(0).stats.entries()[0]).toEqual({ name: 'vcpu total runtime', value: 100 });
  });

  it('ends where the guest takes exception upon exception, which the architecture finds', () => {
    const { vm, architecture } = started([handled, { exit: { kind: 'livelock' } }]);
    expect([vm.run(100), architecture.now]).toEqual([{ kind: 'livelock' }, 2]);
  });

  it('has saved what was counted towards that', () => {
    const [from, to] = [started([]), started([])];
    Object.assign(from.architecture.stall, { at: 70, exceptions: 12 });
    restoreParts(to.vm.parts, saveParts(from.vm.parts));
    expect(to.architecture.stall).toEqual({ at: 70, exceptions: 12 });
  });
});

describe('device accesses', () => {
  it('are read before they are told, and the value goes to the guest', () => {
    const { vm, log, events } = started([{ exit: read(DEVICE + 8) }]);
    vm.run(5);
    expect(withoutPolls(log)).toEqual(['read 8 4', 'event mmio-read', 'loaded 85 into 7']);
    expect(events).toEqual([
      { event: 'mmio-read', at: 1, vcpu: 0, pc: 0x80n, ipa: BigInt(DEVICE + 8), size: 4, value: 0x55n, rt: 7 },
    ]);
  });

  it('that write are told before their effects', () => {
    const { vm, log } = started([{ exit: write(DEVICE + 2) }]);
    vm.run(5);
    expect(withoutPolls(log)).toEqual(['event mmio-write', 'write 2 2 4660', 'stored 4660']);
  });

  it('where nothing answers are aborts, and no events', () => {
    const { vm, log, events } = started([{ exit: read(DEVICE + 0x1000) }, { exit: write(DEVICE + 0xff) }]);
    vm.run(5);
    expect(withoutPolls(log)).toEqual([`abort mmio-read ${DEVICE + 0x1000}`, `abort mmio-write ${DEVICE + 0xff}`]);
    expect(events).toEqual([]);
  });
});

describe('memory that is not mapped yet', () => {
  it('is mapped, told and counted', () => {
    const { vm, events } = started([{ exit: { kind: 'paging', ipa: ipa(BigInt(RAM + 0x2345)), syndrome: 0x93 } }]);
    vm.run(5);
    expect(events).toEqual([
      { event: 'stage2-map', at: 1, vcpu: 0, ipa: BigInt(RAM + 0x2000), bytes: 0x1000, esr: 0x93 },
    ]);
    expect(vm.vcpu(0).stats.entries()[1]).toEqual({ name: 'Resident memory', value: 0x1000 });
  });
});

describe('waiting', () => {
  it('skips to what wakes the vCPU, told as a whole, however the wait is cut', () => {
    const wakesAt = (until: readonly number[]) => {
      const { vm, architecture, events } = started([wait, handled]);
      architecture.wakeDue = 1000;
      architecture.poll = () => {
        architecture.woken = architecture.now >= 1000;
      };
      for (const at of until) vm.run(at);
      return { events, now: architecture.now };
    };
    const whole = wakesAt([2000]);
    expect(whole.events).toEqual([
      { event: 'wfi', at: 1, vcpu: 0, pc: 0x90n },
      { event: 'idle-skip', at: 1, vcpu: 0, to: 1000 },
    ]);
    expect(wakesAt([2, 300, 999, 1000, 1001, 2000])).toEqual(whole);
  });

  it('is for ever where nothing is due, or the host says so; the VM can go on later', () => {
    const { vm, architecture, host } = started([wait]);
    expect(vm.run(100)).toEqual({ kind: 'stuck' });
    architecture.wakeDue = 50;
    host.idle = () => false;
    expect(vm.run(100)).toEqual({ kind: 'stuck' });
    architecture.woken = true;
    expect([vm.run(100), architecture.now]).toEqual([{ kind: 'budget-spent' }, 100]);
  });

  it('ends with the first of what is due: of the architecture, or a device that acts by itself', () => {
    let rings = 0;
    const bell = {
      nextDeadline: (): Icount | undefined => (rings === 0 ? (40 as Icount) : undefined),
      poll: () => {
        if (made.architecture.now >= 40) rings = 1;
      },
    };
    const made = started([wait], [bell]);
    made.architecture.wakeDue = 70;
    made.architecture.poll = () => {
      made.architecture.woken = made.architecture.now >= 70;
    };
    made.vm.run(100);
    expect([rings, made.events.filter((e) => e.event === 'idle-skip').map((e) => e.to)]).toEqual([1, [40, 70]]);
  });
});

describe('deadlines', () => {
  it.each([
    ['waits', [wait]],
    ['runs', [handled]],
  ])('that pass and leave no trace are a fault of ours, not a loop without end, where a vCPU %s', (_what, script) => {
    const { vm } = started(script, [{ nextDeadline: () => 30 as Icount, poll: () => {} }]);
    expect(() => vm.run(100)).toThrow('what was due has been done');
  });

  it('bound each entry, so that who is due is polled at its count', () => {
    const polls: number[] = [];
    let next = 30;
    const source = {
      nextDeadline: (): Icount => next as Icount,
      poll: () => {
        polls.push(made.architecture.now);
        if (made.architecture.now >= next) next += 30;
      },
    };
    const made = started([], [source]);
    made.architecture.due = 75;
    made.architecture.poll = () => {
      if (made.architecture.now >= 75) made.architecture.due = Infinity;
    };
    expect(made.vm.run(80)).toEqual({ kind: 'budget-spent' });
    expect(made.architecture.bounds.slice(0, 3)).toEqual([30, 60, 75]);
    expect(polls.slice(0, 4)).toEqual([0, 30, 60, 75]);
  });
});

describe('power', () => {
  it('is off until a vCPU is started, with its entry and arguments', () => {
    const { vm, log } = scriptedVm([]);
    expect([vm.powerState(0), vm.run(10)]).toEqual(['off', { kind: 'stuck' }]);
    log.length = 0;
    vm.start(0, 0x4000n, [7n]);
    expect([log, vm.powerState(0)]).toEqual([['reset 0 16384 7'], 'on']);
    expect(() => vm.start(0, 0n, [])).toThrow('vCPU 0 is off');
    vm.stop(0);
    expect(vm.run(10)).toEqual({ kind: 'stuck' });
  });

  it('goes by the first reason to suspend, which is told once', () => {
    const { vm, events } = started([handled]);
    vm.suspend(SuspendHow.POWEROFF);
    vm.suspend(SuspendHow.RESET);
    expect([vm.run(10), vm.suspended]).toEqual([{ kind: 'suspended', how: SuspendHow.POWEROFF }, SuspendHow.POWEROFF]);
    expect(events).toEqual([{ event: 'suspend', at: 0, vcpu: 0, how: SuspendHow.POWEROFF }]);
  });

  it('lets a firmware call put the vCPU to wait', () => {
    const { vm } = started([]);
    vm.wait(0);
    expect(vm.run(10)).toEqual({ kind: 'stuck' });
  });
});

describe('the machine around it', () => {
  it('has as many vCPUs as asked for, within the limit, and their registers by name', () => {
    const { vm, log } = scriptedVm([], [], 2);
    expect([vm.vcpuCount, vm.readRegister(1, 'pc')]).toEqual([2, 3n]);
    vm.writeRegister(1, 'x0', 5n);
    expect(log.at(-1)).toBe('x0 of 1 = 5');
    expect(() => vm.readRegister(2, 'pc')).toThrow('vCPU 2');
    expect(() => scriptedVm([], [], 9)).toThrow('within the limit');
  });
});

describe('guest memory', () => {
  it('is read and written within one segment, or not at all', () => {
    const { memory } = scriptedVm([]).vm;
    expect(memory.write(RAM + 0xfffe, Uint8Array.of(1, 2))).toBe(true);
    expect(memory.write(RAM + 0xffff, Uint8Array.of(3, 4))).toBe(false);
    expect(memory.write(RAM - 1, Uint8Array.of(5, 6))).toBe(false);
    expect([...(memory.view(RAM + 0xfffd, 3) ?? [])]).toEqual([0, 1, 2]);
    expect(memory.view(RAM + 0xffff, 2)).toBeUndefined();
    expect([memory.zero(RAM + 0xfffe, 1), memory.zero(RAM + 0xffff, 2)]).toEqual([true, false]);
    expect([...(memory.view(RAM + 0xfffe, 2) ?? [])]).toEqual([0, 2]);
  });

  it('has segments of pages that share nothing', () => {
    const { memory } = scriptedVm([]).vm;
    const other = { name: 'other', ipa: RAM + 0x1_0000, bytes: 0x1000, pa: pa(0) };
    expect(() => memory.add({ ...other, ipa: RAM + 0xf000 })).toThrow('overlaps ram');
    expect(() => memory.add({ ...other, pa: pa(0x1_f000) })).toThrow('shares host memory with ram');
    expect(() => memory.add({ ...other, bytes: 0x800 })).toThrow('is made of pages');
    expect(() => memory.add({ ...other, pa: pa(0x2_0000) })).toThrow("lies in the host's memory");
    memory.add(other);
    expect([memory.find(RAM + 0x1_0fff)?.name, memory.find(RAM + 0x1_1000)]).toEqual(['other', undefined]);
  });
});
