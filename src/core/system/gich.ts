import { GichLr, Lr } from '../fields/gic.ts';
import type { PeState } from '../state/pe-state.ts';
import { ICH_LR, LIST_REGISTERS, sys } from '../state/system-cells.ts';
import type { GicFrame } from './gic-frame.ts';
import { PRIORITY_BITS } from './gic-virtual-interface.ts';
import { type GicRegister, type GicRegisters, GicWordRegisters } from './gic-word-registers.ts';

// The virtual interface control registers of GICv2: IHI 0048B, 5.3; their values are those of a Cortex-A15 (DDI 0438, table 8-12).

/** As many list registers, priority and preemption bits as there are (GICH_VTR). */
const VTR = (((PRIORITY_BITS - 1) << 29) | ((PRIORITY_BITS - 1) << 26) | (LIST_REGISTERS - 1)) >>> 0;
/** En, the enables of maintenance interrupts, EOICount. */
const HCR_MASK = 0xf800_00ff;
/** VMPriMask, VMBP, VMABP, VEM; VMCBPR, VMFIQEn, VMAckCtl, VMGrp1En, VMGrp0En. */
const VMCR_MASK = 0xf8fc_021f;

const VIRTUAL_ID = 0x3ff;
/** The CPU that sent an SGI: in GICH_LR<n>, and in the virtual INTID. */
const CPUID = 7 << 10;
const PHYSICAL_ID = 0x3ff;

function readLr(cpu: PeState, n: number): number {
  const low = cpu.get32(ICH_LR + 8 * n);
  const high = cpu.get32(ICH_LR + 8 * n + 4);
  const rest =
    high & Lr.hw ? (high & PHYSICAL_ID) << GichLr.physicalShift : (low & CPUID) | (high & Lr.eoi ? GichLr.eoi : 0);
  return (
    (low & VIRTUAL_ID) |
    rest |
    (((high >>> 19) & 0x1f) << GichLr.priorityShift) |
    ((high >>> 30) << GichLr.stateShift) |
    (high & Lr.group1 ? GichLr.group1 : 0) |
    (high & Lr.hw ? GichLr.hw : 0)
  );
}

function writeLr(cpu: PeState, n: number, value: number): void {
  const isHardware = (value & GichLr.hw) !== 0;
  const rest = isHardware ? Lr.hw | ((value >>> GichLr.physicalShift) & PHYSICAL_ID) : value & GichLr.eoi ? Lr.eoi : 0;
  cpu.set32(ICH_LR + 8 * n, value & (isHardware ? VIRTUAL_ID : VIRTUAL_ID | CPUID));
  cpu.set32(
    ICH_LR + 8 * n + 4,
    (((value >>> GichLr.stateShift) & 3) << 30) |
      (value & GichLr.group1 ? Lr.group1 : 0) |
      (((value >>> GichLr.priorityShift) & 0x1f) << 19) |
      rest,
  );
}

const cell = (at: number, address: number, mask: number): GicRegister<GicFrame> => ({
  at,
  read: ({ cpu }) => cpu.get32(address) & mask,
  write: ({ cpu }, value) => cpu.set32(address, value & mask),
});

/** One register for both groups, whose bits GICv3 keeps apart. */
export const activePriorities = (at: number): GicRegister<GicFrame> => ({
  at,
  read: ({ cpu }) => cpu.get32(sys.ICH_AP0R0_EL2) | cpu.get32(sys.ICH_AP1R0_EL2),
  write: ({ cpu }, value) => {
    cpu.set32(sys.ICH_AP0R0_EL2, value);
    cpu.set32(sys.ICH_AP1R0_EL2, 0);
  },
});

const listRegisters = Object.fromEntries(
  Array.from({ length: LIST_REGISTERS }, (_, n): [string, GicRegister<GicFrame>] => [
    `GICH_LR${n}`,
    { at: 0x100 + 4 * n, read: ({ cpu }) => readLr(cpu, n), write: ({ cpu }, value) => writeLr(cpu, n, value) },
  ]),
);

const registers = new GicWordRegisters<GicFrame>({
  GICH_HCR: cell(0x000, sys.ICH_HCR_EL2, HCR_MASK),
  GICH_VTR: { at: 0x004, read: () => VTR },
  GICH_VMCR: {
    ...cell(0x008, sys.ICH_VMCR_EL2, VMCR_MASK),
    write: ({ cpu, gic }, value) => {
      cpu.set32(sys.ICH_VMCR_EL2, value & VMCR_MASK);
      gic.vmcrWritten();
    },
  },
  GICH_MISR: { at: 0x010, read: ({ gic }) => gic.maintenanceStatus() },
  GICH_EISR0: { at: 0x020, read: ({ gic }) => gic.eoiStatus() },
  GICH_ELRSR0: { at: 0x030, read: ({ gic }) => gic.emptyStatus() },
  GICH_APR: activePriorities(0x0f0),
  ...listRegisters,
} satisfies GicRegisters<GicFrame>);

/** The registers as a hypervisor reads and writes them, a word each. All of their state is in the CPU's cells. */
export class Gich {
  readonly #frame: GicFrame;
  constructor(frame: GicFrame) {
    this.#frame = frame;
  }
  read(offset: number): number {
    return registers.read(this.#frame, offset);
  }
  write(offset: number, value: number): void {
    registers.write(this.#frame, offset, value);
    this.#frame.gic.update();
  }
}
