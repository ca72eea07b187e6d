import { type Ipa, ipa } from '../base/brands.ts';
import { gicFrames } from '../hyp/arm-common/vgic/gic-frames.ts';
import { Vgic } from '../hyp/arm-common/vgic/model.ts';
import type { EventSink } from '../trace/events/index.ts';
import { intidsOf } from './boards/board.ts';
import { boardBus, boardDevices, withoutFirmware } from './boards/devices.ts';
import { boardByName } from './boards/index.ts';
import { type VirtioConfig, virtioDevices } from './boards/virtio.ts';
import { MachineClock } from './clock.ts';
import type { MachineConfig } from './config.ts';
import { disksOf } from './disks/disk.ts';

/** The register at a guest-physical address by its manual (Arm DDI 0183, IHI 0069, …): `pl011 UARTDR`; of a device without one there, `pl011`. */
export type RegisterAt = (at: bigint) => string | undefined;

/** What decides which devices are where. */
type NamedConfig = Pick<MachineConfig, 'board' | 'gicVersion' | 'vcpus'> & Partial<VirtioConfig>;
/** Windows of PCI have more places than registers. */
const NAMES_KEPT_MAX = 1 << 16;
const nobody: EventSink = { emit: () => {} };

const noDoor = { add: () => {}, send: () => {} };
const emptyDisk = ({ bytes }: { readonly bytes: number }) => ({ bytes, page: () => null });

/** What device registers are called in a machine of this configuration, which need not be there: its devices are made, and nothing runs. */
export function registerNames(config: NamedConfig): RegisterAt {
  const { gicVersion: version, vcpus } = config;
  const board = boardByName(config.board);
  const clock = new MachineClock();
  const icount = (): number => clock.icount();
  const vgic = new Vgic({ version, vcpus, intids: intidsOf(board), events: nobody, icount });
  const irq = () => ({ set: () => {} });
  const dma = { read: () => undefined, write: () => false };
  const observer = () => ({ kick: () => {}, request: () => {}, complete: () => {} });
  const disks = disksOf(config.disks ?? [], (config.disks ?? []).map(emptyDisk), clock);
  const { placed } = boardDevices(board, {
    clock,
    irq,
    virtio: virtioDevices(board, { ...config, entropySeed: 0n }, disks, {
      clock,
      irq,
      dma,
      observer,
      door: noDoor,
      ports: () => {},
      message: () => {},
    }),
    console: { write: () => {} },
    rtcEpochSeconds: 0,
    ...withoutFirmware,
  });
  const bus = boardBus(board, gicFrames(version, vgic, nobody, icount), placed);
  // Of a register a tape tells thousands of times.
  const known = new Map<Ipa, string | undefined>();
  return (at) => {
    const place = ipa(at);
    const name = known.get(place) ?? bus.nameAt(place);
    if (name !== undefined && known.size < NAMES_KEPT_MAX) known.set(place, name);
    return name;
  };
}
