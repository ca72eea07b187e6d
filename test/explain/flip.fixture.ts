import { cellByte, flagBit, isFlag } from '../../src/core/dependence/state-bytes.ts';
import { readNzcv, writeNzcv } from '../../src/core/exception/pstate.ts';
import type { PeState } from '../../src/core/state/pe-state.ts';

/** Bits of a register's byte become others, in place. */
export function flip(cpu: PeState, register: number, bits: number): void {
  if (isFlag(register)) {
    if (bits & 1) writeNzcv(cpu, (readNzcv(cpu) ^ (1 << flagBit(register))) >>> 0);
    return;
  }
  const at = cellByte(cpu, register);
  cpu.u8[at] = (cpu.u8[at] as number) ^ bits;
}
