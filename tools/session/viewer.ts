import type { SourceLine } from '../../src/explain/dwarf/line-table.ts';
import type { UnwindingAt } from '../../src/inspect/arm-unwind.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type GuestAddress, type NamedAddress, resolveAddress } from './address.ts';
import { CodeAtHand } from './code-at-hand.ts';
import type { CodeFiles, KnownCode } from './known-code.ts';
import type { Place } from './places.ts';
import { say } from './standard-output.ts';
import { Traveller } from './travelling.ts';

/** The guest's symbols: of a file, which is read at once, or of the tape's own kernel. */
export function symbolsFor(reader: TapeReader, path: string | undefined): ReplaySymbols {
  if (path === undefined) return new ReplaySymbols(reader, () => symbolsOfTape(reader));
  const file = readImage(path);
  const found = symbolsOfTape(reader, file);
  return new ReplaySymbols(reader, () => found, file);
}

/** Says, once, that the file of symbols is of another kernel than the guest's. @param machine where it has come to, if it runs already */
export function tellOtherKernel(symbols: ReplaySymbols, machine?: Machine): void {
  const differs = symbols.otherKernel(machine?.vm.memory);
  if (differs !== undefined) say(differs);
}

/** A guest where it is at the moment, with its symbols. */
export interface Look {
  readonly view: GuestView;
  /** `symbol+0x10`, as far as there are symbols. */
  readonly symbolAt: (pc: bigint) => string | undefined;
  /** The same of memory, by variables too. */
  readonly nameOf: (address: bigint) => string | undefined;
  /** The line of source at a PC, as far as there is DWARF. */
  readonly sourceAt: (pc: bigint) => SourceLine | undefined;
  /** How the frame of the function at an address is undone: for `callStack`. */
  readonly unwindingAt: UnwindingAt;
  /** The address that a name has there. @throws Failure */
  readonly resolve: (address: GuestAddress | NamedAddress) => GuestAddress;
}

/** A guest at a place of its tape. */
export interface At extends Look {
  /** How long the way there took. */
  readonly seekMs: number;
}

/** Whatever moment the view's machine comes to, with what else than the kernel's functions is known: modules, programs that are given. */
export function lookWith(view: GuestView, symbols: ReplaySymbols, reader: TapeReader, files: CodeFiles = {}): Look {
  const code = new CodeAtHand(reader, view, symbols, files);
  return lookAt(view, symbols, () => code.known);
}
function lookAt(view: GuestView, symbols: ReplaySymbols, code: () => KnownCode): Look {
  const { machine } = view;
  return {
    view,
    symbolAt: (pc) => code().textOf(pc) ?? symbols.text(pc, machine),
    sourceAt: (pc) => code().sourceOf(pc),
    nameOf: (address) => symbols.textOfMemory(address, machine),
    unwindingAt: (pc) => symbols.unwindingAt(pc, machine),
    resolve: (address) => resolveAddress(address, view, symbols),
  };
}

/** A tape, and a machine that goes from place to place of it. */
export class Viewer {
  readonly #symbols: ReplaySymbols;
  readonly #traveller: Traveller;
  readonly #view: GuestView;
  readonly #code: CodeAtHand;

  /** @throws Failure where one of the files cannot be read */
  constructor(path: string, files: CodeFiles = {}) {
    const reader = TapeReader.open(path);
    this.#symbols = symbolsFor(reader, files.symbols);
    this.#traveller = new Traveller(reader, this.#symbols);
    this.#view = new GuestView(this.#traveller.timeline.machine);
    this.#code = new CodeAtHand(reader, this.#view, this.#symbols, files);
    // What is no program is refused before the way there.
    if ((files.programs ?? []).length > 0) void this.#code.known;
  }

  /** Where functions of this name run, as far as it is known at the present place. @throws Failure where there are none */
  addressesOf(name: string, wanted: string): readonly bigint[] {
    return this.#symbols.addressesOf(name, this.#view.machine, wanted);
  }
  get timeline(): Timeline {
    return this.#traveller.timeline;
  }
  /** Goes to a place. What was seen of another is of no use then. @throws Failure where it is not on the tape */
  go(place: Place): At {
    const started = performance.now();
    this.#traveller.go(place);
    tellOtherKernel(this.#symbols, this.#view.machine);
    const seekMs = performance.now() - started;
    return { ...lookAt(this.#view, this.#symbols, () => this.#code.known), seekMs };
  }
}
