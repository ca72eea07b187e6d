import { must } from '../../../base/assert.ts';
import type { AccessSize, MmioDevice } from '../../../devices/bus/mmio-bus.ts';
import type { EventSink } from '../../../trace/events/index.ts';
import { type Bank, byteBank, commonBanks } from './banks.ts';
import { GIC_IIDR } from './distributor.ts';
import { GicFrame, type GicRow, type GicTable } from './frame.ts';
import { PRIVATE_INTIDS, SGI_INTIDS, type Vgic } from './model.ts';
import { decodeSgir, sendSgiV2 } from './sgi.ts';

const FRAME_BYTES = 0x1000;
/** Architecture version 2 (ICPIDR2.ArchRev), JEDEC code of Arm. */
const PIDR2 = 0x2b;

/** The distributor as one vCPU sees it: INTIDs 0-31 are its own. */
interface View extends Bank {
  readonly sendSgi: (value: number) => void;
}

/** GICD_TYPER (4.3.2): INTIDs in blocks of 32, vCPUs; no Security Extensions. */
const typer = ({ vgic }: Bank): number => (vgic.intids / 32 - 1) | ((vgic.vcpus - 1) << 5);

/** GICD_ITARGETSR (4.3.12): a bit a vCPU. Private interrupts go to their own; where there is one vCPU, all is RAZ/WI. */
const targets = (words: number): GicRow<Bank> =>
  byteBank(
    0x800,
    words,
    ({ vgic, vcpu }, _slot, intid) => {
      if (vgic.vcpus === 1) return 0;
      return intid < PRIVATE_INTIDS ? 1 << vcpu : vgic.route(intid, 0);
    },
    ({ vgic }, _slot, intid, value) => {
      if (vgic.vcpus > 1 && intid >= PRIVATE_INTIDS) vgic.setRoute(intid, 0, value & ((1 << vgic.vcpus) - 1));
    },
  );

/** GICD_CPENDSGIR, GICD_SPENDSGIR (4.3.16, 4.3.17): a byte an SGI, with a bit a vCPU that sent it. */
const sgiSources = (at: number, on: boolean): GicRow<Bank> =>
  byteBank(
    at,
    SGI_INTIDS / 4,
    ({ vgic }, slot) => vgic.sources(slot),
    ({ vgic }, slot, _intid, value) => {
      for (let source = 0; source < vgic.vcpus; source++) if ((value >>> source) & 1) vgic.setSource(slot, source, on);
    },
  );

const table = (intids: number): GicTable<View> => ({
  GICD_CTLR: { at: 0x000, read: (b) => b.vgic.ctlr, write: (b, _word, value) => b.vgic.setCtlr(value) },
  GICD_TYPER: { at: 0x004, read: typer },
  GICD_IIDR: { at: 0x008, read: () => GIC_IIDR },
  ...commonBanks('GICD', intids / 32),
  GICD_ITARGETSR: targets(intids / 4),
  // RAZ/WI without the Security Extensions (4.3.14).
  GICD_NSACR: { at: 0xe00, words: intids / 16, read: () => 0 },
  GICD_SGIR: { at: 0xf00, write: (b, _word, value) => b.sendSgi(value) },
  GICD_CPENDSGIR: sgiSources(0xf10, false),
  GICD_SPENDSGIR: sgiSources(0xf20, true),
  // Identification of a GIC-400 (DDI 0471, table 3-1).
  GICD_PIDR4: { at: 0xfd0, read: () => 0x04 },
  GICD_PIDR0: { at: 0xfe0, read: () => 0x90 },
  GICD_PIDR1: { at: 0xfe4, read: () => 0xb4 },
  GICD_PIDR2: { at: 0xfe8, read: () => PIDR2 },
  GICD_CIDR0: { at: 0xff0, read: () => 0x0d },
  GICD_CIDR1: { at: 0xff4, read: () => 0xf0 },
  GICD_CIDR2: { at: 0xff8, read: () => 0x05 },
  GICD_CIDR3: { at: 0xffc, read: () => 0xb1 },
});

/** The GICv2 distributor, emulated (IHI 0048B, 4.3). All of its state is the vgic's. */
export class DistributorV2 implements MmioDevice {
  readonly name = 'gicd';
  readonly size = FRAME_BYTES;
  readonly #views: readonly View[];
  readonly #frame: GicFrame<View>;

  constructor(vgic: Vgic, events: EventSink, icount: () => number) {
    this.#views = Array.from({ length: vgic.vcpus }, (_, vcpu) => ({
      vgic,
      vcpu,
      first: 0,
      end: vgic.intids,
      sendSgi: (value) => sendSgiV2(vgic, vcpu, decodeSgir(value, vcpu, vgic.vcpus), events, icount()),
    }));
    this.#frame = new GicFrame(table(vgic.intids), FRAME_BYTES);
  }

  read(offset: number, size: AccessSize, vcpu: number): bigint {
    return this.#frame.read(this.#view(vcpu), offset, size);
  }
  write(offset: number, size: AccessSize, value: bigint, vcpu: number): void {
    this.#frame.write(this.#view(vcpu), offset, size, value);
  }
  #view(vcpu: number): View {
    return must(this.#views[vcpu], 'vCPU of an access');
  }
  registerName(offset: number): string | undefined {
    return this.#frame.name(offset);
  }
}
