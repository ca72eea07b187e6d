import { type EventSink, sgi } from '../../../trace/events/index.ts';
import type { Vgic } from './model.ts';

/** A software-generated interrupt as its sender wrote it: ICC_SGI1R_EL1 (IHI 0069, 12.2.16). */
interface SgiWrite {
  readonly intid: number;
  /** A bit a vCPU. */
  readonly targets: number;
  /** 0: the listed vCPUs, 1: all but the sender (IRM). */
  readonly mode: 0 | 1;
}

export function decodeSgi1r(value: bigint, sender: number, vcpus: number): SgiWrite {
  const field = (at: number, width: number): number => Number((value >> BigInt(at)) & ((1n << BigInt(width)) - 1n));
  const intid = field(24, 4);
  const all = (1 << vcpus) - 1;
  if (field(40, 1) === 1) return { intid, targets: all & ~(1 << sender), mode: 1 };
  // Affinity: Aff0 is the vCPU's number, all others are 0. RS shifts the target list by 16.
  const cluster = field(48, 8) | field(32, 8) | field(16, 8);
  const targets = cluster === 0 && field(44, 4) === 0 ? field(0, 16) & all : 0;
  return { intid, targets, mode: 0 };
}

/** Makes an SGI pending at each target, if it is in the group (0 or 1) that the register is for. */
export function sendSgi(
  vgic: Vgic,
  sender: number,
  write: SgiWrite,
  group: 0 | 1,
  events: EventSink,
  at: number,
): void {
  events.emit(sgi, { at, vcpu: sender, ...write });
  for (let vcpu = 0; vcpu < vgic.vcpus; vcpu++) {
    const slot = vgic.slot(vcpu, write.intid);
    if ((write.targets >>> vcpu) & 1 && vgic.group(slot) === group) vgic.setLatch(slot, true);
  }
}
