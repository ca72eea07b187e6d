import { Failure } from '../../src/base/failure.ts';
import { classesOf } from './event-classes.ts';
import { countOf, icountOf, numberOf, timeOf } from './numbers.ts';

/** What a place names, before `#k` and `+n`. */
export type Moment =
  | { readonly kind: 'icount'; readonly icount: number }
  | { readonly kind: 'event'; readonly ordinal: number }
  | { readonly kind: 'console'; readonly text: string }
  | { readonly kind: 'symbol'; readonly name: string }
  /** A VM exit, or another event, of one of these classes. */
  | { readonly kind: 'exit'; readonly classes: ReadonlySet<string> }
  /** The guest acknowledges the interrupt. */
  | { readonly kind: 'irq'; readonly intid: number }
  | { readonly kind: 'end' };

/** A moment of a tape, as an option names it. */
export interface Place {
  /** The option with its value, for messages. */
  readonly wanted: string;
  readonly moment: Moment;
  /** Which of those that fit, from 1. */
  readonly occurrence: number;
  /** Instruction counts from there; negative: before it. */
  readonly offset: number;
}

const KINDS = 'icount:N, event:N, time:1.2s, console:TEXT, symbol:NAME, exit:CLASS, irq:INTID or end';
const SUFFIXES = '#K is the K-th, +N or -N instructions from there';

/** An option's description that says what places are. */
export const placeHelp = (what: string): string => `${what}: ${KINDS}; ${SUFFIXES}`;

/**
 * `icount:N` or a bare N, `event:N`, `console:TEXT`, `symbol:NAME`, `time:1.2s`, `exit:CLASS`, `irq:INTID`, `end`; behind it
 * `#k` for the k-th occurrence and `+n` or `-n`. A console text takes `+n` only after `#k`, and may stand in double quotes,
 * since it may end in such a way itself. @throws Failure where it is none
 */
export function parsePlace(option: string, text: string): Place {
  const wanted = `${option} ${text}`;
  const refuse = (why: string): never => {
    throw new Failure(`${wanted}: ${why}`);
  };
  const [, kind = '', rest = ''] =
    /^(icount|event|console|symbol|time|exit|irq):([\s\S]+)$/.exec(text) ??
    /^(end)((?:[+-].*)?)$/.exec(text) ??
    (/^[0-9]/.test(text) ? ['', 'icount', text] : refuse(`give ${KINDS}; ${SUFFIXES}`));
  const suffixed = kind === 'console' ? CONSOLE : OTHERS;
  const { value = rest, k, sign, n } = (suffixed.exec(rest)?.groups ?? {}) as Record<string, string | undefined>;
  if (k !== undefined && !REPEATED.has(kind))
    refuse(`#${k}: there is but one; "#" goes with console, symbol, exit or irq`);
  if (n !== undefined && /^0x/i.test(n))
    refuse(`${sign}${n}: instructions are counted in decimal; an offset in bytes is no place`);
  const occurrence = k === undefined ? 1 : numberOf(`${wanted}: #`, k);
  if (occurrence === 0) refuse('the first is #1');
  const offset = n === undefined ? 0 : countOf(`${wanted}: ${sign}`, n) * (sign === '-' ? -1 : 1);
  return { wanted, moment: momentOf(option, kind, value), occurrence, offset };
}

const COUNT = '[0-9][\\w,.]*';
const CONSOLE = new RegExp(`^(?<value>[\\s\\S]+?)#(?<k>[0-9]+)(?:(?<sign>[+-])(?<n>${COUNT}))?$`);
const OTHERS = new RegExp(`^(?<value>[\\s\\S]*?)(?:#(?<k>[0-9]+))?(?:(?<sign>[+-])(?<n>${COUNT}))?$`);
const REPEATED: ReadonlySet<string> = new Set(['console', 'symbol', 'exit', 'irq']);

function momentOf(option: string, kind: string, value: string): Moment {
  const where = `${option} ${kind}:`;
  switch (kind) {
    case 'icount':
      return { kind, icount: icountOf(where, value) };
    case 'time':
      return { kind: 'icount', icount: timeOf(where, value) };
    case 'event':
      return { kind, ordinal: numberOf(where, value) };
    case 'console':
      return { kind, text: /^"([\s\S]+)"$/.exec(value)?.[1] ?? value };
    case 'symbol':
      return { kind, name: value };
    case 'exit':
      return { kind, classes: classesOf(where, value) };
    case 'irq':
      return { kind, intid: numberOf(where, value) };
    default:
      return { kind: 'end' };
  }
}
