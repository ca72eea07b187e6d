import type { Exit, SampleFilter } from '../../src/analysis/exits.ts';
import type { StackFrame } from '../../src/analysis/stack-tree.ts';
import { must } from '../../src/base/assert.ts';
import { hex } from '../../src/base/bits.ts';
import { Failure } from '../../src/base/failure.ts';
import type { LineTable } from '../../src/explain/dwarf/line-table.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import type { RegisterAt } from '../../src/machine/register-names.ts';
import type { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import { functionOf } from '../../src/replay/symbols/table.ts';
import { runningKernel } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { eventRange } from '../session/event-range.ts';
import { deviceRegisters, eventSymbols, guestSymbols } from '../session/event-symbols.ts';
import { type CodeFiles, kernelLines } from '../session/known-code.ts';
import { say } from '../session/standard-output.ts';
import { ReplayedExits, type Wanted } from './replayed-exits.ts';

/** Which tape, and what of it. */
export interface ProfiledArgs {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly vcpu?: number | undefined;
  /** A file of the guest's symbols. */
  readonly symbols?: string | undefined;
  /** ELFs of its programs. */
  readonly programs?: readonly string[] | undefined;
}

/** Names of so many PCs are kept. */
const NAMES_MAX = 1 << 16;

/** A tape with what its events' numbers are called. */
export class ProfiledTape {
  readonly path: string;
  readonly reader: TapeReader;
  readonly filter: SampleFilter;
  /** The counts that it reaches between. */
  readonly range: { readonly from?: number; readonly to?: number };
  readonly registerAt: RegisterAt;
  readonly isArmv7: boolean;
  /** A trace of a real machine, which no machine here replays; what it counts are nanoseconds. */
  readonly isImported: boolean;
  readonly codeFiles: CodeFiles;
  #symbols: GuestSymbols | undefined;
  #isRead = false;
  #lines: LineTable | undefined;
  #areLinesRead = false;
  readonly #names = new Map<bigint, string | undefined>();
  #wanted: Wanted | undefined;
  #replayed: ReplayedExits | undefined;

  /** @throws Failure where it is none, or holds nothing to count */
  constructor(path: string, { from, to, vcpu, symbols, programs }: ProfiledArgs) {
    this.path = path;
    this.reader = TapeReader.open(path);
    this.codeFiles = { symbols, programs };
    const { header, begin } = this.reader;
    if (header.level === 'inputs')
      throw new Failure(
        `${path}: it holds inputs only, and no exits; "hypertape retrace ${path} -o FULL.tape" makes a tape that has them`,
      );
    const { replaySymbols } = eventSymbols(this.reader, { symbols });
    const { stretch, filter } = eventRange(this.reader, { from, to }, replaySymbols);
    this.range = filter;
    this.isImported = header.machine.imported !== undefined;
    this.filter = {
      ...stretch,
      ...(vcpu === undefined ? {} : { vcpu }),
      ...(begin === undefined ? {} : { begin: begin.icount }),
      isConcurrent: this.isImported,
    };
    this.registerAt = deviceRegisters(this.reader);
    this.isArmv7 = header.machine.arch === ('armv7' satisfies GuestArch);
  }

  /** `function+0x10`. */
  symbolAt(pc: bigint): string | undefined {
    this.#read();
    return this.#symbols?.text(pc);
  }
  /** Whether the guest has names at all, perhaps not of every function. */
  get isNamed(): boolean {
    this.#read();
    return this.#symbols !== undefined;
  }
  #read(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    this.#symbols = guestSymbols(this.reader, this.codeFiles.symbols)?.functions;
  }
  /** `function+0x10 file.c:12`, as far as that is known. */
  placeAt(pc: bigint): string | undefined {
    const text = this.symbolAt(pc);
    const linked = this.#symbols?.linked(pc);
    if (text === undefined || linked === undefined || this.isImported) return text;
    if (!this.#areLinesRead) this.#lines = kernelLines(runningKernel(this.reader), this.codeFiles.symbols);
    this.#areLinesRead = true;
    const source = this.#lines?.at(linked);
    return source === undefined ? text : `${text} ${source.file}:${source.line}`;
  }
  /** The function alone; the PC where the guest has no names at all. */
  functionAt(pc: bigint): string | undefined {
    if (this.#names.has(pc)) return this.#names.get(pc);
    const symbol = this.symbolAt(pc);
    const name = this.isNamed ? symbol && functionOf(symbol) : hex(pc);
    if (this.#names.size < NAMES_MAX) this.#names.set(pc, name);
    return name;
  }

  /** Whether names of code are from the replay, which knows modules and programs too. */
  get namesByReplay(): boolean {
    return this.#wanted?.code === true;
  }
  /** From now on exits are looked at in a replay. @throws Failure where there is none of the tape */
  replay(wanted: Wanted): void {
    this.mustReplay();
    this.#wanted = wanted;
    this.#replayed = new ReplayedExits(this.reader, this.codeFiles, wanted);
  }
  /** @throws Failure where there is no machine to be made of the tape */
  mustReplay(): void {
    if (this.isImported)
      throw new Failure(
        `${this.path}: an imported trace, which cannot be replayed: profile it by what its events tell`,
      );
  }
  /** What is seen at an exit; exits are to be asked for in their order. */
  replayed(exit: Exit): ReturnType<ReplayedExits['at']> {
    return must(this.#replayed, 'replay').at(exit);
  }
  /** Tells what the replay could not. */
  endReplay(): void {
    for (const line of this.#replayed?.close() ?? []) say(`${this.path}: ${line}`);
  }
  /** A frame of a stack. */
  frame(name: string): StackFrame {
    return this.#replayed?.frame(name) ?? { name };
  }
}
