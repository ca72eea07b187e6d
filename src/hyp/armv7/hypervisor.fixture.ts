import { CPU_INTERFACE, setUpVm } from '../arm-common/hypervisor.fixture.ts';
import type { TimerPolicy } from '../arm-common/vtimer.ts';
import { FakeCpu } from './fake-cpu.fixture.ts';
import { Armv7Hypervisor } from './hypervisor.ts';

/** A hypervisor over a fake CPU, with a VM. */
export function setUp(timerPolicy: TimerPolicy = 'direct', cpu = new FakeCpu()) {
  cpu.set('MIDR', 0x412f_c0f1n);
  const t = setUpVm(cpu, timerPolicy, (config) => new Armv7Hypervisor({ ...config, cpuInterface: CPU_INTERFACE }));
  const abort = (iss: number, at: number) => t.abort(iss, at, BigInt(at + 0xc000_0000) & 0xffff_ffffn);
  return { ...t, abort };
}
