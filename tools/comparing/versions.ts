import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import { ramOf } from '../../src/machine/boards/board.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { machineOfTape } from '../../src/replay/version.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { LineOutput, printJson } from '../session/standard-output.ts';
import { countText, momentText } from '../session/units.ts';
import { type Failed, Program, type WhereLine } from './program.ts';
import { type Both, eachSide, SIDES } from './sides.ts';

/** Options of `bisect --versions`. */
export interface VersionsArgs {
  readonly a: string;
  readonly b: string;
  readonly tape?: string | undefined;
  readonly symbols?: string | undefined;
  readonly symbolsB?: string | undefined;
  readonly html?: string | undefined;
  readonly json: boolean;
}

type Told = WhereLine | Failed;
/** What both programs tell of a count at which they differ, and of the last one before at which they do not. */
interface Parting {
  readonly icount: number;
  readonly before: Both<WhereLine | undefined>;
  readonly after: Both<Told | undefined>;
}

/** Places that are asked for at once. */
const PLACES = 64;
/** Without a checkpoint for so many counts, the first program makes some. */
const FAR = 2 ** 27;
const DIFFERENCES_MAX = 64;

/** Tells where two programs part on one tape. @throws Failure */
export async function bisectVersions(args: VersionsArgs): Promise<ExitStatus> {
  const { a, b, tape, symbols, json } = args;
  if (tape === undefined) throw new Failure('--versions: give two commands and a tape: --versions CMD1 CMD2 T');
  for (const [option, value] of [['--html', args.html] as const, ['--symbols-b', args.symbolsB] as const])
    if (value !== undefined) throw new Failure(`${option}: goes with two tapes, and --versions has one`);
  const programs = { a: new Program(a, symbols), b: new Program(b, symbols) };
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-versions-'));
  try {
    const search = new VersionsSearch(programs, await withCheckpoints(programs.a, tape, folder));
    const parting = await search.find();
    const told = parting === undefined ? undefined : await tellOf(parting, programs, search, folder);
    if (json) printJson(told ?? { identical: true, upTo: search.last, rerun: search.rerun });
    else show(told === undefined ? [`the same run under both, up to ${momentText(search.last)}`] : linesOf(told, a, b));
    return told === undefined ? ExitStatus.ok : ExitStatus.finding;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tape, or a copy with checkpoints where it has none. */
async function withCheckpoints(program: Program, tape: string, folder: string): Promise<TapeReader> {
  const reader = TapeReader.open(tape);
  const length = (reader.icounts?.last ?? 0) - (reader.icounts?.first ?? 0);
  if (reader.checkpoints.length > 0 || length < FAR) return reader;
  const copy = join(folder, 'indexed.tape');
  await program.run(['index', tape, '-o', copy]);
  return TapeReader.open(copy);
}

/** Asks two programs about places of one tape, ever nearer to where they part. */
class VersionsSearch {
  readonly reader: TapeReader;
  readonly last: number;
  readonly #programs: Both<Program>;
  /** Counts at which a program begins from a state of the tape. */
  readonly #marks: readonly number[];
  /** Counts that were run by both, for all places. */
  rerun = 0;

  constructor(programs: Both<Program>, reader: TapeReader) {
    this.reader = reader;
    this.#programs = programs;
    this.last = reader.icounts?.last ?? 0;
    const first = reader.begin?.icount ?? 0;
    this.#marks = [first, ...reader.checkpoints.map(({ icount }) => icount).filter((icount) => icount > first)];
  }

  /**
   * Both begin each stretch between checkpoints with the same state. The first one at whose end they differ is gone into; within it the
   * difference that lasts to its end.
   */
  async find(): Promise<Parting | undefined> {
    const ends = [...this.#marks.slice(1).map((icount) => icount - 1), this.last];
    const stretch = await this.#firstDifferent(ends);
    if (stretch === undefined) return undefined;
    let low = this.#marks[stretch.index] as number;
    let high = ends[stretch.index] as number;
    let after = stretch.told;
    let before: Both<Told> | undefined;
    while (high - low > 1) {
      const step = Math.max(1, Math.ceil((high - low) / PLACES));
      const places = Array.from({ length: PLACES }, (_, n) => low + step * (n + 1)).filter((at) => at < high);
      const found = await this.#firstDifferent(places);
      const index = found?.index ?? places.length;
      if (found !== undefined) [high, after] = [places[index] as number, found.told];
      if (index > 0) [low, before] = [places[index - 1] as number, found?.before ?? this.#lastTold];
    }
    before ??= (await this.#ask([low])).at(0);
    return { icount: low, before: eachSide((side) => placeOf(before?.[side])), after };
  }

  #lastTold: Both<Told> | undefined;

  async #firstDifferent(
    places: readonly number[],
  ): Promise<
    | { readonly index: number; readonly told: Both<Told | undefined>; readonly before: Both<Told> | undefined }
    | undefined
  > {
    const streams = eachSide((side) => this.#programs[side].where(this.reader.path, places));
    let before: Both<Told> | undefined;
    try {
      for (const [index, place] of places.entries()) {
        this.#count(place, places[index - 1]);
        const [one, other] = await Promise.all(SIDES.map((side) => streams[side].next()));
        const told = {
          a: one?.done === true ? undefined : one?.value,
          b: other?.done === true ? undefined : other?.value,
        };
        if (!isSame(told)) return { index, told, before };
        // Both have left the tape, alike.
        if (told.a === undefined || told.b === undefined || 'failed' in told.a) break;
        before = told as Both<Told>;
      }
    } finally {
      // What is left of the places is not asked for.
      await Promise.all(SIDES.map((side) => streams[side].return(undefined)));
    }
    this.#lastTold = before;
    return undefined;
  }
  async #ask(places: readonly number[]): Promise<Both<Told>[]> {
    await this.#firstDifferent(places);
    return this.#lastTold === undefined ? [] : [this.#lastTold];
  }
  #count(place: number, before: number | undefined): void {
    const mark = this.#marks.findLast((icount) => icount <= place) ?? 0;
    this.rerun += 2 * (place - Math.max(mark, before ?? 0));
  }
}

const placeOf = (told: Told | undefined): WhereLine | undefined =>
  told === undefined || 'failed' in told ? undefined : told;

function isSame({ a, b }: Both<Told | undefined>): boolean {
  if (a === undefined || b === undefined) return a === b;
  if ('failed' in a || 'failed' in b) return 'failed' in a && 'failed' in b && a.failed === b.failed;
  if (a.icount !== b.icount || a.pc !== b.pc) return false;
  if (a.state !== undefined && b.state !== undefined) return a.state.hash === b.state.hash;
  return registerDifferences(a.registers, b.registers).length === 0;
}

interface Differs {
  readonly what: string;
  readonly a: string;
  readonly b: string;
}
const registerDifferences = (a: WhereLine['registers'], b: WhereLine['registers']): Differs[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((what) =>
    a[what] === b[what] ? [] : [{ what, a: a[what] ?? 'none', b: b[what] ?? 'none' }],
  );

/** What is told of two programs that part. */
interface ToldVersions {
  readonly identical: false;
  readonly kind: 'instruction';
  readonly icount: number;
  readonly pc?: string;
  readonly symbol?: string;
  readonly instruction?: string;
  readonly differs: readonly Differs[];
  readonly cause: { readonly kind: 'semantics'; readonly what: string };
  readonly a: object;
  readonly b: object;
  readonly rerun: number;
}

async function tellOf(
  { icount, before, after }: Parting,
  programs: Both<Program>,
  search: VersionsSearch,
  folder: string,
): Promise<ToldVersions> {
  const here = before.a ?? before.b;
  const [a, b] = [placeOf(after.a), placeOf(after.b)];
  const differs: Differs[] = [];
  if (a !== undefined && b !== undefined) {
    if (a.icount !== b.icount) differs.push({ what: 'icount', a: String(a.icount), b: String(b.icount) });
    differs.push(
      ...registerDifferences(a.state?.registers ?? a.registers, b.state?.registers ?? b.registers),
      ...(a.state?.memory === b.state?.memory
        ? []
        : await memoryDifferences(programs, search.reader, icount + 1, folder)),
    );
  }
  for (const side of SIDES) {
    const told = after[side];
    if (told !== undefined && 'failed' in told)
      differs.push({ what: 'the tape', a: 'replays', b: 'replays', [side]: told.failed });
  }
  const { pc, symbol, instruction } = here ?? {};
  return {
    ...{ identical: false, kind: 'instruction', icount },
    ...(pc === undefined ? {} : { pc }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(instruction === undefined ? {} : { instruction }),
    ...{ differs, cause: { kind: 'semantics', what: `${programs.a.command} and ${programs.b.command}` } },
    ...{ a: { ...before.a, after: after.a }, b: { ...before.b, after: after.b }, rerun: search.rerun },
  };
}

/** Both write out their memory, which is compared. */
async function memoryDifferences(
  programs: Both<Program>,
  reader: TapeReader,
  icount: number,
  folder: string,
): Promise<Differs[]> {
  const { board, memoryBytes } = machineOfTape(reader.header, reader.path);
  const { base: ramBase } = ramOf(boardByName(board), memoryBytes);
  const files = eachSide((side) => join(folder, `memory-${side}`));
  await Promise.all(
    SIDES.map((side) =>
      programs[side].run([
        ...['mem', reader.path, hex(ramBase), String(memoryBytes), '--at', `icount:${icount}`],
        ...['-o', files[side], '--force'],
      ]),
    ),
  );
  return [...differingBytes(files, ramBase)];
}

function* differingBytes(files: Both<string>, base: number): Generator<Differs> {
  const open = eachSide((side) => openSync(files[side], 'r'));
  const pages = eachSide(() => Buffer.alloc(PAGE_BYTES));
  let told = 0;
  try {
    const { size } = statSync(files.a);
    for (let at = 0; at < size && told < DIFFERENCES_MAX; at += PAGE_BYTES) {
      for (const side of SIDES) readSync(open[side], pages[side], 0, PAGE_BYTES, at);
      const { a, b } = pages;
      if (Buffer.compare(a, b) === 0) continue;
      for (let i = 0; i < PAGE_BYTES && told < DIFFERENCES_MAX; i++) {
        if (a[i] === b[i]) continue;
        const from = i;
        while (i < PAGE_BYTES && a[i] !== b[i]) i++;
        told++;
        const text = (page: Buffer): string => page.toString('hex', from, i);
        yield { what: `pa:${hex(base + at + from)}`, a: text(a), b: text(b) };
      }
    }
  } finally {
    for (const side of SIDES) closeSync(open[side]);
  }
}

function show(lines: readonly string[]): void {
  const out = new LineOutput();
  for (const line of lines) out.line(line);
  out.flush();
}

function linesOf({ icount, pc, symbol, instruction, differs, rerun }: ToldVersions, a: string, b: string): string[] {
  const wide = Math.max(0, ...differs.map(({ what }) => what.length));
  const wideA = Math.max(0, ...differs.map((row) => row.a.length));
  return [
    `a ${a}`,
    `b ${b}`,
    `the programs part at ${momentText(icount)}, and stay apart`,
    `  ${[pc, symbol].filter((part) => part !== undefined).join(' ')}: ${instruction ?? 'no instruction is told'}`,
    'differs after it',
    ...differs.map((row) => `  ${row.what.padEnd(wide)}  ${row.a.padEnd(wideA)}  ${row.b}`),
    'cause: semantics: the programs compute something else',
    `${countText(rerun)} counts were run again, by both together`,
  ];
}
