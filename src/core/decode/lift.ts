import type { Builder, Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import type { Fields, Table } from './row.ts';

/** The semantics of one row: emits the instruction's IR from its fields. Undefined encodings return `ir.undefined()`. */
export type Lift<R, B = Builder> = (ir: B, fields: Fields<R>) => Flow;
export type Lifters<T extends Table, B = Builder> = { readonly [K in keyof T]: Lift<T[K], B> };
/** The same of A32 and T32. */
export type Lifters32<T extends Table> = Lifters<T, Builder32>;

interface ClassOptions {
  /** Its instructions trap where FP and SIMD are disabled; with `simd`, where AArch32's AdvSIMD is. */
  readonly fp?: boolean;
  readonly simd?: boolean;
  /** They compute registers from registers, most of them nothing else: under a condition, both cases can be worked out. */
  readonly computes?: boolean;
}

/** An encoding class: its rows and their lifters. */
export interface EncodingClass extends ClassOptions {
  readonly name: string;
  readonly rows: Table;
  readonly lift: Readonly<Record<string, Lift<never, never>>>;
}

export function encodingClass<T extends Table, B extends Builder = Builder>(
  name: string,
  rows: T,
  lift: Lifters<T, B>,
  options: ClassOptions = {},
): EncodingClass {
  return { name, rows, lift: lift as unknown as EncodingClass['lift'], ...options };
}

/** The same of A32 and T32. */
export const encodingClass32 = <T extends Table>(
  name: string,
  rows: T,
  lift: Lifters32<T>,
  options: ClassOptions = {},
): EncodingClass => encodingClass(name, rows, lift, options);
