import { BadDwarf, Cursor } from './cursor.ts';

// DWARF Debugging Information Format 5, 6.2 "Line Number Information"; versions 2 to 4 differ in the header alone.

/** Sections that a line number program is read from. */
export interface LineSections {
  /** `.debug_line` */
  readonly lines: Uint8Array;
  /** `.debug_line_str` and `.debug_str`, where there are some. */
  readonly lineStrings: Uint8Array;
  readonly strings: Uint8Array;
}

/** A line number program with its header. */
export interface LineUnit {
  /** Where in the section the header begins, and behind the program. */
  readonly from: number;
  readonly to: number;
  readonly version: number;
  readonly program: number;
  readonly addressBytes: number;
  readonly instructionBytesMin: number;
  readonly operationsMax: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: readonly number[];
  /** Source files by their number, with their folders. */
  readonly files: readonly string[];
}

/** A row of the line table: from this address on code is of a line. */
export interface LineRow {
  readonly address: bigint;
  /** Number in `files`. */
  readonly file: number;
  readonly line: number;
  /** A recommended place for a breakpoint. */
  readonly isStatement: boolean;
  /** Behind the last instruction of a sequence: no line begins here. */
  readonly isEnd: boolean;
}

const FORM = {
  ...{ block: 0x09, data1: 0x0b, data2: 0x05, data4: 0x06, data8: 0x07, data16: 0x1e, udata: 0x0f },
  ...{ string: 0x08, strp: 0x0e, lineStrp: 0x1f, strx: 0x1a, strx1: 0x25, strx2: 0x26, strx3: 0x27, strx4: 0x28 },
} as const;
const LNCT = { path: 1, directoryIndex: 2 } as const;
/** Files of a unit; the Linux kernel's have some hundred. */
const FILES_MAX = 1 << 16;
const FORMATS_MAX = 32;
const PATH_BYTES_MAX = 4096;
const UNNAMED = '(unknown)';
const DWARF64 = 0xffff_ffff;

/** The header of the unit at a place of the section. @throws BadDwarf */
export function readLineUnit(sections: LineSections, from: number, addressBytes: number): LineUnit {
  const head = new Cursor(sections.lines, from);
  const { offsetBytes, to } = unitLength(head);
  const cursor = new Cursor(sections.lines, head.at, to);
  const version = cursor.u16();
  if (version < 2 || version > 5) throw new BadDwarf(`version ${version}`);
  let wordBytes = addressBytes;
  if (version >= 5) {
    wordBytes = cursor.u8();
    cursor.skip(1);
  }
  const headerLength = cursor.offset(offsetBytes);
  const program = cursor.at + headerLength;
  if (program > to) throw new BadDwarf('its header passes its end');
  const instructionBytesMin = cursor.u8();
  const operationsMax = version >= 4 ? cursor.u8() : 1;
  const defaultIsStatement = cursor.u8() !== 0;
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  const opcodeBase = cursor.u8();
  if (lineRange === 0 || opcodeBase === 0 || operationsMax === 0) throw new BadDwarf('a range of nothing');
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => cursor.u8());
  const names = new Cursor(sections.lines, cursor.at, program);
  const files = version >= 5 ? filesOf5(names, sections, offsetBytes) : filesOf2(names);
  return {
    ...{ from, to, version, program, addressBytes: wordBytes, instructionBytesMin, operationsMax, defaultIsStatement },
    ...{ lineBase, lineRange, opcodeBase, operandCounts, files },
  };
}

/** Of a unit in its 32-bit or 64-bit format, and where it ends. @throws BadDwarf */
export function unitLength(cursor: Cursor): { readonly offsetBytes: 4 | 8; readonly to: number } {
  const short = cursor.u32();
  if (short < 0xffff_fff0) return { offsetBytes: 4, to: cursor.at + short };
  if (short !== DWARF64) throw new BadDwarf('a reserved length');
  const length = cursor.offset(8);
  return { offsetBytes: 8, to: cursor.at + length };
}

const joined = (folder: string | undefined, name: string): string => {
  const path = folder === undefined || folder === '' || name.startsWith('/') ? name : `${folder}/${name}`;
  return path.slice(0, PATH_BYTES_MAX);
};

/** Versions 2 to 4: file 1 is the first; folder 0 is the compiler's, which stands elsewhere. */
function filesOf2(cursor: Cursor): string[] {
  const folders = [''];
  for (let text = cursor.text(); text !== ''; text = cursor.text()) {
    if (folders.push(text) > FILES_MAX) throw new BadDwarf('too many folders');
  }
  const files = [UNNAMED];
  for (let text = cursor.text(); text !== ''; text = cursor.text()) {
    const folder = cursor.count();
    cursor.uleb();
    cursor.uleb();
    if (files.push(joined(folders[folder], text)) > FILES_MAX) throw new BadDwarf('too many files');
  }
  return files;
}

/** Version 5: file 0 is the first; folder 0 is the compiler's. */
function filesOf5(cursor: Cursor, sections: LineSections, offsetBytes: 4 | 8): string[] {
  const folders = entriesOf5(cursor, sections, offsetBytes).map(({ path }) => path);
  return entriesOf5(cursor, sections, offsetBytes).map(({ path, folder }) =>
    joined(folder === 0 ? folders[0] : joined(folders[0], folders[folder] ?? ''), path),
  );
}

