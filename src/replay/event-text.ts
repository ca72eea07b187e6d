import { hex } from '../base/bits.ts';
import type { TapeEvent } from '../trace/events/index.ts';

/** The name of the function at a guest's PC, with the offset in it; undefined where there is none that is known. */
export type SymbolAt = (pc: bigint) => string | undefined;

/** The line of an event with the function behind its PC. */
export function withSymbol(line: string, event: TapeEvent, symbolAt: SymbolAt): string {
  const symbol = 'pc' in event ? symbolAt(event.pc) : undefined;
  if (symbol === undefined || !('pc' in event)) return line;
  const pc = `pc ${hex(event.pc)}`;
  return line.replace(pc, () => `${pc} ${symbol}`);
}
