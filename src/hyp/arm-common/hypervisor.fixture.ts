import { ipa, pa } from '../../base/brands.ts';
import { Ec } from '../../core/fields/esr.ts';
import { type AccessSize, MmioBus, type MmioDevice } from '../../devices/bus/mmio-bus.ts';
import { GuestMemory } from '../vmm/memory.ts';
import { Vm } from '../vmm/vm.ts';
import { EventLog } from './event-log.fixture.ts';
import type { FakeHostCpu } from './fake-cpu.fixture.ts';
import type { ArmConfig, ArmHypervisor } from './hypervisor.ts';
import { exitStats } from './stats.ts';
import type { TimerPolicy } from './vtimer.ts';

export const MiB = 2 ** 20;
export const RAM = 0x4000_0000;
export const UART = 0x0900_0000;
/** ISS of aborts. */
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
}

/** Where the guest looks for a GICv2's CPU interface, and the host's virtual one. */
export const CPU_INTERFACE = { ipa: 0x0801_0000, pa: 2 ** 32, bytes: 0x2000 };

/** A hypervisor over a fake CPU, with a VM of one vCPU, 8 MiB of memory and one device. */
export function setUpVm<C extends FakeHostCpu, H extends ArmHypervisor>(
  cpu: C,
  timerPolicy: TimerPolicy,
  make: (config: ArmConfig<C>) => H,
) {
  const log = new EventLog();
  const hyp = make({
    cpu,
    vcpus: 1,
    events: log,
    intids: 288,
    timerPolicy,
    timerIntids: { virtual: 27, physical: 30 },
    hostIntids: { virtualTimer: 27, maintenance: 25, pmu: 23 },
    tables: { base: 0, bytes: MiB },
    stage2PageBytes: 4096,
  });
  const memory = new GuestMemory(cpu.host);
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
  const run = (...script: FakeHostCpu['script']) => {
    cpu.script.push(...script);
    return vm.run(cpu.icount + script.length);
  };
  const stat = (name: keyof typeof exitStats): number | undefined =>
    vm
      .vcpu(0)
      .stats.entries()
      .find((s) => s.name === exitStats[name])?.value;
  const abort = (iss: number, at: number, far: bigint) => () => cpu.trap(Ec.dabtLow, iss, { ipa: at, far });
  return { cpu, log, hyp, vm, uart, bus, run, stat, abort };
}

/** CV and COND "always". */
const UNCONDITIONAL = (1 << 24) | (14 << 20);

/** ISS of a trapped MCR or MRC, MCRR or MRRC. */
export const mcr = (encoding: number, rt: number, read: boolean, condition = UNCONDITIONAL): number =>
  condition |
  ((encoding & 7) << 17) |
  (((encoding >> 11) & 7) << 14) |
  (((encoding >> 7) & 15) << 10) |
  (rt << 5) |
  (((encoding >> 3) & 15) << 1) |
  (read ? 1 : 0);

export const mcrr = (encoding: number, rt: number, rt2: number, read: boolean): number =>
  UNCONDITIONAL |
  (((encoding >> 11) & 15) << 16) |
  (rt2 << 10) |
  (rt << 5) |
  (((encoding >> 3) & 15) << 1) |
  (read ? 1 : 0);
