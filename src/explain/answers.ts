import { viewOf } from '../core/exception/modes.ts';
import * as cells from '../core/state/cells.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { sys } from '../core/state/system-cells.ts';
import { isEmitted, psci, sysregRead } from '../trace/events/index.ts';
import type { RecordedStep, SeenEvent } from './recording.ts';

/** An answer that the hypervisor has put into registers, and their bytes. */
export interface Answer {
  readonly event: SeenEvent;
  readonly registers: readonly number[];
}

const ZERO_REGISTER = 31;

/** What the hypervisor has answered during a step: trapped registers that were read, and calls. */
export function answersIn(step: RecordedStep, before: CellReader): Answer[] {
  const opcode = step.kind === 'instruction' ? step.opcode : 0;
  return step.events.flatMap((event): Answer[] => {
    const { decl, fields } = event;
    if (isEmitted(psci, decl, fields)) return [{ event, registers: bytesOf(0, before) }];
    if (!isEmitted(sysregRead, decl, fields) || fields.rt === ZERO_REGISTER) return [];
    const second = secondOf(opcode, before);
    return [
      { event, registers: [...bytesOf(fields.rt, before), ...(second === undefined ? [] : bytesOf(second, before))] },
    ];
  });
}

const isAarch32 = (state: CellReader): boolean => state.get32(cells.AARCH32_MODE) !== 0;
/** A byte of a register by the number that syndromes have: AArch64 sees those of AArch32's modes by numbers of their own. DDI 0487, D1.20.1. */
export function generalByte(before: CellReader, n: number, byte: number): number {
  const isOwn = isAarch32(before) && before.get32(sys.AARCH32_ONLY) !== 0;
  return cells.X + 8 * (isOwn ? viewOf(before.get32(cells.AARCH32_MODE), n) : n) + byte;
}
const bytesOf = (n: number, before: CellReader): number[] =>
  Array.from({ length: isAarch32(before) ? 4 : 8 }, (_, byte) => generalByte(before, n, byte));

/** MRRC, in A32 and T32. DDI 0406C, A8.8.109. */
const MRRC = { mask: 0x0ff0_0000, value: 0x0c50_0000 } as const;
/** The register of the upper half, where there is one. */
function secondOf(opcode: number, before: CellReader): number | undefined {
  if (!isAarch32(before) || (opcode & MRRC.mask) !== MRRC.value) return undefined;
  const n = (opcode >>> 16) & 15;
  return before.get32(sys.AARCH32_ONLY) !== 0 ? n : viewOf(before.get32(cells.AARCH32_MODE), n);
}
