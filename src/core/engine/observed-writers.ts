import type { FrontEnd, InstructionReader } from '../decode/front-end.ts';
import type { GeneralWriters, TranslationConfig } from '../ir/config.ts';
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
  const { observed } = config;
  switch (observed) {
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
    default:
      return liftedAlone(frontEnd, config, page, offset).some(isGeneralWriter(maskOf(observed)));
  }
}

/** Those that may write X registers, or R registers where these have no banks: of modes. */
export const generalWriters = (registers: Iterable<number>): GeneralWriters =>
  `generalWriters ${[...registers].reduce((mask, n) => mask | (1 << n), 0)}`;
const maskOf = (writers: GeneralWriters): number => Number(writers.split(' ')[1]);

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
/** A call of the run time may change the mode. */
const isGeneralWriter =
  (mask: number) =>
  (node: Node): boolean =>
    (isSet(node) && node.imm < cells.X + 8 * 31 && ((mask >>> ((node.imm - cells.X) >>> 3)) & 1) !== 0) ||
    node.op === Op.call ||
    node.op === Op.runtime ||
    (node.op === Op.exitAt && node.imm === ExitReason.eret);
