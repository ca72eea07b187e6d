import { spawnSync } from 'node:child_process';
import type { GuestFiles } from '../../tools/guests/catalogue.ts';

const machines = {
  arm64: ['qemu-system-aarch64', 'cortex-a57'],
  armv7: ['qemu-system-arm', 'cortex-a15'],
} as const;

/** The console of a boot under QEMU's `virt`; undefined where QEMU is not installed. */
export function qemuConsole(guest: GuestFiles, gicVersion: 2 | 3): string | undefined {
  const [program, cpu] = machines[guest.arch];
  if (spawnSync(program, ['--version']).status !== 0) return undefined;
  const machine = ['-M', `virt,gic-version=${gicVersion}`, '-cpu', cpu, '-m', '512'];
  const devices = ['-nodefaults', '-display', 'none', '-net', 'none', '-serial', 'stdio', '-no-reboot'];
  // With a clock of instructions, as here, so that how busy the host is does not change what the kernel prints when.
  const clock = ['-icount', 'shift=0', '-rtc', 'base=2026-01-01,clock=vm'];
  const images = ['-kernel', guest.kernel, ...(guest.initrd ? ['-initrd', guest.initrd] : []), '-append', guest.append];
  const args = [...machine, ...devices, ...clock, ...images];
  return spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 24 }).stdout;
}
