import { ipa as toIpa } from '../../base/brands.ts';
import { PAGE_BYTES } from '../../base/page.ts';
import type { AccessSize } from '../../devices/bus/mmio-bus.ts';
import { mmioRead, mmioWrite } from '../../trace/events/index.ts';
import { swapBytes } from './data-abort.ts';
import type { ArmHypervisor, InjectedFault } from './hypervisor.ts';
import type { Trap } from './trap.ts';

// Loads and stores at devices that no syndrome describes (ISV 0) are decoded and made in the guest's place, one register or
// element after the other. What is not, and ends in a synchronous external abort at the faulting address, as it might on hardware:
// - exclusives of both architectures, SWP and SWPB: what a monitor or a lock says of a device is IMPLEMENTATION DEFINED;
// - of AArch32, exception returns (RFE, LDM with PC and ^), SRS, and LDM and STM of User mode's registers, as what a kernel does at
//   its stack;
// - parts that lie in memory, where an access begins at a device: nothing maps the two side by side but by mistake.
// LDC and STC are of the debug communications channel alone, which is trapped before it accesses memory.

/** One register's or element's part of an access, at `offset` bytes from its start. */
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

/** Where an address leads by the guest's own translation, or the status of its fault. */
export type Translated = { readonly ipa: number } | { readonly status: number };

/** Where the guest's data is. */
export interface DataTranslation {
  /** Bits of a virtual address. */
  readonly bits: 32 | 64;
  /** The faulting virtual address, that of `trap.ipa`. */
  readonly far: bigint;
  /** Of a page. */
  translate(va: bigint, write: boolean): Translated;
}

const PAGE = BigInt(PAGE_BYTES);
const pageOf = (address: bigint): bigint => address - (address % PAGE);

/** The places of all parts, or the fault of the first that has none at a device. */
function locate(h: ArmHypervisor, trap: Trap, at: DataTranslation, plan: PlannedAccess): DeviceIpa[] | InjectedFault {
  const pages = new Map([[pageOf(at.far), pageOf(BigInt(trap.ipa))]]);
  const places: DeviceIpa[] = [];
  for (const { offset, size } of plan.parts) {
    const far = BigInt.asUintN(at.bits, plan.address + BigInt(offset));
    const page = pageOf(far);
    if (!pages.has(page)) {
      const found = at.translate(page, !plan.load);
      if ('status' in found) return { status: found.status, far };
      pages.set(page, BigInt(found.ipa));
    }
    const ipa = toIpa((pages.get(page) as bigint) + (far - page));
    // Devices take aligned accesses; the guest may make others where it maps them as Normal memory.
    if (ipa % BigInt(size) !== 0n || !h.ports.bus.find(ipa, size)) return h.ports.memory.find(ipa) ? {} : { far };
    places.push(ipa);
  }
  return places;
}

/** Makes the accesses of an instruction at devices one by one, or tells of the fault of one, with none made and no register changed. */
export function makeAccesses(
  h: ArmHypervisor,
  trap: Trap,
  at: DataTranslation,
  plan: PlannedAccess,
): InjectedFault | null {
  const places = locate(h, trap, at, plan);
  if (!Array.isArray(places)) return places;
  const { parts } = plan;
  if (plan.load) {
    const loaded = parts.map((part, i) => read(h, trap, part, places[i] as DeviceIpa));
    parts.forEach((part, i) => void part.fill(loaded[i] as bigint));
  } else parts.forEach((part, i) => void write(h, trap, part, places[i] as DeviceIpa));
  return null;
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
