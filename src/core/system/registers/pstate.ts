import { interruptStatus } from '../../exception/interrupts.ts';
import { selectLevel } from '../../exception/pstate.ts';
import type { Builder, Flow } from '../../ir/builder.ts';
import type { I64 } from '../../ir/types.ts';
import * as cells from '../../state/cells.ts';
import { ExitReason } from '../../state/codes.ts';
import { sys } from '../../state/system-cells.ts';
import { el0, el1, el2, fpAccess, interruptMasks, readOnly } from '../access.ts';
import type { AccessRule } from '../access-rule.ts';
import { FPCR_MASK, FPSR_MASK } from '../fp-registers.ts';
import type { RegisterRow } from '../row.ts';

const DAIF_MASK = 0x3c0;

/** After PSTATE.DAIF was lowered: out of the block if that lets an interrupt in. */
export function leaveIfInterrupted(ir: Builder): void {
  const open = ir.not(ir.cell32(cells.DAIF));
  ir.exitAfterIf(ir.and(ir.cell32(cells.INTERRUPT_PENDING), open), ExitReason.reconsider);
}

function writeDaif(ir: Builder, value: I64): Flow {
  ir.setCell32(cells.DAIF, ir.and(ir.wrap(value), ir.i32(DAIF_MASK)));
  leaveIfInterrupted(ir);
  return 'next';
}

/** SP_EL0 is reached by its name while SP is another level's (PSTATE.SP = 1). */
const spEl0: AccessRule = (c) => (c.el === 0 || c.spsel === 0 ? 'undefined' : 'ok');

/** PSTATE, stack pointers, floating-point control and status. Arm ARM DDI 0487, "Special-purpose registers". */
export const pstateRegisters: readonly RegisterRow[] = [
  {
    name: 'NZCV',
    at: [3, 3, 4, 2, 0],
    access: el0,
    storage: {
      kind: 'lifted',
      read: (ir) => ir.extendU(ir.nzcv()),
      write: (ir, value) => {
        ir.setNzcv(ir.and(ir.wrap(value), ir.i32(0xf000_0000)));
        return 'next';
      },
    },
  },
  {
    name: 'DAIF',
    at: [3, 3, 4, 2, 1],
    access: interruptMasks,
    storage: { kind: 'lifted', read: (ir) => ir.extendU(ir.cell32(cells.DAIF)), write: writeDaif },
  },
  {
    name: 'CurrentEL',
    at: [3, 0, 4, 2, 2],
    access: readOnly(el1),
    storage: { kind: 'lifted', read: (ir) => ir.i64(ir.config.el << 2) },
  },
  {
    name: 'SPSel',
    at: [3, 0, 4, 2, 0],
    access: el1,
    storage: {
      kind: 'functions',
      read: (cpu) => cpu.get32(cells.SPSEL),
      write: (cpu, lo) => {
        selectLevel(cpu, cpu.get32(cells.CURRENT_EL), lo & 1);
        cpu.configStale = true;
      },
    },
    afterWrite: 'reconsider',
  },
  {
    name: 'SP_EL0',
    at: [3, 0, 4, 1, 0],
    access: spEl0,
    storage: { kind: 'cell', cell: cells.SP_EL, mask: -1n },
  },
  {
    name: 'SP_EL1',
    at: [3, 4, 4, 1, 0],
    access: el2,
    storage: { kind: 'cell', cell: cells.SP_EL + 8, mask: -1n },
  },
  {
    name: 'FPCR',
    at: [3, 3, 4, 4, 0],
    access: fpAccess,
    storage: { kind: 'cell', cell: cells.FPCR, width: 32, mask: BigInt(FPCR_MASK) },
  },
  {
    name: 'FPSR',
    at: [3, 3, 4, 4, 1],
    access: fpAccess,
    storage: { kind: 'cell', cell: cells.FPSR, width: 32, mask: BigInt(FPSR_MASK) },
  },
  { name: 'ELR_EL1', at: [3, 0, 4, 0, 1], access: el1, storage: { kind: 'cell', cell: sys.ELR_EL1, mask: -1n } },
  {
    name: 'SPSR_EL1',
    at: [3, 0, 4, 0, 0],
    access: el1,
    storage: { kind: 'cell', cell: sys.SPSR_EL1, mask: 0xffff_ffffn },
  },
  { name: 'ELR_EL2', at: [3, 4, 4, 0, 1], access: el2, storage: { kind: 'cell', cell: sys.ELR_EL2, mask: -1n } },
  {
    name: 'SPSR_EL2',
    at: [3, 4, 4, 0, 0],
    access: el2,
    storage: { kind: 'cell', cell: sys.SPSR_EL2, mask: 0xffff_ffffn },
  },
  {
    name: 'ISR_EL1',
    at: [3, 0, 12, 1, 0],
    access: readOnly(el1),
    storage: { kind: 'functions', read: interruptStatus },
  },
];
