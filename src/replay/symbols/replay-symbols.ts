import { Failure } from '../../base/failure.ts';
import type { StopPlace } from '../../core/engine/stops.ts';
import type { GuestMemory } from '../../hyp/vmm/memory.ts';
import type { PlacedKernel } from '../../machine/boot.ts';
import type { ImageFile } from '../../machine/loaders/read-image.ts';
import type { Machine } from '../../machine/machine.ts';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
import { ReplaySession } from '../replay.ts';
import { GuestSymbols, type NamedPlace } from './guest-symbols.ts';
import {
  buildIdsOf,
  executedAt,
  otherKernel,
  type SymbolFile,
  symbolFileOf,
  type Witness,
  witnessesOf,
} from './same-kernel.ts';
import { type FoundSymbols, symbolsOf, unpackedAt, unpackedSymbols } from './sources.ts';
import { hasFirmware, isKernels, preloadedIn, preloadedSymbols } from './started-kernel.ts';
import type { SymbolTable } from './table.ts';
import { exitsOf, runningKernel } from './tape-symbols.ts';
import type { UnwoundFunction } from './unwind-index.ts';

const SIMILAR_MAX = 5;
/** Least letters of a name that similar ones begin with. */
const SIMILAR_LETTERS_MIN = 4;

/** The symbols, or one line that says why there are none. @throws Failure */
export function mustFind(found: FoundSymbols, wanted: string): GuestSymbols {
  if (found instanceof GuestSymbols) return found;
  throw new Failure(`${wanted}: ${found.missing}`);
}

/** A function that is there by this name. @throws Failure with names like it */
export function checkName({ table }: GuestSymbols, name: string, wanted: string): void {
  if (table.find(name).length > 0) return;
  const isData = table.data.find(name).length > 0;
  throw isData ? new Failure(`${wanted}: a variable; give a function`) : noneOf('function', [table], name, wanted);
}

function noneOf(what: string, tables: readonly SymbolTable[], name: string, wanted: string): Failure {
  let similar: string[] = [];
  for (let n = name.length; n >= SIMILAR_LETTERS_MIN && similar.length === 0; n--)
    similar = [...new Set(tables.flatMap((table) => table.similar(name.slice(0, n), SIMILAR_MAX)))];
  const hint = similar.length === 0 ? 'check its spelling' : `there are ${similar.slice(0, SIMILAR_MAX).join(', ')}`;
  return new Failure(`${wanted}: the guest has no ${what} of this name; ${hint}`);
}

/** The symbols of a guest while it is replayed: those of a zImage are there once it has unpacked itself. */
export class ReplaySymbols {
  readonly #reader: TapeReader;
  readonly #read: () => FoundSymbols;
  #found: FoundSymbols | undefined;
  /** The file that they are of, until it is known whether it is of the guest's kernel. */
  #unproven: SymbolFile | undefined;
  readonly #isOwn: boolean;
  /** Those of the guest's kernel itself, where it has them at hand. */
  #own: FoundSymbols | undefined;
  #witnesses: readonly Witness[] = [];
  /** It is known whether a loader has left symbols in memory. */
  #isMemoryRead = false;
  /** Of the machine, when its memory was last searched: one moment is asked for many names. */
  #searchedAt: number | undefined;

  /** `read` is called when a name is asked for first; `file`: what it reads, where that is not the guest's own kernel. */
  constructor(reader: TapeReader, read: () => FoundSymbols, file?: ImageFile) {
    this.#reader = reader;
    this.#read = read;
    this.#unproven = file && symbolFileOf(file);
    this.#isOwn = file === undefined;
  }

