// Saved states with a field changed, as damage or an attacker would.
import { Failure } from '../../src/base/failure.ts';
import { isPlainMap, type Plain, type PlainMap } from '../../src/base/plain.ts';
import { Prng } from '../../src/base/prng.ts';
import type { SavedPart } from '../../src/base/stateful.ts';
import type { MachineState } from '../../src/machine/machine-state.ts';
import { build, type Guest } from './moments.fixture.ts';

/** Of a list's elements so many are changed. */
const ELEMENTS = 3;

export interface Place {
  readonly name: string;
  readonly value: Plain;
  /** The whole with another value here; `undefined` leaves it out. */
  with(value: unknown): Plain;
}
/** Every field of a value, and a few elements of each of its lists. */
export function placesOf(value: Plain, name = '', whole: (value: unknown) => Plain = (v) => v as Plain): Place[] {
  const here: Place[] = name === '' ? [] : [{ name, value, with: whole }];
  if (isPlainMap(value))
    return Object.keys(value).reduce<Place[]>((places, key) => {
      const put = (v: unknown): Plain => {
        const { [key]: _old, ...rest } = value;
        return whole(v === undefined ? rest : { ...value, [key]: v });
      };
      return places.concat(placesOf(value[key] as Plain, name === '' ? key : `${name}.${key}`, put));
    }, here);
  const isBytes = value instanceof Uint8Array;
  if (!isBytes && !Array.isArray(value)) return here;
  const elements = Array.from(value as ArrayLike<Plain>);
  for (let n = 0; n < Math.min(ELEMENTS, elements.length); n++) {
    const at = Math.floor((n * elements.length) / ELEMENTS);
    const put = (v: unknown): Plain => {
      const changed = elements.map((old, i) => (i === at ? (v as Plain) : old));
      // A byte cannot but be one.
      return whole(isBytes ? Uint8Array.from(changed, Number) : changed);
    };
    if (isBytes) here.push({ name: `${name}[${at}]`, value: elements[at] as number, with: put });
    else here.push(...placesOf(elements[at] as Plain, `${name}[${at}]`, put));
  }
  return here;
}

/** Values of no kind that a field has, or beyond any. */
const foreign: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
  -1n,
  1n << 64n,
  (1n << 64n) - 1n,
  'text',
  [],
  {},
  new Uint8Array(),
  Array.from({ length: 1000 }, () => 0),
  { form: 1, more: { length: 3 } },
];
/** Of the foreign values each place is given so many: its neighbours are given the others. */
const FOREIGN_EACH = 5;

/** Values that may stand in for another: of its kind, and of no kind that there is; which of these, `turn` says. */
export const instead = (value: Plain, turn = 0): unknown[] => [
  ...(typeof value === 'number' ? [value + 1, value ^ 1, value - 1, value * 2 + 1] : []),
  ...(typeof value === 'bigint' ? [value + 1n, value ^ (1n << 40n), value ^ 0xffffn] : []),
  ...(typeof value === 'boolean' ? [!value] : []),
  ...(Array.isArray(value) ? [[...value, ...value], value.slice(1), [null]] : []),
  ...(value instanceof Uint8Array ? [value.slice(1), new Uint8Array(value.length + 1), new Uint8Array(2 ** 20)] : []),
  ...Array.from({ length: FOREIGN_EACH }, (_, n) => foreign[(turn * FOREIGN_EACH + n) % foreign.length]),
];

/** The parts with another in one's place. */
export const withPart = (saved: readonly SavedPart[], index: number, part: Plain): Plain =>
  saved.map((one, i) => (i === index ? part : one));

/**
 * Restores so many forged states, and runs the machines that take one a little: how it went, by kind of end. Anything thrown
 * beside a Failure is a fault.
 */
export function runForged(guest: Guest, saved: MachineState, seed: bigint, count: number): ReadonlyMap<string, number> {
  const random = new Prng(seed);
  const pick = <T>(of: readonly T[]): T => of[Number(random.next64() % BigInt(of.length))] as T;
  const outcomes = new Map<string, number>();
  const note = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const places = saved.parts.map((part) => placesOf(part.state));
  let told = build(guest);
  for (let n = 0; n < count; n++) {
    const i = Number(random.next64() % BigInt(saved.parts.length));
    if (places[i]?.length === 0) continue;
    const part = saved.parts[i] as SavedPart;
    const place = pick(places[i] as Place[]);
    const values = [...instead(place.value).slice(0, 4), random.next64(), Number(random.next64() & 0xffffn)];
    const parts = withPart(saved.parts, i, { ...part, state: place.with(pick(values)) as PlainMap });
    try {
      told.machine.restoreAll({ ...saved, parts: parts as readonly SavedPart[] });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note('refused');
      continue;
    }
    const stop = told.machine.run(told.machine.icount + 30_000);
    note(stop.kind === 'ended' ? stop.outcome : stop.kind);
    told = build(guest);
  }
  return outcomes;
}
