import { ipa as toIpa } from '../../base/brands.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { AccessSize } from '../../devices/bus/mmio-bus.ts';
import { mmioRead, mmioWrite } from '../../trace/events/index.ts';
import { swapBytes } from './data-abort.ts';
import type { ArmHypervisor } from './hypervisor.ts';
import type { Trap } from './trap.ts';

/** One register's part of an access, at `offset` bytes from its start. */
export interface AccessPart {
  readonly offset: number;
  readonly size: AccessSize;
  /** The register's number, for the tape. */
  readonly rt: number;
  /** What a store stores; bits above `size` bytes do not count. */
  readonly value: () => bigint;
  /** Takes what a load loaded. */
  readonly fill: (value: bigint) => void;
}

/** A load or store whose syndrome does not describe it, from its instruction. */
export interface PlannedAccess {
  readonly load: boolean;
  /** The virtual address at which it starts. */
  readonly address: bigint;
  readonly parts: readonly AccessPart[];
}

/**
 * Makes the accesses of an instruction at a device one by one. False, with no register changed, where one meets no device.
 * @param far the faulting virtual address, that of `trap.ipa`
 */
export function makeAccesses(h: ArmHypervisor, trap: Trap, far: bigint, plan: PlannedAccess): boolean {
  // The fault may be at a later part of the access than its first, but in the same page, or it would be at no device.
  const at = trap.ipa + Number(BigInt.asIntN(64, plan.address - far));
  const last = plan.parts.at(-1);
  if (!last || Math.floor(at / PAGE_BYTES) !== Math.floor((at + last.offset + last.size - 1) / PAGE_BYTES))
    return false;
  if (Math.floor(at / PAGE_BYTES) !== Math.floor(trap.ipa / PAGE_BYTES)) return false;
  const loaded: bigint[] = [];
  for (const part of plan.parts) {
    const ipa = toIpa(BigInt(at + part.offset));
    if (!h.ports.bus.find(ipa, part.size)) return false;
    if (plan.load) loaded.push(read(h, trap, part, ipa));
    else write(h, trap, part, ipa);
  }
  if (plan.load) plan.parts.forEach((part, i) => void part.fill(loaded[i] as bigint));
  return true;
}

type DeviceIpa = ReturnType<typeof toIpa>;

const ordered = (h: ArmHypervisor, value: bigint, size: AccessSize): bigint =>
  h.bigEndian() ? swapBytes(value, size) : value;

function read(h: ArmHypervisor, { vcpu, pc }: Trap, { size, rt }: AccessPart, ipa: DeviceIpa): bigint {
  const value = h.ports.bus.read(ipa, size, vcpu) ?? 0n;
  h.ports.events.emit(mmioRead, { at: h.icount(), vcpu, pc, ipa, size, value, rt });
  return ordered(h, value, size);
}

function write(h: ArmHypervisor, { vcpu, pc }: Trap, part: AccessPart, ipa: DeviceIpa): void {
  const { size, rt } = part;
  const value = ordered(h, BigInt.asUintN(8 * size, part.value()), size);
  h.ports.events.emit(mmioWrite, { at: h.icount(), vcpu, pc, ipa, size, value, rt });
  h.ports.bus.write(ipa, size, value, vcpu);
}
