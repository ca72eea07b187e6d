import type { Ipa } from '../../base/brands.ts';
import type { AccessSize } from '../../devices/bus/mmio-bus.ts';
import type { SuspendHow } from '../../trace/events/index.ts';

/** A load from a device address, still to be answered. */
export interface MmioRead {
  readonly kind: 'mmio-read';
  readonly pc: bigint;
  readonly ipa: Ipa;
  readonly size: AccessSize;
  /** The general-purpose register to fill. */
  readonly rt: number;
  /** What `size` bytes become in the register: sign- or zero-extended to so many bytes. */
  readonly signExtend: boolean;
  readonly registerBytes: 4 | 8;
}

/** A store to a device address, still to be carried out. */
export interface MmioWrite {
  readonly kind: 'mmio-write';
  readonly pc: bigint;
  readonly ipa: Ipa;
  readonly size: AccessSize;
  readonly rt: number;
  readonly value: bigint;
}

/**
 * What is left for the machine-independent vmm to do after a guest stopped. The architecture's own exits that the vmm
 * does not understand are in `md`.
 */
export type VmExit<Md> =
  | MmioRead
  | MmioWrite
  /** Guest memory that the second stage of translation does not map yet; the access is made again. */
  | { readonly kind: 'paging'; readonly ipa: Ipa; readonly syndrome: number }
  | { readonly kind: 'wfi'; readonly pc: bigint }
  /** The vCPU waits for what another may do; it is not bound to. */
  | { readonly kind: 'yield' }
  /** The architecture has done all there was to do. */
  | { readonly kind: 'handled' }
  | { readonly kind: 'budget-spent' }
  /** The guest takes exception upon exception by itself and retires no instruction. */
  | { readonly kind: 'livelock' }
  | { readonly kind: 'md'; readonly md: Md };

/** Why `Vm.run` returned. */
export type RunResult<Md> =
  | { readonly kind: 'budget-spent' }
  | { readonly kind: 'suspended'; readonly how: SuspendHow }
  /** No vCPU runs and nothing is due that could wake one: only something from outside can. */
  | { readonly kind: 'stuck' }
  /** The guest takes exception upon exception and retires no instruction. */
  | { readonly kind: 'livelock' }
  /** An exit that nobody handles: the guest cannot go on. */
  | { readonly kind: 'md'; readonly md: Md };
