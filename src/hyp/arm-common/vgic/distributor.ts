import type { AccessSize, MmioDevice } from '../../../devices/bus/mmio-bus.ts';
import { type Bank, commonBanks } from './banks.ts';
import { GicFrame, type GicTable } from './frame.ts';
import { PRIVATE_INTIDS, type Vgic } from './model.ts';

/** Implementer Arm (0x43b), as bhyve's. */
export const GIC_IIDR = 0x43b;
/** Architecture revision 3 (PIDR2.ArchRev), JEDEC code of Arm. */
export const GIC_PIDR2 = 0x3b;
/** Where a device's message to an SPI is written, in bytes from the distributor's beginning. */
export const GICD_SETSPI_NSR = 0x040;
const FRAME_BYTES = 0x1_0000;

/** GICD_CTLR of a distributor with one security state and affinity routing only: ARE and DS read as one. */
const ARE_DS = (1 << 4) | (1 << 6);

/** GICD_TYPER: 10 bits of INTID, Aff3 (as ICC_CTLR_EL1 and GICD_IROUTER have it), messages to SPIs by register, no LPIs. */
const typer = (b: Bank): number => (Math.ceil(b.end / 32) - 1) | (1 << 16) | ((10 - 1) << 19) | (1 << 24);

const message = (change: 'setMessage' | 'clearMessage') => (b: Bank, _word: number, value: number) => {
  const intid = value & 0x3ff;
  if (intid >= b.first && intid < b.end) b.vgic[change](b.vgic.slot(0, intid));
};

const table = (intids: number): GicTable<Bank> => ({
  GICD_CTLR: { at: 0x000, read: (b) => b.vgic.ctlr | ARE_DS, write: (b, _word, value) => b.vgic.setCtlr(value) },
  GICD_TYPER: { at: 0x004, read: typer },
  GICD_IIDR: { at: 0x008, read: () => GIC_IIDR },
  GICD_SETSPI_NSR: { at: GICD_SETSPI_NSR, write: message('setMessage') },
  GICD_CLRSPI_NSR: { at: 0x048, write: message('clearMessage') },
  ...commonBanks('GICD', Math.ceil(intids / 32)),
  GICD_IROUTER: {
    at: 0x6000 + 8 * PRIVATE_INTIDS,
    words: 2 * (intids - PRIVATE_INTIDS),
    members: { words: 2, first: PRIVATE_INTIDS },
    read: (b, word) => b.vgic.route(PRIVATE_INTIDS + (word >>> 1), (word & 1) as 0 | 1),
    // Interrupt_Routing_Mode and Aff2..Aff0 below, Aff3 above.
    write: (b, word, value) =>
      b.vgic.setRoute(
        PRIVATE_INTIDS + (word >>> 1),
        (word & 1) as 0 | 1,
        ((word & 1) === 0 ? value & 0x80ff_ffff : value & 0xff) >>> 0,
      ),
  },
  GICD_PIDR4: { at: 0xffd0, read: () => 0x44 },
  GICD_PIDR0: { at: 0xffe0, read: () => 0x92 },
  GICD_PIDR1: { at: 0xffe4, read: () => 0xb4 },
  GICD_PIDR2: { at: 0xffe8, read: () => GIC_PIDR2 },
  GICD_CIDR0: { at: 0xfff0, read: () => 0x0d },
  GICD_CIDR1: { at: 0xfff4, read: () => 0xf0 },
  GICD_CIDR2: { at: 0xfff8, read: () => 0x05 },
  GICD_CIDR3: { at: 0xfffc, read: () => 0xb1 },
});

/** The GICv3 distributor, emulated. All of its state is the vgic's. */
export class Distributor implements MmioDevice {
  readonly name = 'gicd';
  readonly size = FRAME_BYTES;
  readonly #bank: Bank;
  readonly #frame: GicFrame<Bank>;

  constructor(vgic: Vgic) {
    this.#bank = { vgic, vcpu: 0, first: PRIVATE_INTIDS, end: vgic.intids };
    this.#frame = new GicFrame(table(vgic.intids), FRAME_BYTES);
  }

  read(offset: number, size: AccessSize): bigint {
    return this.#frame.read(this.#bank, offset, size);
  }
  write(offset: number, size: AccessSize, value: bigint): void {
    this.#frame.write(this.#bank, offset, size, value);
  }
  registerName(offset: number): string | undefined {
    return this.#frame.name(offset);
  }
}
