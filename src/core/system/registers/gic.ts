import { IchHcr, Vmcr } from '../../fields/gic.ts';
import { Hcr } from '../../fields/hcr.ts';
import { ICH_LR, LIST_REGISTERS, sys } from '../../state/system-cells.ts';
import { el1, el2, readOnly, sgiRequest, virtualInterface, writeOnly } from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import type { Cpu } from '../cpu.ts';
import { BPR0_MIN, BPR1_MIN, type Group, PRIORITY_BITS, PRIORITY_MASK } from '../gic-virtual-interface.ts';
import type { Encoding, RegisterRow, Storage } from '../row.ts';
import { cellRow } from './rows.ts';

// The system register interface to the GIC: IHI 0069, "AArch64 System register descriptions". There is no physical CPU interface: ICC_* are the virtual
// ones (ICV_*) at EL1 where HCR_EL2 routes their interrupts to EL2, else UNDEFINED.

/** INTIDs of 16 bits, Aff3 valid, in the places of ICV_CTLR_EL1. */
const CTLR_FIXED = (1 << 15) | ((PRIORITY_BITS - 1) << 8);
/** As many list registers, priority and preemption bits as there are; TDIR is supported, virtual LPIs by direct injection are not. */
const VTR =
  ((PRIORITY_BITS - 1) << 29) | ((PRIORITY_BITS - 1) << 26) | (1 << 21) | (1 << 20) | (1 << 19) | (LIST_REGISTERS - 1);
/** VFIQEn is 1 while the system register interface is in use. */
const VMCR_ONES = 0x8n;
const VMCR_MASK = 0xf8fc_0213n;
/** Binary points at their least, all priorities masked, both groups disabled. */
const VMCR_RESET = (BigInt(BPR0_MIN) << 21n) | (BigInt(BPR1_MIN) << 18n);
const HCR_MASK = 0xf800_5cffn;
/** State, HW, Group, Priority, pINTID (with EOI), vINTID of 16 bits. */
const LR_MASK = 0xf0f8_1fff_0000_ffffn;
/** SRE, DFB, DIB; Enable at EL2: there is nothing but system registers. */
const SRE_EL1 = 0x7n;
const SRE_EL2 = 0xfn;

const common = virtualInterface(Hcr.imo | Hcr.fmo, IchHcr.tc);
const deactivation = virtualInterface(Hcr.imo | Hcr.fmo, IchHcr.tc | IchHcr.tdir);
const ofGroup = (group: Group): AccessRule =>
  group ? virtualInterface(Hcr.imo, IchHcr.tall1) : virtualInterface(Hcr.fmo, IchHcr.tall0);

type Read = (cpu: Cpu) => bigint | number;
type Write = (cpu: Cpu, lo: number) => void;

/** A register behind functions. Writes may signal or withdraw an interrupt; so may a read of IAR, which takes it away. */
function row(name: string, at: Encoding, access: AccessRule, read: Read | null, write: Write | null): RegisterRow {
  const storage: Storage = { kind: 'functions', ...(read ? { read } : {}), ...(write ? { write } : {}) };
  const rule = write === null ? readOnly(access) : read === null ? writeOnly(access) : access;
  return { name, at, access: rule, storage, afterWrite: 'interrupts', afterRead: 'interrupts' };
}

const vmcr = (cpu: Cpu): number => cpu.get32(sys.ICH_VMCR_EL2);
const field = (cpu: Cpu, shift: number, mask: number): number => cpu.system.gic.field(shift, mask);
const setField = (cpu: Cpu, shift: number, mask: number, value: number): void =>
  cpu.system.gic.setField(shift, mask, value);

/** Whether both groups go by binary point 0 (ICV_CTLR_EL1.CBPR). */
const sharesBinaryPoint = (cpu: Cpu): boolean => (vmcr(cpu) & Vmcr.vcbpr) !== 0;

