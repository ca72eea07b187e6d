import { setUpVm } from '../arm-common/hypervisor.fixture.ts';
import type { TimerPolicy } from '../arm-common/vtimer.ts';
import { FakeCpu } from './fake-cpu.fixture.ts';
import { Arm64Hypervisor } from './hypervisor.ts';

/** A hypervisor over a fake CPU, with a VM. */
export function setUp(timerPolicy: TimerPolicy = 'direct', cpu = new FakeCpu(), guestAarch32 = false) {
  cpu.set('MIDR_EL1', 0x411f_d070n);
  const t = setUpVm(cpu, timerPolicy, (config) => new Arm64Hypervisor({ ...config, guestAarch32 }));
  const abort = (iss: number, at: number) => t.abort(iss, at, 0xffff_0000_0000n + BigInt(at));
  return { ...t, abort };
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
