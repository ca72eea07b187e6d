import { Failure } from '../../base/failure.ts';
import type { StopPlace } from '../../core/engine/stops.ts';
import type { PlacedKernel } from '../../machine/boot.ts';
import type { Machine } from '../../machine/machine.ts';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
import { ReplaySession } from '../replay.ts';
import { GuestSymbols } from './guest-symbols.ts';
import { type FoundSymbols, unpackedAt, unpackedSymbols } from './sources.ts';
import { kernelOfTape } from './tape-symbols.ts';

const SIMILAR_MAX = 5;
/** Least letters of a name that similar ones begin with. */
const SIMILAR_LETTERS_MIN = 4;

/** The symbols, or one line that says why there are none. @throws Failure */
export function mustFind(found: FoundSymbols, wanted: string): GuestSymbols {
  if (found instanceof GuestSymbols) return found;
  throw new Failure(`${wanted}: ${found.missing}`);
}

/** A function that is there by this name. @throws Failure with names like it */
export function checkName(symbols: GuestSymbols, name: string, wanted: string): void {
  if (symbols.table.find(name).length > 0) return;
  let similar: string[] = [];
  for (let n = name.length; n >= SIMILAR_LETTERS_MIN && similar.length === 0; n--)
    similar = symbols.table.similar(name.slice(0, n), SIMILAR_MAX);
  const hint = similar.length === 0 ? 'check its spelling' : `there are ${similar.join(', ')}`;
  throw new Failure(`${wanted}: the guest has no function of this name; ${hint}`);
}

/** The symbols of a guest while it is replayed: those of a zImage are there once it has unpacked itself. */
export class ReplaySymbols {
  readonly #reader: TapeReader;
  readonly #read: () => FoundSymbols;
  #found: FoundSymbols | undefined;

  /** `read` is called when a name is asked for first. */
  constructor(reader: TapeReader, read: () => FoundSymbols) {
    this.#reader = reader;
    this.#read = read;
  }

  get #known(): FoundSymbols {
    this.#found ??= this.#read();
    return this.#found;
  }

  /** For messages only: where symbols cannot be read there are none. */
  text(pc: bigint, machine: Machine): string | undefined {
    try {
      if (!(this.#known instanceof GuestSymbols)) this.#unpacked(kernelOfTape(this.#reader), machine);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    return this.#found instanceof GuestSymbols ? this.#found.text(pc) : undefined;
  }

  /** Where functions of this name run. @throws Failure where there are none, or the symbols are not there yet */
  addressesOf(name: string, machine: Machine, wanted: string): readonly bigint[] {
    if (!(this.#known instanceof GuestSymbols)) this.#unpacked(kernelOfTape(this.#reader), machine);
    const symbols = mustFind(this.#known, wanted);
    checkName(symbols, name, wanted);
    return symbols.addresses(name);
  }

  /**
   * Tells, in a replay that has not begun, each time that the guest is about to execute the first instruction of a function:
   * `told` may ask the session for a stop. @throws Failure
   */
  stopAt(name: string, session: ReplaySession, wanted: string, told: () => void): void {
    const kernel = this.#known instanceof GuestSymbols ? undefined : kernelOfTape(this.#reader);
    const { machine } = session;
    const stopBefore = (places: readonly number[], symbols: GuestSymbols): void =>
      session.stopBefore(inKernel(places), () => {
        symbols.seenAt(machine.pc, name);
        told();
      });
    if (kernel?.kind !== 'zimage') {
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
    if (kernel.kind !== 'zimage') return;
    this.#found = unpackedSymbols(kernel, machine.vm.memory) ?? this.#found;
  }
}

/**
 * The symbols of a tape's guest, as `symbolsOfTape`; those of a zImage by a replay until it has unpacked itself. @throws Failure
 */
export function symbolsByReplay(reader: TapeReader, found: FoundSymbols): FoundSymbols {
  const kernel = kernelOfTape(reader);
  if (found instanceof GuestSymbols || kernel.kind !== 'zimage') return found;
  const session = new ReplaySession(reader, { consoleOut() {} });
  session.stopBefore(inKernel([unpackedAt(kernel)]));
  session.run();
  return unpackedSymbols(kernel, session.machine.vm.memory) ?? found;
}

const inKernel = (addresses: readonly number[]): StopPlace[] => addresses.map((pa) => ({ pa, el: 1 }));

function placesOf(symbols: GuestSymbols, name: string, wanted: string): number[] {
  checkName(symbols, name, wanted);
  const places = symbols.physical(name);
  if (places.length > 0) return places;
  throw new Failure(`${wanted}: the function is not in the kernel's image, so that its place in memory is not known`);
}
