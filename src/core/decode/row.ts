/**
 * An encoding as data: a bit string, most significant bit first. `0` and `1` are fixed, `-` is ignored, a letter is a
 * bit of the field of that name (letters that stand apart join into one field, high bits first). `_` separates.
 * Where an encoding overlaps another, the narrower one names those it `beats`.
 */
export type Row = string | { readonly bits: string; readonly beats: readonly string[] };
export type Table = Readonly<Record<string, Row>>;

type Letters<S extends string> = S extends `${infer C}${infer Rest}`
  ? C extends '0' | '1' | '-' | '_'
    ? Letters<Rest>
    : C | Letters<Rest>
  : never;
type BitsOf<R> = R extends string ? R : R extends { readonly bits: infer B extends string } ? B : never;

/** The fields of a row: one unsigned number a letter. */
export type Fields<R> = { readonly [L in Letters<BitsOf<R>>]: number };

/** Rows that all beat the same others. */
export function beating<const T extends Readonly<Record<string, string>>>(
  beats: readonly string[],
  rows: T,
): { readonly [K in keyof T]: { readonly bits: T[K]; readonly beats: readonly string[] } } {
  return Object.fromEntries(Object.entries(rows).map(([name, bits]) => [name, { bits, beats }])) as never;
}
