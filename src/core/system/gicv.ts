import type { Cpu } from '../cpu.ts';
import {
  BPR0_MIN,
  BPR1_MIN,
  type GicVirtualInterface,
  PRIORITY_MASK,
  SPURIOUS,
  Vmcr,
} from './gic-virtual-interface.ts';
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

const binaryPoint = (at: number, shift: number, least: number): GicRegister<Cpu> => ({
  at,
  read: ({ system }) => system.gic.field(shift, 7),
  write: ({ system }, value) => system.gic.setField(shift, 7, Math.max(value & 7, least)),
});
const readOnly = (at: number, read: (gic: GicVirtualInterface) => number): GicRegister<Cpu> => ({
  at,
  read: ({ system }) => read(system.gic),
});
const writeOnly = (at: number, write: (gic: GicVirtualInterface, intid: number) => void): GicRegister<Cpu> => ({
  at,
  write: ({ system }, value) => write(system.gic, named(value)),
});

const registers = new GicWordRegisters<Cpu>({
  GICV_CTLR: {
    at: 0x0000,
    read: ({ system }) => system.gic.field(0, CTLR_MASK),
    write: ({ system }, value) => system.gic.setField(0, CTLR_MASK, value),
  },
  GICV_PMR: {
    at: 0x0004,
    read: ({ system }) => system.gic.field(Vmcr.vpmrShift, 0xff),
    write: ({ system }, value) => system.gic.setField(Vmcr.vpmrShift, 0xff, value & PRIORITY_MASK),
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
} satisfies GicRegisters<Cpu>);

/** The registers as a guest accesses them, by words: narrower accesses are RAZ/WI. All of their state is in the CPU's cells. */
export class Gicv implements PhysicalDevice {
  readonly name = 'gicv';
  readonly size = 0x2000;
  readonly #cpu: Cpu;
  constructor(cpu: Cpu) {
    this.#cpu = cpu;
  }
  read(offset: number, bytes: DeviceAccessBytes): number {
    return bytes === 4 ? registers.read(this.#cpu, offset) : 0;
  }
  write(offset: number, bytes: DeviceAccessBytes, value: number): void {
    if (bytes !== 4) return;
    registers.write(this.#cpu, offset, value);
    this.#cpu.system.gic.update();
  }
}
