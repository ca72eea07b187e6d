import type { FrontEnd, InstructionReader } from '../decode/front-end.ts';
import type { TranslationConfig } from '../ir/config.ts';
import { Op } from '../ir/ops.ts';
import type { Node } from '../ir/types.ts';
import * as cells from '../state/cells.ts';
import { ExitReason } from '../state/codes.ts';

/** Whether code calls the run time before the instruction at an offset; `isFirst`: of its block. */
export function isObserved(
  frontEnd: FrontEnd,
  config: TranslationConfig,
  page: InstructionReader,
  offset: number,
  isFirst: boolean,
): boolean {
  switch (config.observed) {
    case 'nothing':
      return false;
    case 'instructions':
      return true;
    case 'blocks':
      return isFirst;
    case 'systemWriters':
      return liftedAlone(frontEnd, config, page, offset).some(isSystemWriter);
    case 'vectorWriters':
      return liftedAlone(frontEnd, config, page, offset).some(isVectorWriter);
  }
}

/** What an instruction does by itself, whatever comes before it in its block. */
function liftedAlone(
  frontEnd: FrontEnd,
  config: TranslationConfig,
  page: InstructionReader,
  offset: number,
): readonly Node[] {
  const ir = frontEnd.builder(config);
  ir.begin(offset);
  if (frontEnd.lift(ir, page) === 'next') ir.exitAfter(ExitReason.lookup);
  return ir.nodes;
}

/** Registers of FP and SIMD, their controls among them. */
export const isVectorCell = (at: number): boolean =>
  (at >= cells.V && at < cells.PC_BASE) || at === cells.FPCR || at === cells.FPSR;
/**
 * Registers that only system instructions write (Arm ARM DDI 0487, C5.1), exceptions and the hypervisor apart; none of those that are
 * written all the time, as flags and stack pointers are.
 */
export const isSystemCell = (at: number): boolean =>
  (at >= cells.SYSTEM && at < cells.CPU_STATE_BYTES) || at === cells.FPEXC;

const isSet = ({ op }: Node): boolean => op >= Op.setCell8 && op <= Op.setCell128;
/** Helpers are given the addresses of registers, and may set bits of FPSR. */
const isVectorWriter = (node: Node): boolean =>
  (isSet(node) && isVectorCell(node.imm)) || node.op === Op.call || node.op === Op.runtime;
const isSystemWriter = (node: Node): boolean =>
  (isSet(node) && isSystemCell(node.imm)) ||
  node.op === Op.runtime ||
  (node.op === Op.exitAt && node.imm === ExitReason.eret);
