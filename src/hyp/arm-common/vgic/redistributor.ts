import type { AccessSize, MmioDevice } from '../../../devices/bus/mmio-bus.ts';
import { type Bank, commonBanks } from './banks.ts';
import { GIC_IIDR, GIC_PIDR2 } from './distributor.ts';
import { GicFrame, type GicRow, type GicTable } from './frame.ts';
import { PRIVATE_INTIDS, type Vgic } from './model.ts';

/** RD_base and SGI_base, 64 KiB each. */
const FRAME_BYTES = 0x1_0000;
/** RD_base and SGI_base (IHI 0069, 12.10). */
export const REDISTRIBUTOR_BYTES = 2 * FRAME_BYTES;

/** GICR_WAKER: ProcessorSleep and ChildrenAsleep, which follows at once. */
const WAKER_SLEEP = 1 << 1;
const WAKER_ASLEEP = 1 << 2;
/** GICR_TYPER.Last: no redistributor follows. */
const TYPER_LAST = 1 << 4;

const rdTable: GicTable<Bank> = {
  // No LPIs: GICR_CTLR has nothing to enable, GICR_PROPBASER and GICR_PENDBASER are reserved.
  GICR_CTLR: { at: 0x0000, read: () => 0 },
  GICR_IIDR: { at: 0x0004, read: () => GIC_IIDR },
  GICR_TYPER: {
    at: 0x0008,
    words: 2,
    members: { words: 2 },
    // Processor_Number in [23:8]; the affinity, whose Aff0 is the same number, in the high word.
    read: (b, word) => (word === 1 ? b.vcpu : (b.vcpu << 8) | (b.vcpu === b.vgic.vcpus - 1 ? TYPER_LAST : 0)),
  },
  GICR_WAKER: {
    at: 0x0014,
    read: (b) => (b.vgic.asleep(b.vcpu) ? WAKER_SLEEP | WAKER_ASLEEP : 0),
    write: (b, _word, value) => b.vgic.setAsleep(b.vcpu, (value & WAKER_SLEEP) !== 0),
  },
  GICR_PIDR4: { at: 0xffd0, read: () => 0x44 },
  GICR_PIDR0: { at: 0xffe0, read: () => 0x93 },
  GICR_PIDR1: { at: 0xffe4, read: () => 0xb4 },
  GICR_PIDR2: { at: 0xffe8, read: () => GIC_PIDR2 },
  GICR_CIDR0: { at: 0xfff0, read: () => 0x0d },
  GICR_CIDR1: { at: 0xfff4, read: () => 0xf0 },
  GICR_CIDR2: { at: 0xfff8, read: () => 0x05 },
  GICR_CIDR3: { at: 0xfffc, read: () => 0xb1 },
};

const sgiTable: GicTable<Bank> = Object.fromEntries(
  Object.entries(commonBanks('GICR', 1)).map(([name, row]): [string, GicRow<Bank>] => [
    name,
    { ...(row as GicRow<Bank>), at: row.at + FRAME_BYTES },
  ]),
);

/** The GICv3 redistributor of one vCPU, emulated. All of its state is the vgic's. */
export class Redistributor implements MmioDevice {
  readonly name: string;
  readonly size = REDISTRIBUTOR_BYTES;
  readonly #bank: Bank;
  readonly #frame: GicFrame<Bank>;

  constructor(vgic: Vgic, vcpu: number) {
    this.name = `gicr${vcpu}`;
    this.#bank = { vgic, vcpu, first: 0, end: PRIVATE_INTIDS };
    this.#frame = new GicFrame({ ...rdTable, ...sgiTable }, REDISTRIBUTOR_BYTES);
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
