// decode/: encodings as rows of bits, the decoder that is made of them, and the front end of an instruction set.

import { must } from '../../base/assert.ts';
import type { EncodingClass } from './lift.ts';
import type { Row } from './row.ts';

export interface DecodedRow {
  readonly name: string;
  readonly group: EncodingClass;
  readonly mask: number;
  readonly value: number;
  readonly beats: readonly string[];
  readonly lift: (ir: never, fields: never) => 'next' | 'end';
  /** Parts of each field from the high one down. */
  readonly fields: readonly FieldParts[];
  /** Reads the fields: made when it is first needed. */
  read: FieldReader | null;
}
type FieldReader = (word: number) => Readonly<Record<string, number>>;
interface FieldParts {
  readonly letter: string;
  readonly shifts: readonly number[];
  readonly widths: readonly number[];
}

const bitsOf = (row: Row): string => (typeof row === 'string' ? row : row.bits).replaceAll('_', '');

function parse(name: string, row: Row, group: EncodingClass, width: number): DecodedRow {
  const text = bitsOf(row);
  if (text.length !== width) throw new Error(`${group.name}.${name}: ${text.length} bits, not ${width}`);
  let mask = 0;
  let value = 0;
  const parts = new Map<string, { shifts: number[]; widths: number[] }>();
  for (let i = 0; i < width; i++) {
    const c = text[i] as string;
    const at = width - 1 - i;
    if (c === '0' || c === '1') {
      mask |= 1 << at;
      if (c === '1') value |= 1 << at;
    } else if (c !== '-') {
      let p = parts.get(c);
      if (!p) parts.set(c, (p = { shifts: [], widths: [] }));
      const last = p.shifts.length - 1;
      if (i > 0 && text[i - 1] === c) {
        p.shifts[last] = at;
        p.widths[last] = (p.widths[last] as number) + 1;
      } else {
        p.shifts.push(at);
        p.widths.push(1);
      }
    }
  }
  return {
    name,
    group,
    mask,
    value,
    beats: typeof row === 'string' ? [] : row.beats,
    lift: must(group.lift[name], `lifter of ${group.name}.${name}`) as DecodedRow['lift'],
    // Copies have no room for more: V8 leaves room for sixteen, and there are thirteen thousand of them.
    fields: Array.from(parts, ([letter, { shifts, widths }]) => ({
      letter,
      shifts: shifts.slice(),
      widths: widths.slice(),
    })),
    read: null,
  };
}

/**
 * The reader of a row's fields, as code of its own: it runs for every instruction that is lifted, and a loop over the parts
 * takes several times as long.
 */
function fieldReader(fields: readonly FieldParts[]): FieldReader {
  const read = ({ letter, shifts, widths }: FieldParts): string => {
    const pieces = shifts.map((shift, i) => {
      const below = widths.slice(i + 1).reduce((sum, w) => sum + w, 0);
      const width = widths[i] as number;
      return width === 32 ? 'word >>> 0' : `((word >>> ${shift}) & ${2 ** width - 1}) << ${below}`;
    });
    return `fields.${letter} = ${pieces.join(' | ')};`;
  };
  const letters = fields.map(({ letter }) => `${letter}: 0`);
  const body = `${fields.map(read).join(' ')} return fields;`;
  return new Function(`const fields = { ${letters.join(', ')} }; return (word) => { ${body} };`)() as FieldReader;
}

/** The fields of an instruction that matched the row: until the next one that does. */
export function extract(row: DecodedRow, word: number): Readonly<Record<string, number>> {
  const read = row.read ?? fieldReader(row.fields);
  row.read = read;
  return read(word);
}

export const overlaps = (a: DecodedRow, b: DecodedRow): boolean => ((a.value ^ b.value) & a.mask & b.mask) === 0;

const INDEX_BITS = 11;

/** Rows that an instruction may match, and the bits by which: of each its mask and value, so that no row is looked at in vain. */
interface Candidates {
  readonly rows: readonly DecodedRow[];
  readonly bits: readonly number[];
}

/** Finds the row of an instruction: rows are indexed by the top bits, and the ones that beat others stand first. */
export class Decoder {
  readonly rows: readonly DecodedRow[];
  /** By top bits: filled in as they occur. */
  readonly #index: (Candidates | undefined)[] = new Array(1 << INDEX_BITS).fill(undefined);
  readonly #shift: number;

  constructor(classes: readonly EncodingClass[], width = 32) {
    this.rows = classes.flatMap((c) => Object.entries(c.rows).map(([name, row]) => parse(name, row, c, width)));
    this.#shift = width - INDEX_BITS;
  }

  /** null: no encoding of the architecture, UNDEFINED. */
  decode(word: number): DecodedRow | null {
    const top = word >>> this.#shift;
    const { rows, bits } = this.#index[top] ?? this.#fill(top);
    for (let i = 0; i < bits.length; i += 2)
      if ((word & (bits[i] as number)) === bits[i + 1]) return rows[i >> 1] as DecodedRow;
    return null;
  }

  #fill(top: number): Candidates {
    const topMask = ((1 << INDEX_BITS) - 1) << this.#shift;
    const wanted = this.rows.filter((r) => ((r.value ^ (top << this.#shift)) & r.mask & topMask) === 0);
    const rows = sortByBeats(wanted);
    const candidates = { rows, bits: rows.flatMap(({ mask, value }) => [mask, value]) };
    this.#index[top] = candidates;
    return candidates;
  }
}

/** Rows that beat another stand before it. */
function sortByBeats(rows: DecodedRow[]): DecodedRow[] {
  const out: DecodedRow[] = [];
  const place = (row: DecodedRow): void => {
    if (out.includes(row)) return;
    for (const other of rows) if (other !== row && other.beats.includes(row.name)) place(other);
    out.push(row);
  };
  for (const row of rows) place(row);
  return out;
}

/** Pairs of rows that overlap though neither says that it beats the other. */
export function undeclaredOverlaps(rows: readonly DecodedRow[]): string[] {
  const found: string[] = [];
  for (const [i, a] of rows.entries()) {
    for (const b of rows.slice(i + 1)) {
      if (overlaps(a, b) && !a.beats.includes(b.name) && !b.beats.includes(a.name))
        found.push(`${a.group.name}.${a.name} and ${b.group.name}.${b.name}`);
    }
  }
  return found;
}
