import { ipa, pa } from '../../base/brands.ts';
import { Ec } from '../../core/exception/types.ts';
import { type AccessSize, MmioBus, type MmioDevice } from '../../devices/bus/mmio-bus.ts';
import { type Saved, saveState } from '../../devices/bus/saved.ts';
import { EventLog } from '../arm-common/event-log.ts';
import { exitStats } from '../arm-common/stats.ts';
import type { TimerPolicy } from '../arm-common/vtimer.ts';
import { GuestMemory } from '../vmm/memory.ts';
import { Vm } from '../vmm/vm.ts';
import { FakeCpu } from './fake-cpu.ts';
import { Arm64Hypervisor } from './hypervisor.ts';

export const MiB = 2 ** 20;
export const RAM = 0x4000_0000;
export const UART = 0x0900_0000;
export const ISV = 1 << 24;
export const WNR = 1 << 6;
export const TRANSLATION = 7;

/** A device that keeps what it is written. */
class Uart implements MmioDevice {
  readonly name = 'uart';
  readonly size = 0x1000;
  readonly writes: [number, number, bigint][] = [];
  value = 0n;
  read(_offset: number, _size: AccessSize): bigint {
    return this.value;
  }
  write(offset: number, size: AccessSize, value: bigint): void {
    this.writes.push([offset, size, value]);
  }
  save(): Saved {
    return saveState('uart', 1, {});
  }
  restore(): void {}
}

/** A hypervisor over a fake CPU, with a VM of one vCPU, 8 MiB of memory and one device. */
export function setUp(timerPolicy: TimerPolicy = 'virtual-direct', cpu = new FakeCpu()) {
  const log = new EventLog();
  cpu.set('MIDR_EL1', 0x411f_d070n);
  const hyp = new Arm64Hypervisor({
    cpu,
    vcpus: 1,
    events: log,
    intids: 288,
    timerPolicy,
    timerIntids: { virtual: 27, physical: 30 },
    hostIntids: { virtualTimer: 27, maintenance: 25 },
    tables: { base: 0, bytes: MiB },
    stage2PageBytes: 4096,
  });
  const memory = new GuestMemory(cpu.host.bytes);
  memory.add({ name: 'ram', ipa: RAM, bytes: 8 * MiB, pa: pa(2 * MiB) });
  const bus = new MmioBus();
  const uart = new Uart();
  bus.attach(ipa(BigInt(UART)), uart);
  const host = {
    stopRequested: () => false,
    idle: (until: number): boolean => {
      cpu.icount = until;
      return true;
    },
  };
  const vm = new Vm({ architecture: hyp, vcpus: 1, memory, bus, events: log, host });
  vm.start(0, BigInt(RAM), [0x4800_0000n]);
  const run = (...script: FakeCpu['script']) => {
    cpu.script.push(...script);
    return vm.run(cpu.icount + script.length);
  };
  const stat = (name: keyof typeof exitStats): number | undefined =>
    vm
      .vcpu(0)
      .stats.entries()
      .find((s) => s.name === exitStats[name])?.value;
  const abort = (iss: number, at: number) => () =>
    cpu.trap(Ec.dabtLow, iss, { ipa: at, far: 0xffff_0000_0000n + BigInt(at) });
  return { cpu, log, hyp, vm, uart, bus, run, stat, abort };
}

/** ISS of a trapped MSR or MRS. */
export const msr = (encoding: number, rt: number, read: boolean): number =>
  ((encoding >> 14) << 20) |
  ((encoding & 7) << 17) |
  (((encoding >> 11) & 7) << 14) |
  (((encoding >> 7) & 15) << 10) |
  (rt << 5) |
  (((encoding >> 3) & 15) << 1) |
  (read ? 1 : 0);
