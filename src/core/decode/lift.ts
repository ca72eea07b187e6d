import type { Builder, Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { Fields, Table } from './row.ts';

/** The semantics of one row: emits the instruction's IR from its fields. Undefined encodings return `ir.undefined()`. */
export type Lift<R, B = Builder> = (ir: B, fields: Fields<R>) => Flow;
export type Lifters<T extends Table, B = Builder> = { readonly [K in keyof T]: Lift<T[K], B> };
/** The same of A32 and T32. */
export type Lifters32<T extends Table> = Lifters<T, Builder32>;

/**
 * An encoding class: its rows and their lifters. `fp`: its instructions trap where FP and SIMD are disabled; `simd`: or
 * where AArch32's AdvSIMD is.
 */
export interface EncodingClass {
  readonly name: string;
  readonly rows: Table;
  readonly lift: Readonly<Record<string, Lift<never, never>>>;
  readonly fp?: boolean;
  readonly simd?: boolean;
}

export function encodingClass<T extends Table, B extends Builder = Builder>(
  name: string,
  rows: T,
  lift: Lifters<T, B>,
  options: { readonly fp?: boolean; readonly simd?: boolean } = {},
): EncodingClass {
  return { name, rows, lift: lift as unknown as EncodingClass['lift'], ...options };
}

/** The same of A32 and T32. */
export const encodingClass32 = <T extends Table>(
  name: string,
  rows: T,
  lift: Lifters32<T>,
  options: { readonly fp?: boolean; readonly simd?: boolean } = {},
): EncodingClass => encodingClass(name, rows, lift, options);
