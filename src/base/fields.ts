import { hex } from './bits.ts';
import { isPlainMap, type Plain } from './plain.ts';

/** A saved value that cannot be what it stands for; `at` names it within its part, as `timers[1].count`. */
export class BadField extends Error {
  override readonly name = 'BadField';
  readonly at: string;
  readonly problem: string;
  constructor(at: string, problem: string) {
    super(`${at}: ${problem}`);
    this.at = at;
    this.problem = problem;
  }
}

/**
 * What a field of a saved state may be. Saved states come from files, which may be damaged or forged: `read` takes
 * nothing that the part could not have saved itself, and bounds a length before it copies.
 */
export interface Field<T> {
  /** @param at the field's name, for the error. @throws BadField */
  read(value: Plain | undefined, at: string): T;
}
/** A field for each of a state object's: one that is added to the object and not here is a compile error. */
export type Fields<S> = { readonly [K in keyof S]-?: Field<S[K]> };

const show = (n: number | bigint): string => (n > 0xffff ? hex(n) : String(n));

/** A whole number. Codecs may bring it as either of JavaScript's kinds. */
export const integer = (min: number, max: number): Field<number> => ({
  read(value, at) {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < min || number > max)
      throw new BadField(at, `no whole number of ${show(min)} to ${show(max)}`);
    return number;
  },
});
/** An unsigned number of up to 32 bits, of which only those of the mask can be set. */
export const bitsOf = (mask: number): Field<number> => ({
  read(value, at) {
    const number = u32.read(value, at);
    if ((number & ~mask) !== 0) throw new BadField(at, `has bits beside ${hex(mask)}`);
    return number;
  },
});
/** 32 bits, unsigned. */
export const u32: Field<number> = integer(0, 0xffff_ffff);
/** A count of instructions or of events. */
export const count: Field<number> = integer(0, Number.MAX_SAFE_INTEGER);

const U64_MAX = (1n << 64n) - 1n;
/** 64 bits, unsigned. */
export const u64: Field<bigint> = {
  read(value, at) {
    const number = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof number !== 'bigint' || number < 0n || number > U64_MAX) throw new BadField(at, 'no number of 64 bits');
    return number;
  },
};

/** True or false. */
export const flag: Field<boolean> = {
  read(value, at) {
    if (typeof value !== 'boolean') throw new BadField(at, 'neither true nor false');
    return value;
  },
};

/** One of these numbers or texts. */
export const oneOf = <const T extends number | string>(...values: readonly T[]): Field<T> => ({
  read(value, at) {
    const known = values.find((v) => v === value || (typeof value === 'bigint' && v === Number(value)));
    if (known === undefined) throw new BadField(at, `none of ${values.map(String).join(', ')}`);
    return known;
  },
});

/** What the field says, or null. */
export const nullable = <T>(field: Field<T>): Field<T | null> => ({
  read: (value, at) => (value === null ? null : field.read(value, at)),
});

/** So many elements, or at most so many. */
export type Length = number | { readonly max: number };
function checkLength(length: number, wanted: Length, at: string): void {
  if (typeof wanted === 'number' ? length !== wanted : length > wanted.max)
    throw new BadField(
      at,
      `${length} long instead of ${typeof wanted === 'number' ? wanted : `${wanted.max} at most`}`,
    );
}

/** A list: a copy of its own. */
export const list = <T>(field: Field<T>, length: Length): Field<T[]> => ({
  read(value, at) {
    if (!Array.isArray(value)) throw new BadField(at, 'no list');
    const elements = value as readonly Plain[];
    checkLength(elements.length, length, at);
    return elements.map((element, i) => field.read(element, `${at}[${i}]`));
  },
});

/** Bytes, each at most `max`: a copy of its own. */
export const octets = (length: Length, max = 0xff): Field<Uint8Array> => ({
  read(value, at) {
    if (!(value instanceof Uint8Array)) throw new BadField(at, 'no bytes');
    checkLength(value.length, length, at);
    const over = max === 0xff ? -1 : value.findIndex((byte) => byte > max);
    if (over >= 0) throw new BadField(`${at}[${over}]`, `greater than ${max}`);
    return Uint8Array.from(value);
  },
});

/**
 * A map of exactly these fields.
 * @param relation what must hold between them: tells the field that breaks it, and how
 */
export function record<S extends object>(
  fields: Fields<S>,
  relation: (state: S) => readonly [at: keyof S & string, problem: string] | undefined = () => undefined,
): Field<S> {
  const names = Object.keys(fields) as (keyof S & string)[];
  return {
    read(value, at) {
      const name = (key: string): string => (at === '' ? key : `${at}.${key}`);
      if (!isPlainMap(value)) throw new BadField(at === '' ? 'the state' : at, 'no map');
      for (const key of Object.keys(value))
        if (!Object.hasOwn(fields, key)) throw new BadField(name(key), 'no field of this version');
      const state = Object.fromEntries(
        names.map((key) => {
          if (!Object.hasOwn(value, key)) throw new BadField(name(key), 'missing');
          return [key, fields[key].read(value[key], name(key))];
        }),
      ) as S;
      const broken = relation(state);
      if (broken) throw new BadField(name(broken[0]), broken[1]);
      return state;
    },
  };
}
