import { Failure } from '../../src/base/failure.ts';
import { numberOf } from './numbers.ts';

/** A place on a tape, as `--until` names it. */
export type Place =
  | { readonly kind: 'icount'; readonly icount: number }
  | { readonly kind: 'event'; readonly ordinal: number }
  | { readonly kind: 'console'; readonly text: string }
  | { readonly kind: 'symbol'; readonly name: string };

/** @throws Failure where it is none */
export function parsePlace(text: string): Place {
  const match = /^(icount|event|console|symbol):([\s\S]+)$/.exec(text);
  if (match === null) throw new Failure(`--until ${text}: give icount:N, event:N, console:TEXT or symbol:NAME`);
  const [, kind, value = ''] = match;
  if (kind === 'console') return { kind, text: value };
  if (kind === 'symbol') return { kind, name: value };
  const count = numberOf(`--until ${kind}:`, value);
  return kind === 'icount' ? { kind, icount: count } : { kind: 'event', ordinal: count };
}
