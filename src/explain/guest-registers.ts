import { isPlainMap, type PlainMap } from '../base/plain.ts';
import { saveCpu } from '../core/snapshot.ts';
import type { GuestView } from '../inspect/guest-view.ts';

/** The hypervisor's own, and the emulated host's. Some of the guest's have such names too: AArch32's, as AArch64 sees them. */
const OF_HYPERVISOR = /_EL2$|^HOST_/;
const OF_GUEST: ReadonlySet<string> = new Set(['DACR32_EL2', 'IFSR32_EL2', 'DBGVCR32_EL2']);
/** Whether a system register by its AArch64 name is one that a guest has. */
export const isOfGuest = (name: string): boolean => !OF_HYPERVISOR.test(name) || OF_GUEST.has(name);
const VECTORS = 32;

/**
 * All registers of a vCPU by name, of the one that the view is of: the general ones of its state and mode, vector registers, the controls of
 * floating point, and EL0's and EL1's system registers by their AArch64 names.
 */
export function guestRegisters(view: GuestView): Map<string, bigint> {
  const { machine, isAarch32 } = view;
  const cpu = saveCpu(machine.cpu.cpu);
  const found = new Map(Object.entries(view.registers()));
  const add = (name: string, value: bigint | number): void => void found.set(name, BigInt(value));
  if (!isAarch32) for (const name of ['SP_EL0', 'SP_EL1']) add(name, machine.cpu.register(name).read());
  for (let n = 0; n < VECTORS; n++) {
    const [low, high] = view.vector(n);
    add(isAarch32 ? `d${2 * n},d${2 * n + 1}` : `v${n}`, (high << 64n) | low);
  }
  const { fpcr, fpsr } = view.floatControls;
  add('FPCR', fpcr);
  add('FPSR', fpsr);
  add('FPEXC', cpu.fpexc as number);
  add('exclusive monitor', (cpu.exclusiveSize as number) === 0 ? 0n : (cpu.exclusiveAddress as bigint) | 1n);
  add('event register', cpu.event as number);
  if (isAarch32) (cpu.usr as readonly number[]).forEach((value, n) => void add(`r${8 + n}_usr`, value));
  for (const [name, value] of Object.entries(isPlainMap(cpu.system) ? cpu.system : ({} as PlainMap)))
    if (isOfGuest(name)) add(name, value as bigint);
  return found;
}
