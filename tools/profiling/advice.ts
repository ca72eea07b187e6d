import { type Advice, advise } from '../../src/analysis/advice/advise.ts';
import { eventNames, guestSymbols } from '../session/event-symbols.ts';
import type { ProfiledTape } from './profiled-tape.ts';

/** What rules of thumb say of a tape, or of a stretch of it. @throws Failure where it is damaged */
export function adviceOn({ reader, filter, symbolsPath }: ProfiledTape): Advice[] {
  let read: { readonly symbols: ReturnType<typeof guestSymbols> } | undefined;
  const names = eventNames(reader, () => {
    read ??= { symbols: guestSymbols(reader, symbolsPath) };
    return read.symbols;
  });
  return advise(reader, names, filter);
}

/** What can be done, and how sure the rule is of it. */
export const adviceText = ({ advice, certainty }: Advice): string =>
  certainty === 'likely' ? `Likely: ${advice}` : advice;

/** Lines for people. */
export const adviceLines = (all: readonly Advice[]): string[] =>
  all.length === 0
    ? ['no rule of thumb has anything to say']
    : all.flatMap((one) => [`${one.level}: ${one.title}`, `  ${one.text}`, `  ${adviceText(one)}`]);
