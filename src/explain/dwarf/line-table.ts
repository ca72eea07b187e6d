// dwarf/: lines of source code, as compilers leave them in an ELF.
//
// No package that is kept reads DWARF of ELF files: what there is reads that of WebAssembly, in a debugger's own process. Of DWARF no more than the
// line number programs is read here.

import { readSections, sectionContent } from '../../replay/symbols/elf-sections.ts';
import { BadDwarf } from './cursor.ts';
import { type LineSections, type LineUnit, lineRows, readLineUnit } from './line-program.ts';

/** A line of source code. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}
/** A line, and where code of it lies as it was linked: the end excluded. */
export interface LineExtent extends SourceLine {
  readonly from: bigint;
  readonly to: bigint;
}

/** Code of a unit in one piece. */
interface Sequence {
  readonly from: bigint;
  readonly to: bigint;
  readonly unit: number;
}
/** Rows of a sequence. */
interface Rows {
  readonly addresses: BigUint64Array;
  readonly files: Uint32Array;
  readonly lines: Uint32Array;
}

/** Units, sequences and rows that are read: the Linux kernel has some thousand units. */
const UNITS_MAX = 1 << 17;
const SEQUENCES_MAX = 1 << 20;
const ROWS_MAX = 1 << 22;
/** Sequences whose rows are kept. */
const KEPT_MAX = 256;
const NOTHING = new Uint8Array(0);

/**
 * Which line of source code an address is of. Only where sequences lie is kept; rows are read when one is asked for, since those of
 * a kernel are ten million.
 */
export class LineTable {
  readonly #sections: LineSections;
  readonly #units: readonly LineUnit[];
  /** In ascending order. */
  readonly #sequences: readonly Sequence[];
  readonly #rows = new Map<Sequence, Rows>();
  /** Units that could not be read. */
  readonly damaged: number;

  private constructor(
    sections: LineSections,
    units: readonly LineUnit[],
    sequences: readonly Sequence[],
    damaged: number,
  ) {
    this.#sections = sections;
    this.#units = units;
    this.#sequences = sequences;
    this.damaged = damaged;
  }

  /** Of a linked ELF; undefined where it has no lines. @throws Failure where it is damaged */
  static read(elf: Uint8Array, name: string): LineTable | undefined {
    const found = readSections(elf, name);
    const lines = found && sectionContent(found, '.debug_line', name);
    if (found === undefined || lines === undefined || lines.length === 0) return undefined;
    const lineStrings = sectionContent(found, '.debug_line_str', name) ?? NOTHING;
    const strings = sectionContent(found, '.debug_str', name) ?? NOTHING;
    return LineTable.of({ lines, lineStrings, strings }, found.wordBytes);
  }
  /** Of the sections of an ELF whose words have so many bytes. */
  static of(sections: LineSections, wordBytes: 4 | 8): LineTable {
    const units: LineUnit[] = [];
    const sequences: Sequence[] = [];
    let damaged = 0;
    for (let at = 0; at < sections.lines.length && units.length + damaged < UNITS_MAX; ) {
      let unit: LineUnit;
      try {
        unit = readLineUnit(sections, at, wordBytes);
      } catch (error) {
        if (!(error instanceof BadDwarf)) throw error;
        // Where the next one begins is not known.
        damaged++;
        break;
      }
      at = unit.to;
      try {
        for (const sequence of sequencesOf(sections.lines, unit, units.length))
          if (sequences.length < SEQUENCES_MAX) sequences.push(sequence);
      } catch (error) {
        if (!(error instanceof BadDwarf)) throw error;
        damaged++;
      }
      units.push(unit);
    }
    sequences.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
    return new LineTable(sections, units, sequences, damaged);
  }

  /** Whether it tells of any code. */
  get isEmpty(): boolean {
    return this.#sequences.length === 0;
  }