  /**
   * In words, and once, that the file is of another kernel than the guest's, as far as that is known.
   * @param memory the guest's at the moment
   */
  otherKernel(memory?: GuestMemory): string | undefined {
    const file = this.#unproven;
    // The guest's own are read when a name is asked for.
    if (file === undefined) return undefined;
    const found = this.#known;
    if (!(found instanceof GuestSymbols)) return undefined;
    const builds = buildIdsOf(runningKernel(this.#reader), memory);
    const differs = otherKernel(file, found, builds, () => this.#ownSymbols(memory));
    if (differs !== null) this.#unproven = undefined;
    return differs ?? undefined;
  }
  /** Functions of the guest's kernel by its own table, where they are executed: none as long as that is not known. */
  witnesses(memory: GuestMemory): readonly Witness[] {
    if (this.#witnesses.length > 0) return this.#witnesses;
    const own = this.#ownSymbols(memory);
    if (own !== undefined) this.#witnesses = witnessesOf(own, executedAt);
    return this.#witnesses;
  }
  #ownSymbols(memory: GuestMemory | undefined): GuestSymbols | undefined {
    const kernel = runningKernel(this.#reader);
    if (kernel.kind === 'zimage') return memory && unpackedSymbols(kernel, memory);
    this.#own ??= this.#isOwn ? this.#known : symbolsOf(kernel, exitsOf(this.#reader));
    return this.#own instanceof GuestSymbols ? this.#own : undefined;
  }

  get #known(): FoundSymbols {
    this.#found ??= this.#read();
    return this.#found;
  }

  /** For messages only: where symbols cannot be read there are none. */
  text(pc: bigint, machine: Machine): string | undefined {
    return this.known(machine)?.text(pc);
  }
  /** Likewise of memory: variables, and functions. */
  textOfMemory(address: bigint, machine: Machine): string | undefined {
    return this.known(machine)?.textOfMemory(address);
  }
  /** How the frame of the function at an address is undone, where the kernel tells that of AArch32 code. */
  unwindingAt(pc: number, machine: Machine): UnwoundFunction | undefined {
    return this.known(machine)?.unwind?.functionAt(pc);
  }
  /** The guest's symbols as far as they are known at the moment; where they cannot be read there are none. */
  known(machine: Machine): GuestSymbols | undefined {
    try {
      this.#look(machine);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    return this.#found instanceof GuestSymbols ? this.#found : undefined;
  }
  #look(machine: Machine): FoundSymbols {
    if (!(this.#known instanceof GuestSymbols) && this.#searchedAt !== machine.icount) {
      this.#searchedAt = machine.icount;
      this.#unpacked(runningKernel(this.#reader), machine);
    }
    return this.#known;
  }

  /** Where functions of this name run. @throws Failure where there are none, or the symbols are not there yet */
  addressesOf(name: string, machine: Machine, wanted: string): readonly bigint[] {
    const symbols = mustFind(this.#look(machine), wanted);
    checkName(symbols, name, wanted);
    return symbols.addresses(name);
  }
  /**
   * Where variables and functions of this name lie, one at least. @throws Failure likewise
   */
  named(name: string, at: GuestMoment, wanted: string): readonly NamedPlace[] {
    const symbols = mustFind(this.#look(at.machine), wanted);
    findByVectors(symbols, at);
    const places = symbols.named(name);
    if (places.length > 0) return places;
    throw noneOf('variable or function', [symbols.table.data, symbols.table], name, wanted);
  }

  /**
   * Tells, in a replay that has not begun, each time that the guest is about to execute the first instruction of a function:
   * `told` may ask the session for a stop. @throws Failure
   */
  stopAt(name: string, session: ReplaySession, wanted: string, told: () => void): void {
    const kernel = this.#known instanceof GuestSymbols ? undefined : runningKernel(this.#reader);
    const { machine } = session;
    const stopBefore = (places: readonly number[], symbols: GuestSymbols): void =>
      session.stopBefore(inKernel(places), () => {
        symbols.seenAt(machine.pc, name);
        told();
      });
    if (kernel?.kind !== 'zimage') {
      if (kernel !== undefined) this.#unpacked(kernel, machine);
      const symbols = mustFind(this.#known, wanted);
      stopBefore(placesOf(symbols, name, wanted), symbols);
      return;
    }
    const entry = unpackedAt(kernel);
    session.stopBefore(inKernel([entry]), () => {
      this.#unpacked(kernel, machine);
      const symbols = mustFind(this.#known, wanted);
      const places = placesOf(symbols, name, wanted);
      stopBefore(places, symbols);
      if (places.includes(entry)) told();
    });
  }

  #unpacked(kernel: PlacedKernel, machine: Machine): void {
    if (kernel.kind === 'zimage') this.#found = unpackedSymbols(kernel, machine.vm.memory) ?? this.#found;
    else if (hasFirmware(this.#reader) && kernel.kind === 'arm64-image')
      this.#found = symbolsOf(kernel, exitsOf(this.#reader));
    if (this.#found instanceof GuestSymbols || kernel.kind === 'zimage' || this.#isMemoryRead) return;
    const isArm64 = this.#reader.header.machine.arch === 'arm64';
    const found = preloadedIn(machine, isArm64);
    // A kernel that runs has had its loader.
    this.#isMemoryRead = found !== undefined || isKernels(machine.pc, isArm64);
    this.#found = found ?? this.#found;
  }
}

/**
 * The symbols of a tape's guest, as `symbolsOfTape`; those of a zImage by a replay until it has unpacked itself. @throws Failure
 */
export function symbolsByReplay(reader: TapeReader, found: FoundSymbols): FoundSymbols {
  if (found instanceof GuestSymbols) return found;
  const kernel = runningKernel(reader);
  if (hasFirmware(reader) && kernel.kind === 'arm64-image') return symbolsOf(kernel, exitsOf(reader));
  // What somebody else than this program's loader has loaded, as FreeBSD's does it.
  if (kernel.kind !== 'zimage') return preloadedSymbols(reader) ?? found;
  const session = new ReplaySession(reader, { consoleOut() {} });
  session.stopBefore(inKernel([unpackedAt(kernel)]));
  session.run();
  return unpackedSymbols(kernel, session.machine.vm.memory) ?? found;
}

/** What a guest's state tells at a moment. */
export interface GuestMoment {
  readonly machine: Machine;
  /** By name; undefined where there is none of it. */
  register(name: string): bigint | undefined;
  /** The guest-physical address of a virtual one, undefined where the tables have none. */
  ipaOf(va: bigint): number | undefined;
}

/** The vectors of Linux arm64 (arch/arm64/kernel/entry.S), which its VBAR_EL1 names: where it is when a tape has no exits to tell. */
const VECTORS = 'vectors';

function findByVectors(symbols: GuestSymbols, at: GuestMoment): void {
  const vbar = at.register('VBAR_EL1');
  const ipa = vbar === undefined ? undefined : at.ipaOf(vbar);
  if (vbar !== undefined && ipa !== undefined && symbols.physical(VECTORS).includes(ipa)) symbols.seenAt(vbar, VECTORS);
}

const inKernel = (addresses: readonly number[]): StopPlace[] => addresses.map((pa) => ({ pa, el: 1 }));

function placesOf(symbols: GuestSymbols, name: string, wanted: string): number[] {
  checkName(symbols, name, wanted);
  const places = symbols.physical(name);
  if (places.length > 0) return places;
  throw new Failure(`${wanted}: the function is not in the kernel's image, so that its place in memory is not known`);
}
