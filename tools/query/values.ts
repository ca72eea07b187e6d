import type { DuckDb } from './duckdb.ts';

/** Values of a result, as JSON and as text. */

type DuckDbType = import('@duckdb/node-api').DuckDBType;
type DuckDbValue = import('@duckdb/node-api').DuckDBValue;
/** A value of JSON. */
export type JsonValue = import('@duckdb/node-api').Json;

const isSafe = (value: bigint): boolean =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
const wholeNumber = (value: bigint): number | string => (isSafe(value) ? Number(value) : String(value));
/** Up to so many digits a decimal fraction survives as a number. */
const EXACT_DIGITS = 15;

/**
 * Makes what turns a value into JSON without loss: UBIGINT, whose values are words of bits, in hexadecimal as in "events"; other whole numbers as
 * numbers, beyond 2^53 as text; bytes in hexadecimal; NULL as null.
 */
export function jsonOf({ DuckDBTypeId, JsonDuckDBValueConverter, DuckDBBlobValue }: DuckDb) {
  const convert = (value: DuckDbValue, type: DuckDbType): JsonValue => {
    if (value === null) return null;
    if (typeof value === 'bigint')
      return type.typeId === DuckDBTypeId.UBIGINT ? `0x${value.toString(16)}` : wholeNumber(value);
    if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
    if (type.typeId === DuckDBTypeId.DECIMAL) {
      const text = String(value);
      return text.replace(/\D/g, '').length <= EXACT_DIGITS ? Number(text) : text;
    }
    return JsonDuckDBValueConverter(value, type, convert);
  };
  return convert;
}

/** A value for a table or CSV; one with a structure as JSON. */
export const textOf = (value: JsonValue): string =>
  typeof value === 'string'
    ? value
    : value === null
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