function entriesOf5(cursor: Cursor, sections: LineSections, offsetBytes: 4 | 8): { path: string; folder: number }[] {
  const formats = Array.from({ length: cursor.u8() }, () => ({ content: cursor.count(), form: cursor.count() }));
  const count = cursor.count();
  if (formats.length > FORMATS_MAX || count > FILES_MAX) throw new BadDwarf('too many files');
  return Array.from({ length: count }, () => {
    let [path, folder] = [UNNAMED, 0];
    for (const { content, form } of formats) {
      const value = formValue(cursor, form, sections, offsetBytes);
      if (content === LNCT.path && typeof value === 'string') path = value;
      else if (content === LNCT.directoryIndex && typeof value === 'number') folder = value;
    }
    return { path, folder };
  });
}

/** What is of no use here is passed over. */
function formValue(
  cursor: Cursor,
  form: number,
  { strings, lineStrings }: LineSections,
  offsetBytes: 4 | 8,
): string | number | undefined {
  switch (form) {
    case FORM.string:
      return cursor.text();
    case FORM.lineStrp:
      return new Cursor(lineStrings, cursor.offset(offsetBytes)).text();
    case FORM.strp:
      return new Cursor(strings, cursor.offset(offsetBytes)).text();
    case FORM.udata:
      return cursor.count();
    case FORM.data1:
      return cursor.u8();
    case FORM.data2:
      return cursor.u16();
    case FORM.data4:
      return cursor.u32();
    case FORM.data8:
      cursor.skip(8);
      return undefined;
    case FORM.data16:
      cursor.skip(16);
      return undefined;
    case FORM.block:
      cursor.skip(cursor.count());
      return undefined;
    // By way of another section, of files that were split off.
    case FORM.strx:
      cursor.uleb();
      return undefined;
    case FORM.strx1:
    case FORM.strx2:
    case FORM.strx3:
    case FORM.strx4:
      cursor.skip(form - FORM.strx1 + 1);
      return undefined;
    default:
      throw new BadDwarf(`form ${form}`);
  }
}

const OP = {
  ...{ copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, setColumn: 5, negateStatement: 6, setBasicBlock: 7 },
  ...{ constAddPc: 8, fixedAdvancePc: 9, setPrologueEnd: 10, setEpilogueBegin: 11, setIsa: 12 },
} as const;
const EXTENDED = { endSequence: 1, setAddress: 2, defineFile: 3 } as const;
const LINE_MAX = 0xffff_ffff;

/**
 * Runs a unit's program: the rows of its line table, sequence by sequence; within one they ascend. One object stands for all rows.
 * @throws BadDwarf where it is none
 */
export function* lineRows(lines: Uint8Array, unit: LineUnit): Generator<LineRow> {
  const cursor = new Cursor(lines, unit.program, unit.to);
  const { lineBase, lineRange, opcodeBase, operationsMax } = unit;
  const bytesMin = BigInt(unit.instructionBytesMin);
  const wordMask = unit.addressBytes === 8 ? 64 : 32;
  const start = { address: 0n, file: 1, line: 1, isStatement: unit.defaultIsStatement, isEnd: false };
  const row = { ...start };
  let operation = 0;
  const advance = (by: bigint): void => {
    // VLIW machines have several operations an instruction.
    const sum = BigInt(operation) + by;
    const instructions = operationsMax === 1 ? by : sum / BigInt(operationsMax);
    operation = operationsMax === 1 ? 0 : Number(sum % BigInt(operationsMax));
    row.address = BigInt.asUintN(wordMask, row.address + bytesMin * instructions);
  };
  const toLine = (by: number): void => {
    row.line = Math.min(Math.max(row.line + by, 0), LINE_MAX);
  };
  while (!cursor.isAtEnd) {
    const opcode = cursor.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      advance(BigInt(Math.floor(adjusted / lineRange)));
      toLine(lineBase + (adjusted % lineRange));
      yield row;
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = cursor.count();
        const next = cursor.at + length;
        if (length === 0 || next > cursor.end) throw new BadDwarf('an operation passes the end');
        const extended = cursor.u8();
        if (extended === EXTENDED.endSequence) {
          row.isEnd = true;
          yield row;
          Object.assign(row, start);
          operation = 0;
        } else if (extended === EXTENDED.setAddress) {
          row.address = cursor.word(length - 1);
          operation = 0;
        }
        // Files that a program defines itself have no users; other operations tell nothing of lines.
        cursor.at = next;
        break;
      }
      case OP.copy:
        yield row;
        break;
      case OP.advancePc:
        advance(cursor.uleb());
        break;
      case OP.advanceLine: {
        const by = cursor.sleb();
        toLine(by > BigInt(LINE_MAX) ? LINE_MAX : by < -BigInt(LINE_MAX) ? -LINE_MAX : Number(by));
        break;
      }
      case OP.setFile:
        row.file = cursor.count();
        break;
      case OP.negateStatement:
        row.isStatement = !row.isStatement;
        break;
      case OP.constAddPc:
        advance(BigInt(Math.floor((255 - opcodeBase) / lineRange)));
        break;
      case OP.fixedAdvancePc:
        row.address = BigInt.asUintN(wordMask, row.address + BigInt(cursor.u16()));
        operation = 0;
        break;
      default:
        // Its operands, as the header says how many there are.
        for (let n = unit.operandCounts[opcode - 1] ?? 0; n > 0; n--) cursor.uleb();
    }
  }
}