function readBpr1(cpu: Cpu): number {
  if (!sharesBinaryPoint(cpu)) return field(cpu, Vmcr.vbpr1Shift, 7);
  return Math.min(field(cpu, Vmcr.vbpr0Shift, 7) + 1, 7);
}
function writeBpr1(cpu: Cpu, lo: number): void {
  if (!sharesBinaryPoint(cpu)) setField(cpu, Vmcr.vbpr1Shift, 7, Math.max(lo & 7, BPR1_MIN));
}

/** ICV_CTLR_EL1: CBPR bit 0, EOImode bit 1. */
const readCtlr: Read = (cpu) => CTLR_FIXED | (sharesBinaryPoint(cpu) ? 1 : 0) | (cpu.system.gic.isEoiSplit ? 2 : 0);
function writeCtlr(cpu: Cpu, lo: number): void {
  const value = vmcr(cpu) & ~(Vmcr.vcbpr | Vmcr.veoim);
  cpu.set32(sys.ICH_VMCR_EL2, value | (lo & 1 ? Vmcr.vcbpr : 0) | (lo & 2 ? Vmcr.veoim : 0));
  cpu.system.gic.update();
}

const INTID_MASK = 0xff_ffff;

/** What both groups have: IAR, EOIR, HPPIR, IGRPEN, AP<g>R0; of further active priorities registers there are none. */
function groupRows(group: Group, crm: number, igrpenOp2: number, aprCrm: number, aprOp2: number): RegisterRow[] {
  const access = ofGroup(group);
  const apr = group ? sys.ICH_AP1R0_EL2 : sys.ICH_AP0R0_EL2;
  const activePriorities: RegisterRow = {
    name: `ICC_AP${group}R0_EL1`,
    at: [3, 0, 12, aprCrm, aprOp2],
    access,
    storage: { kind: 'cell', cell: apr, mask: 0xffff_ffffn, changed: gicChanged },
    afterWrite: 'interrupts',
  };
  return [
    row(`ICC_IAR${group}_EL1`, [3, 0, 12, crm, 0], access, (cpu) => cpu.system.gic.acknowledge(group), null),
    row(`ICC_EOIR${group}_EL1`, [3, 0, 12, crm, 1], access, null, (cpu, lo) =>
      cpu.system.gic.endOfInterrupt(group, lo & INTID_MASK),
    ),
    row(`ICC_HPPIR${group}_EL1`, [3, 0, 12, crm, 2], access, (cpu) => cpu.system.gic.highestPendingIntid(group), null),
    row(
      `ICC_IGRPEN${group}_EL1`,
      [3, 0, 12, 12, igrpenOp2],
      access,
      (cpu) => field(cpu, group, 1),
      (cpu, lo) => setField(cpu, group, 1, lo),
    ),
    activePriorities,
  ];
}

const gicChanged = (cpu: Cpu): void => cpu.system.gic.update();
/** Traps among its bits decide translation. */
const ichHcrChanged = (cpu: Cpu): void => {
  cpu.system.gic.update();
  cpu.system.configChanged();
};
const updates = { changed: gicChanged, afterWrite: 'interrupts' } as const;

