import type { MmioDevice } from '../../../devices/bus/mmio-bus.ts';
import type { EventSink } from '../../../trace/events/index.ts';
import { Distributor } from './distributor.ts';
import { DistributorV2 } from './distributor-v2.ts';
import type { Vgic } from './model.ts';
import { Redistributor } from './redistributor.ts';

/** An interrupt controller as the guest reaches it in memory: of GICv3 (IHI 0069), redistributors by vCPU; of GICv2 (IHI 0048B), none. */
export interface GicFrames {
  readonly distributor: MmioDevice;
  readonly redistributors: readonly MmioDevice[];
}

/** The frames of a vgic. */
export function gicFrames(version: 2 | 3, vgic: Vgic, events: EventSink, icount: () => number): GicFrames {
  if (version === 2) return { distributor: new DistributorV2(vgic, events, icount), redistributors: [] };
  const redistributors = Array.from({ length: vgic.vcpus }, (_, vcpu) => new Redistributor(vgic, vcpu));
  return { distributor: new Distributor(vgic), redistributors };
}