  /** The line at an address as the ELF was linked; of several that begin there the last. */
  at(address: bigint): SourceLine | undefined {
    const found = this.#rowAt(address);
    return found && this.#lineOf(found.sequence, found.rows, found.n);
  }
  /** The line that begins at an address: of a function where it is declared, before what its first instruction is of. */
  beginningAt(address: bigint): SourceLine | undefined {
    const found = this.#rowAt(address);
    if (found === undefined) return undefined;
    const { sequence, rows } = found;
    let { n } = found;
    while (n > 0 && rows.addresses[n - 1] === address) n--;
    return this.#lineOf(sequence, rows, n);
  }
  #rowAt(address: bigint): { readonly sequence: Sequence; readonly rows: Rows; readonly n: number } | undefined {
    let [low, high] = [0, this.#sequences.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sequences[middle] as Sequence).from <= address) low = middle + 1;
      else high = middle;
    }
    const sequence = this.#sequences[low - 1];
    if (sequence === undefined || address >= sequence.to) return undefined;
    const rows = this.#rowsOf(sequence);
    const n = lastUpTo(rows.addresses, address);
    return n < 0 ? undefined : { sequence, rows, n };
  }
  #lineOf({ unit }: Sequence, { files, lines }: Rows, n: number): SourceLine | undefined {
    const line = lines[n] as number;
    // Line 0: code that is of none.
    if (line === 0) return undefined;
    return { file: this.#units[unit]?.files[files[n] as number] ?? '(unknown)', line };
  }

  /** All code that has lines, sequence by sequence. An instruction may be of several: of a function that was put into another. */
  *extents(): Generator<LineExtent> {
    for (const sequence of this.#sequences) {
      const rows = this.#rowsOf(sequence);
      const { addresses } = rows;
      let to = sequence.to;
      for (let n = addresses.length - 1; n >= 0; n--) {
        const from = addresses[n] as bigint;
        const behind = addresses[n + 1];
        if (behind !== undefined && behind > from) to = behind;
        const line = this.#lineOf(sequence, rows, n);
        if (line !== undefined && from < to) yield { ...line, from, to };
      }
    }
  }

  #rowsOf(sequence: Sequence): Rows {
    let rows = this.#rows.get(sequence);
    if (rows === undefined) {
      if (this.#rows.size === KEPT_MAX) this.#rows.clear();
      this.#rows.set(sequence, (rows = this.#read(sequence)));
    }
    return rows;
  }
  #read({ unit, from }: Sequence): Rows {
    const addresses: bigint[] = [];
    const files: number[] = [];
    const lines: number[] = [];
    const found = this.#units[unit] as LineUnit;
    try {
      for (const row of lineRows(this.#sections.lines, found)) {
        if (row.isEnd) {
          if (addresses[0] === from) break;
          addresses.length = files.length = lines.length = 0;
        } else if (addresses.length < ROWS_MAX) {
          addresses.push(row.address);
          files.push(row.file);
          lines.push(row.line);
        }
      }
    } catch (error) {
      if (!(error instanceof BadDwarf)) throw error;
    }
    return {
      addresses: BigUint64Array.from(addresses),
      files: Uint32Array.from(files),
      lines: Uint32Array.from(lines),
    };
  }
}

/** Where a unit's code lies. What was linked away lies at 0, and what is no stretch in order is left out. @throws BadDwarf */
function* sequencesOf(lines: Uint8Array, unit: LineUnit, number: number): Generator<Sequence> {
  let from: bigint | undefined;
  let last = 0n;
  let isInOrder = true;
  for (const { address, isEnd } of lineRows(lines, unit)) {
    from ??= address;
    if (address < last) isInOrder = false;
    last = address;
    if (!isEnd) continue;
    if (isInOrder && from !== 0n && from < address) yield { from, to: address, unit: number };
    [from, last, isInOrder] = [undefined, 0n, true];
  }
}

function lastUpTo(addresses: BigUint64Array, address: bigint): number {
  let [low, high] = [0, addresses.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((addresses[middle] as bigint) <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
