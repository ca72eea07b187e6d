import { Failure } from '../../src/base/failure.ts';

/** Numbers as people write them on a command line. All of them throw a Failure that names the option and what it takes. */

const HEX = /^0x[0-9a-f]{1,16}$/i;
/** Digits, in groups of three or not; a fraction; an exponent; a unit. */
const DECIMAL = /^([0-9]{1,20}|[0-9]{1,3}(?:[,_][0-9]{3}){1,6})(?:\.([0-9]{1,12}))?(?:e([0-9]{1,2}))?([a-zµ]*)$/i;

type Units = Readonly<Record<string, bigint>>;
const NO_UNITS: Units = { '': 1n };
const COUNTS: Units = { '': 1n, k: 1_000n, m: 1_000_000n, g: 1_000_000_000n, t: 1_000_000_000_000n };
/** An instruction lasts a nanosecond of virtual time. */
const TIMES: Units = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  sec: 1_000_000_000n,
  min: 60_000_000_000n,
};
const SIZES: Units = Object.fromEntries(
  ['', 'k', 'm', 'g', 't'].flatMap((letter, power) =>
    (letter === '' ? ['', 'b'] : [letter, `${letter}b`, `${letter}ib`]).map((unit) => [unit, 1024n ** BigInt(power)]),
  ),
);

/** The whole number that the text means in these units; undefined where it is none. */
function parse(text: string, units: Units): bigint | undefined {
  if (HEX.test(text)) return BigInt(text);
  const [, whole, fraction = '', exponent = '0', unit] = DECIMAL.exec(text) ?? [];
  if (whole === undefined || unit === undefined) return undefined;
  const factor = units[unit.toLowerCase()];
  if (factor === undefined) return undefined;
  const scaled = BigInt(whole.replace(/[,_]/g, '') + fraction) * 10n ** BigInt(exponent) * factor;
  const divisor = 10n ** BigInt(fraction.length);
  return scaled % divisor === 0n ? scaled / divisor : undefined;
}

function read(option: string, text: string, units: Units, expected: string): bigint {
  const value = parse(text.trim(), units);
  if (value === undefined) throw new Failure(`${option} ${text}: give ${expected}`);
  return value;
}

function counted(option: string, text: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Failure(`${option} ${text}: too large a number`);
  return Number(value);
}

/** A 64-bit number or address. */
export function bigOf(option: string, text: string): bigint {
  const expected = 'a number from 0 to 2^64 - 1';
  const value = read(option, text, NO_UNITS, expected);
  if (value >= 1n << 64n) throw new Failure(`${option} ${text}: give ${expected}`);
  return value;
}

/** A number that a program counts with. */
export const numberOf = (option: string, text: string): number => counted(option, text, bigOf(option, text));

/** How many: `1,000`, `3e8`, `1M` (a million). */
export const countOf = (option: string, text: string): number =>
  counted(option, text, read(option, text, COUNTS, 'a number such as 5000, 1,000,000 or 1M'));

/** An instruction count, or the virtual time at which it is reached: `5,429,385`, `3e8`, `1M`, `1.2s`, `300us`. */
export const icountOf = (option: string, text: string): number =>
  counted(
    option,
    text,
    read(
      option,
      text,
      { ...COUNTS, ...TIMES },
      'a number of instructions (5,429,385, 3e8, 1M) or a time (1.2s, 300us)',
    ),
  );

/** A virtual time as the instruction count at which it is reached: `1.2s`, `300us`. */
export const timeOf = (option: string, text: string): number =>
  counted(option, text, read(option, text, TIMES, 'a time with its unit, such as 1.2s, 30ms or 300us'));

/** The least that bytes without a unit are taken as meant. */
const PLAIN_BYTES_MIN = 1 << 20;

/** A size in bytes: `512M`, `1.5G`, `512MiB`; a bare number only where it cannot have been meant in another unit. */
export function sizeOf(option: string, text: string): number {
  const bytes = counted(option, text, read(option, text, SIZES, 'a size such as 512M or 2G'));
  if (/^[0-9]+$/.test(text) && bytes > 0 && bytes < PLAIN_BYTES_MIN)
    throw new Failure(`${option} ${text}: in which unit? give ${option} ${text}M (MiB) or ${text}G (GiB)`);
  return bytes;
}

/** `A` or `A-B`, both included. */
export function rangeOf(option: string, text: string): readonly [bigint, bigint] {
  const [first = '', last = first, ...rest] = text.split('-');
  if (rest.length > 0) throw new Failure(`${option} ${text}: give one address, or a range A-B`);
  const range = [bigOf(option, first), bigOf(option, last)] as const;
  if (range[1] < range[0]) throw new Failure(`${option} ${text}: the range ends before it begins`);
  return range;
}
