import { Vmcr } from '../fields/gic.ts';
import type { GicFrame } from './gic-frame.ts';
import { BPR0_MIN, BPR1_MIN, type GicVirtualInterface, PRIORITY_MASK, SPURIOUS } from './gic-virtual-interface.ts';
import { type GicRegister, type GicRegisters, GicWordRegisters } from './gic-word-registers.ts';
import { activePriorities } from './gich.ts';
import type { DeviceAccessBytes, PhysicalDevice } from './physical-devices.ts';

// The virtual CPU interface of GICv2: IHI 0048B, 5.5; as a Cortex-A15 has it (DDI 0438, table 8-14). It is mapped where a guest expects GICC_*.

/** EnableGrp0, EnableGrp1, AckCtl, FIQEn, CBPR, EOImode: in GICH_VMCR they have the same places. */
const CTLR_MASK = Vmcr.veng0 | Vmcr.veng1 | Vmcr.vackctl | Vmcr.vfiqen | Vmcr.vcbpr | Vmcr.veoim;
/** Architecture version 2, implementer Arm. */
const IIDR = 0x0002_043b;

const INTID = 0x3ff;
const SPECIAL_FIRST = 1020;
/** CPUID and INTID of what is written to EOIR and DIR; the CPU that sent an SGI is a part of its name. */
const named = (value: number): number => ((value & INTID) >= SPECIAL_FIRST ? SPURIOUS : value & 0x1fff);

const binaryPoint = (at: number, shift: number, least: number): GicRegister<GicFrame> => ({
  at,
  read: ({ gic }) => gic.field(shift, 7),
  write: ({ gic }, value) => gic.setField(shift, 7, Math.max(value & 7, least)),
});
const readOnly = (at: number, read: (gic: GicVirtualInterface) => number): GicRegister<GicFrame> => ({
  at,
  read: ({ gic }) => read(gic),
});
const writeOnly = (at: number, write: (gic: GicVirtualInterface, intid: number) => void): GicRegister<GicFrame> => ({
  at,
  write: ({ gic }, value) => write(gic, named(value)),
});

const registers = new GicWordRegisters<GicFrame>({
  GICV_CTLR: {
    at: 0x0000,
    read: ({ gic }) => gic.field(0, CTLR_MASK),
    write: ({ gic }, value) => gic.setField(0, CTLR_MASK, value),
  },
  GICV_PMR: {
    at: 0x0004,
    read: ({ gic }) => gic.field(Vmcr.vpmrShift, 0xff),
    write: ({ gic }, value) => gic.setField(Vmcr.vpmrShift, 0xff, value & PRIORITY_MASK),
  },
  GICV_BPR: binaryPoint(0x0008, Vmcr.vbpr0Shift, BPR0_MIN),
  GICV_IAR: readOnly(0x000c, (gic) => gic.acknowledgeEither()),
  GICV_EOIR: writeOnly(0x0010, (gic, intid) => gic.endOfInterrupt(null, intid)),
  GICV_RPR: readOnly(0x0014, (gic) => gic.runningPriority()),
  GICV_HPPIR: readOnly(0x0018, (gic) => gic.highestPendingEither()),
  GICV_ABPR: binaryPoint(0x001c, Vmcr.vbpr1Shift, BPR1_MIN),
  GICV_AIAR: readOnly(0x0020, (gic) => gic.acknowledge(1)),
  GICV_AEOIR: writeOnly(0x0024, (gic, intid) => gic.endOfInterrupt(1, intid)),
  GICV_AHPPIR: readOnly(0x0028, (gic) => gic.highestPendingIntid(1)),
  GICV_APR0: activePriorities(0x00d0),
  GICV_IIDR: { at: 0x00fc, read: () => IIDR },
  GICV_DIR: writeOnly(0x1000, (gic, intid) => gic.deactivate(intid)),
} satisfies GicRegisters<GicFrame>);

/** The registers as a guest accesses them, by words: narrower accesses are RAZ/WI. All of their state is in the CPU's cells. */
export class Gicv implements PhysicalDevice {
  readonly name = 'gicv';
  readonly size = 0x2000;
  readonly #frame: GicFrame;
  constructor(frame: GicFrame) {
    this.#frame = frame;
  }
  read(offset: number, bytes: DeviceAccessBytes): number {
    return bytes === 4 ? registers.read(this.#frame, offset) : 0;
  }
  write(offset: number, bytes: DeviceAccessBytes, value: number): void {
    if (bytes !== 4) return;
    registers.write(this.#frame, offset, value);
    this.#frame.gic.update();
  }
}
