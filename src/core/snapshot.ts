import { readNzcv, writeNzcv } from './exception/pstate.ts';
import * as cells from './state/cells.ts';
import { FlagsKind } from './state/codes.ts';
import type { PeState } from './state/pe-state.ts';

/** Byte ranges of the cells that are the vCPU's architectural state; the others are the translator's own. */
const ranges: readonly (readonly [from: number, to: number])[] = [
  [cells.X, cells.PC_OFFSET + 4],
  [cells.FLAGS_A, cells.FLAGS_A + 8],
  [cells.FPCR, cells.CONTEXT],
  [cells.EXCLUSIVE_SIZE, cells.EXCLUSIVE_ADDRESS + 8],
  [cells.EVENT_REGISTER, cells.V_TEMP],
  [cells.SYSTEM, cells.CPU_STATE_BYTES],
];
const SNAPSHOT_BYTES = ranges.reduce((sum, [from, to]) => sum + to - from, 0);

/**
 * Brings the cells into the one form that does not depend on how code was translated: NZCV packed, the PC's offset
 * within its page.
 */
export function normalizeState(cpu: PeState): void {
  writeNzcv(cpu, readNzcv(cpu));
  cpu.normalizePc();
}

/** The architectural state of the running vCPU, normalized before: what checkpoints keep. */
export function saveCpuState(cpu: PeState): Uint8Array {
  const out = new Uint8Array(SNAPSHOT_BYTES);
  let at = 0;
  for (const [from, to] of ranges) {
    out.set(cpu.u8.subarray(from, to), at);
    at += to - from;
  }
  return out;
}

/** Puts a saved state back. What depends on it (contexts, interrupt lines, timers) is for the caller to refresh. */
export function restoreCpuState(cpu: PeState, saved: Uint8Array): void {
  let at = 0;
  for (const [from, to] of ranges) {
    cpu.u8.set(saved.subarray(at, at + to - from), from);
    at += to - from;
  }
  cpu.set32(cells.FLAGS_KIND, FlagsKind.literal);
}
