import { CPU_INTERFACE, setUpVm } from '../arm-common/fixture.ts';
import type { TimerPolicy } from '../arm-common/vtimer.ts';
import { FakeCpu } from './fake-cpu.ts';
import { Armv7Hypervisor } from './hypervisor.ts';

/** A hypervisor over a fake CPU, with a VM. */
export function setUp(timerPolicy: TimerPolicy = 'virtual-direct', cpu = new FakeCpu()) {
  cpu.set('MIDR', 0x412f_c0f1n);
  const t = setUpVm(cpu, timerPolicy, (config) => new Armv7Hypervisor({ ...config, cpuInterface: CPU_INTERFACE }));
  const abort = (iss: number, at: number) => t.abort(iss, at, BigInt(at + 0xc000_0000) & 0xffff_ffffn);
  return { ...t, abort };
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
