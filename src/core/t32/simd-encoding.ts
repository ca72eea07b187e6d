import type { EncodingClass } from '../decode/lift.ts';
import type { Row, Table } from '../decode/row.ts';

/**
 * From A32's encodings of VFP and AdvSIMD to T32's: the condition becomes 1110, AdvSIMD's U moves, the prefix of its loads and
 * stores changes. What is below bit 24 stays. Arm ARM DDI 0406C, A7.4 to A7.9.
 */
const prefixes: readonly (readonly [a32: RegExp, t32: string])[] = [
  [/^----_/, '1110_'],
  [/^1111_001(.)_/, '111$1_1111_'],
  [/^1111_0100_/, '1111_1001_'],
];

export function t32Bits(bits: string): string {
  for (const [a32, t32] of prefixes) if (a32.test(bits)) return bits.replace(a32, t32);
  throw new Error(`no encoding of VFP or AdvSIMD: ${bits}`);
}

const t32Row = (row: Row): Row => (typeof row === 'string' ? t32Bits(row) : { ...row, bits: t32Bits(row.bits) });

const t32Table = (rows: Table): Table =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, t32Row(row)]));

/** The same class in T32: its rows have the same fields, so its lifters stay. */
export const inT32 = (c: EncodingClass): EncodingClass => ({ ...c, rows: t32Table(c.rows) });