/** The virtual CPU interface as the guest sees it. */
const virtualRegisters: readonly RegisterRow[] = [
  ...groupRows(0, 8, 6, 8, 4),
  ...groupRows(1, 12, 7, 9, 0),
  row(
    'ICC_PMR_EL1',
    [3, 0, 4, 6, 0],
    common,
    (cpu) => field(cpu, Vmcr.vpmrShift, 0xff),
    (cpu, lo) => setField(cpu, Vmcr.vpmrShift, 0xff, lo & PRIORITY_MASK),
  ),
  row(
    'ICC_BPR0_EL1',
    [3, 0, 12, 8, 3],
    ofGroup(0),
    (cpu) => field(cpu, Vmcr.vbpr0Shift, 7),
    (cpu, lo) => setField(cpu, Vmcr.vbpr0Shift, 7, Math.max(lo & 7, BPR0_MIN)),
  ),
  row('ICC_BPR1_EL1', [3, 0, 12, 12, 3], ofGroup(1), readBpr1, writeBpr1),
  row('ICC_CTLR_EL1', [3, 0, 12, 12, 4], common, readCtlr, writeCtlr),
  row('ICC_DIR_EL1', [3, 0, 12, 11, 1], deactivation, null, (cpu, lo) => cpu.system.gic.deactivate(lo & INTID_MASK)),
  row('ICC_RPR_EL1', [3, 0, 12, 11, 3], common, (cpu) => cpu.system.gic.runningPriority(), null),
  {
    name: 'ICC_SGI1R_EL1',
    at: [3, 0, 12, 11, 5],
    access: writeOnly(sgiRequest),
    storage: { kind: 'constant', value: 0n },
  },
  {
    name: 'ICC_ASGI1R_EL1',
    at: [3, 0, 12, 11, 6],
    access: writeOnly(sgiRequest),
    storage: { kind: 'constant', value: 0n },
  },
  {
    name: 'ICC_SGI0R_EL1',
    at: [3, 0, 12, 11, 7],
    access: writeOnly(sgiRequest),
    storage: { kind: 'constant', value: 0n },
  },
  { name: 'ICC_SRE_EL1', at: [3, 0, 12, 12, 5], access: el1, storage: { kind: 'constant', value: SRE_EL1 } },
];

/** The hypervisor's side of it. */
const hypervisorRegisters: readonly RegisterRow[] = [
  { name: 'ICC_SRE_EL2', at: [3, 4, 12, 9, 5], access: el2, storage: { kind: 'constant', value: SRE_EL2 } },
  cellRow('ICH_HCR_EL2', [3, 4, 12, 11, 0], el2, { mask: HCR_MASK, changed: ichHcrChanged, afterWrite: 'reconsider' }),
  row('ICH_VTR_EL2', [3, 4, 12, 11, 1], el2, () => VTR, null),
  row('ICH_MISR_EL2', [3, 4, 12, 11, 2], el2, (cpu) => cpu.system.gic.maintenanceStatus(), null),
  row('ICH_EISR_EL2', [3, 4, 12, 11, 3], el2, (cpu) => cpu.system.gic.eoiStatus(), null),
  row('ICH_ELRSR_EL2', [3, 4, 12, 11, 5], el2, (cpu) => cpu.system.gic.emptyStatus(), null),
  cellRow('ICH_VMCR_EL2', [3, 4, 12, 11, 7], el2, {
    mask: VMCR_MASK,
    ones: VMCR_ONES,
    reset: VMCR_RESET,
    ...updates,
    changed: (cpu) => cpu.system.gic.vmcrWritten(),
  }),
  cellRow('ICH_AP0R0_EL2', [3, 4, 12, 8, 0], el2, { mask: 0xffff_ffffn, ...updates }),
  cellRow('ICH_AP1R0_EL2', [3, 4, 12, 9, 0], el2, { mask: 0xffff_ffffn, ...updates }),
  ...Array.from({ length: LIST_REGISTERS }, (_, n) => listRegister(n)),
];

function listRegister(n: number): RegisterRow {
  return {
    name: `ICH_LR${n}_EL2`,
    at: [3, 4, 12, 12, n],
    access: el2,
    storage: { kind: 'cell', cell: ICH_LR + 8 * n, mask: LR_MASK, changed: gicChanged },
    afterWrite: 'interrupts',
  };
}

/** None of them are there where the interface is memory-mapped. */
const ifPresent =
  (rule: AccessRule): AccessRule =>
  (c, write) =>
    c.gicRegisters ? rule(c, write) : 'undefined';

export const gicRegisters: readonly RegisterRow[] = [...virtualRegisters, ...hypervisorRegisters].map((register) => ({
  ...register,
  access: ifPresent(register.access),
}));
