import type { Builder, Flow } from '../ir/builder.ts';
import type { Fields, Table } from './row.ts';

/** The semantics of one row: emits the instruction's IR from its fields. Undefined encodings return `ir.undefined()`. */
export type Lift<R> = (ir: Builder, fields: Fields<R>) => Flow;
export type Lifters<T extends Table> = { readonly [K in keyof T]: Lift<T[K]> };

/** An encoding class: its rows and their lifters. `fp`: its instructions trap where FP and SIMD are disabled. */
export interface EncodingClass {
  readonly name: string;
  readonly rows: Table;
  readonly lift: Readonly<Record<string, Lift<never>>>;
  readonly fp?: boolean;
}

export function encodingClass<T extends Table>(
  name: string,
  rows: T,
  lift: Lifters<T>,
  options: { readonly fp?: boolean } = {},
): EncodingClass {
  return { name, rows, lift: lift as unknown as EncodingClass['lift'], ...options };
}
