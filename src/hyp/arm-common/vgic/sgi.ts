import { type EventSink, sgi } from '../../../trace/events/index.ts';
import type { Vgic } from './model.ts';

/** A software-generated interrupt as its sender wrote it: ICC_SGI1R_EL1 (IHI 0069, 12.2.16), GICD_SGIR (IHI 0048B, 4.3.15). */
interface SgiWrite {
  readonly intid: number;
  /** A bit a vCPU. */
  readonly targets: number;
  /** 0: the listed vCPUs; 1: all but the sender (IRM); 2: the sender alone. 3 is reserved, and goes to nobody. */
  readonly mode: number;
}

/** ICC_SGI1R_EL1 as a vCPU writes it (IHI 0069, 12.2); vCPUs are named by Aff0 alone. */
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

/** GICD_SGIR: TargetListFilter [25:24], CPUTargetList [23:16], SGIINTID [3:0]. */
export function decodeSgir(value: number, sender: number, vcpus: number): SgiWrite {
  const all = (1 << vcpus) - 1;
  const self = 1 << sender;
  const mode = (value >>> 24) & 3;
  const targets = [(value >>> 16) & 0xff & all, all & ~self, self, 0][mode] as number;
  return { intid: value & 15, targets, mode };
}

/** Makes GICv2's SGI pending from its sender at each target, of whichever group: there is one security state. */
export function sendSgiV2(vgic: Vgic, sender: number, write: SgiWrite, events: EventSink, at: number): void {
  events.emit(sgi, { at, vcpu: sender, ...write });
  for (let vcpu = 0; vcpu < vgic.vcpus; vcpu++)
    if ((write.targets >>> vcpu) & 1) vgic.setSource(vgic.slot(vcpu, write.intid), sender, true);
}
