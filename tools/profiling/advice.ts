import { type Advice, advise } from '../../src/analysis/advice/advise.ts';
import type { FunctionPlace } from '../../src/analysis/tables/index.ts';
import type { ProfiledTape } from './profiled-tape.ts';

/** What rules of thumb say of a tape, or of a stretch of it. @throws Failure where it is damaged */
export function adviceOn(tape: ProfiledTape): Advice[] {
  const { reader, filter, registerAt, isArmv7 } = tape;
  // They speak of functions, not of places in them.
  const symbolAt = (pc: bigint): FunctionPlace | undefined => {
    const name = tape.functionAt(pc);
    return name === undefined ? undefined : { name, offset: 0n };
  };
  return advise(reader, { symbolAt, registerAt, isArmv7 }, filter);
}

/** What can be done, and how sure the rule is of it. */
export const adviceText = ({ advice, certainty }: Advice): string =>
  certainty === 'likely' ? `Likely: ${advice}` : advice;

/** Lines for people. */
export const adviceLines = (all: readonly Advice[]): string[] =>
  all.length === 0
    ? ['no rule of thumb has anything to say']
    : all.flatMap((one) => [`${one.level}: ${one.title}`, `  ${one.text}`, `  ${adviceText(one)}`]);
