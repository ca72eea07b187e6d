/**
 * Types of columns, by their names in DuckDB's SQL. Counts, numbers and times are signed (INTEGER, BIGINT); UBIGINT is a word of bits (an address,
 * a register's value, a syndrome), which people read in hexadecimal.
 */
export type ColumnType = 'INTEGER' | 'BIGINT' | 'UBIGINT' | 'DOUBLE' | 'VARCHAR' | 'BLOB';

/** A column of words; where `nulls` has a 1 there is none. */
export interface Words {
  readonly values: BigUint64Array;
  readonly nulls?: Uint8Array;
}

/** The values of a column: of numbers NaN is none, of texts and bytes null. Numbers are whole but in a DOUBLE, and below 2^53. */
export interface ValuesByType {
  readonly INTEGER: Float64Array;
  readonly BIGINT: Float64Array;
  readonly DOUBLE: Float64Array;
  readonly UBIGINT: Words;
  readonly VARCHAR: readonly (string | null)[];
  readonly BLOB: readonly (Uint8Array | null)[];
}
/** Of any type. */
export type ColumnValues = ValuesByType[ColumnType];

/** A column of a table, as its schema tells. */
export interface ColumnDecl<T extends ColumnType = ColumnType> {
  readonly name: string;
  readonly type: T;
  /** Whether a row may be without. */
  readonly nullable: boolean;
  /** What it says, for people: unit and source. */
  readonly about: string;
}

/** A table, as its schema tells. */
export interface TableDecl {
  readonly name: string;
  /** What a row is. */
  readonly about: string;
  readonly columns: readonly ColumnDecl[];
}

/** Rows of a table, as columns: those that were asked for, in that order. */
export interface Batch {
  readonly count: number;
  readonly columns: readonly ColumnValues[];
}

/** A table with its rows. */
export interface Table extends TableDecl {
  /** @param wanted places of columns in `columns`; batches of any number of rows, in the order of the tape */
  scan(wanted: readonly number[]): Iterable<Batch>;
}
