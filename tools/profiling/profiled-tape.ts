import type { Exit, SampleFilter } from '../../src/analysis/exits.ts';
import type { StackFrame } from '../../src/analysis/stack-tree.ts';
import { must } from '../../src/base/assert.ts';
import { hex } from '../../src/base/bits.ts';
import { Failure } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import type { RegisterAt } from '../../src/machine/register-names.ts';
import type { SymbolAt } from '../../src/replay/event-text.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { functionOf } from '../exporting/export-source.ts';
import { eventRange } from '../session/event-range.ts';
import { deviceRegisters, eventSymbols, functionNames } from '../session/event-symbols.ts';
import { say } from '../session/standard-output.ts';
import type { CodeFiles } from './guest-code.ts';
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
  #symbolAt: SymbolAt | undefined;
  #isRead = false;
  readonly #names = new Map<bigint, string | undefined>();
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
    return this.#symbolAt?.(pc);
  }
  /** Whether the guest has names at all, perhaps not of every function. */
  get isNamed(): boolean {
    this.#read();
    return this.#symbolAt !== undefined;
  }
  #read(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    this.#symbolAt = functionNames(this.reader, this.codeFiles.symbols);
  }
  /** The function alone; the PC where the guest has no names at all. */
  functionAt(pc: bigint): string | undefined {
    if (this.#names.has(pc)) return this.#names.get(pc);
    const symbol = this.symbolAt(pc);
    const name = this.isNamed ? symbol && functionOf(symbol) : hex(pc);
    if (this.#names.size < NAMES_MAX) this.#names.set(pc, name);
    return name;
  }

  /** From now on exits are looked at in a replay. @throws Failure where there is none of the tape */
  replay(wanted: Wanted): void {
    this.mustReplay();
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
