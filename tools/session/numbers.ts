import { Failure } from '../../src/base/failure.ts';

const DIGITS = /^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i;

/** A 64-bit number of the command line, decimal or hexadecimal. @throws Failure */
export function bigOf(option: string, text: string): bigint {
  const value = DIGITS.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value >= 1n << 64n)
    throw new Failure(`${option} ${text}: give a number from 0 to 2^64 - 1`);
  return value;
}

/** A number that a program counts with. @throws Failure */
export function numberOf(option: string, text: string): number {
  const value = bigOf(option, text);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Failure(`${option} ${text}: too large a number`);
  return Number(value);
}

/** `A` or `A-B`, both included. @throws Failure */
export function rangeOf(option: string, text: string): readonly [bigint, bigint] {
  const [first = '', last = first, ...rest] = text.split('-');
  if (rest.length > 0) throw new Failure(`${option} ${text}: give one address, or a range A-B`);
  const range = [bigOf(option, first), bigOf(option, last)] as const;
  if (range[1] < range[0]) throw new Failure(`${option} ${text}: the range ends before it begins`);
  return range;
}
