import { hexOf } from './bytes.ts';

/** What a saved state is made of: data that any codec can carry. Numbers are whole; beyond 2^53 they are bigints. */
export type Plain = null | boolean | number | bigint | string | Uint8Array | readonly Plain[] | PlainMap;
/** By names, which codecs keep to 255 bytes. */
export interface PlainMap {
  readonly [key: string]: Plain;
}

/** Neither a list nor bytes. */
export const isPlainMap = (value: Plain | undefined): value is PlainMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** The name of the first field in which two values differ, as `timers[1].count`; undefined where none does. */
export function firstDifference(a: Plain | undefined, b: Plain | undefined, at = ''): string | undefined {
  if (a === b) return undefined;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    if (a.length !== b.length) return at;
    const first = a.findIndex((byte, i) => byte !== b[i]);
    return first < 0 ? undefined : `${at}[${first}]`;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return at;
    for (let i = 0; i < a.length; i++) {
      const found = firstDifference(a[i] as Plain, b[i] as Plain, `${at}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isPlainMap(a) && isPlainMap(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const name = at === '' ? key : `${at}.${key}`;
      if (!Object.hasOwn(a, key) || !Object.hasOwn(b, key)) return name;
      const found = firstDifference(a[key], b[key], name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  // Codecs may bring a whole number as either of JavaScript's kinds.
  return isWhole(a) && isWhole(b) && BigInt(a) === BigInt(b) ? undefined : at;
}

const isWhole = (value: Plain | undefined): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));

/**
 * As text; empty for 0, `false`, `null`, and for texts, lists, bytes and maps with nothing in them. A map leaves such members
 * out, and has the others in the order of their keys' characters.
 */
export function plainText(value: Plain | undefined): string {
  if (value instanceof Uint8Array) return value.length === 0 ? '' : `x${hexOf(value)}`;
  if (isPlainMap(value)) {
    const members = Object.keys(value)
      .sort()
      .map((key) => [key, plainText(value[key])] as const)
      .filter(([, text]) => text !== '');
    return members.length === 0 ? '' : `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`;
  }
  if (Array.isArray(value)) return value.length === 0 ? '' : `[${(value as readonly Plain[]).map(plainText).join()}]`;
  if (typeof value === 'string') return value === '' ? '' : JSON.stringify(value);
  return value ? String(value) : '';
}
