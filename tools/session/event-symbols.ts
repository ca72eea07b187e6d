import type { EventNames } from '../../src/analysis/tables/index.ts';
import { Failure } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import { findBoard } from '../../src/machine/boards/index.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import { consoleNames, decodePorts, portsProblem } from '../../src/machine/ports-config.ts';
import { type RegisterAt, registerNames } from '../../src/machine/register-names.ts';
import type { SymbolAt } from '../../src/replay/event-text.ts';
import { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import { checkName, mustFind, ReplaySymbols, symbolsByReplay } from '../../src/replay/symbols/replay-symbols.ts';
import type { FoundSymbols } from '../../src/replay/symbols/sources.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { machineOfTape } from '../../src/replay/version.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from './host-memory.ts';
import { tellOtherKernel } from './viewer.ts';

interface SymbolArgs {
  readonly symbol?: string | undefined;
  readonly symbols?: string | undefined;
}
interface EventSymbols {
  readonly symbolAt: SymbolAt;
  /** What `--symbol` leaves. */
  readonly within?: (pc: bigint) => boolean;
  /** For replays of the tape. */
  readonly replaySymbols: () => ReplaySymbols;
}

/** Names of so many PCs are kept: of the same ones a tape tells over and over. */
const NAMES_MAX = 1 << 16;

function remembering(symbolAt: SymbolAt): SymbolAt {
  const known = new Map<bigint, string | undefined>();
  return (pc) => {
    const name = known.get(pc);
    if (name !== undefined || known.has(pc)) return name;
    const found = symbolAt(pc);
    if (known.size < NAMES_MAX) known.set(pc, found);
    return found;
  };
}

/** Names of the functions at events' PCs: asked for, or else as far as there are some, read when the first is needed. */
export function eventSymbols(reader: TapeReader, { symbol, symbols: path }: SymbolArgs): EventSymbols {
  if (symbol === undefined && path === undefined) {
    let names: SymbolAt | undefined;
    const replaySymbols = (): ReplaySymbols => new ReplaySymbols(reader, () => symbolsOfTape(reader));
    return { symbolAt: remembering((pc) => (names ??= namesOf(reader))(pc)), replaySymbols };
  }
  const wanted = symbol === undefined ? `--symbols ${path}` : `--symbol ${symbol}`;
  const file = path === undefined ? undefined : readImage(path);
  const read = symbolsOfTape(reader, file);
  const symbols = new ReplaySymbols(reader, () => read, file);
  tellOtherKernel(symbols);
  const replaySymbols = (): ReplaySymbols => symbols;
  const { memoryBytes } = reader.header.machine;
  const found = mustFind(
    withHostMemory(Number(memoryBytes), () => symbolsByReplay(reader, read)),
    wanted,
  );
  if (symbol !== undefined) checkName(found, symbol, wanted);
  const symbolAt = remembering((pc) => found.text(pc));
  return symbol === undefined ? { symbolAt, replaySymbols } : { symbolAt, replaySymbols, within: found.within(symbol) };
}

/**
 * The guest's symbols for who names most of a tape: those of a zImage too, which a replay of its beginning unpacks. Undefined
 * where the guest has none that can be read. @throws Failure where the file that is asked for is none
 */
export function guestSymbols(reader: TapeReader, path: string | undefined): GuestSymbols | undefined {
  const { memoryBytes } = reader.header.machine;
  const byReplay = (found: FoundSymbols): FoundSymbols =>
    withHostMemory(Number(memoryBytes), () => symbolsByReplay(reader, found));
  if (path !== undefined) return mustFind(byReplay(symbolsOfTape(reader, readImage(path))), `--symbols ${path}`);
  try {
    const found = byReplay(symbolsOfTape(reader));
    return found instanceof GuestSymbols ? found : undefined;
  } catch (error) {
    // A tape whose kernel is damaged still has its events.
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}
/** Names of functions and devices for analyses of columns; `symbols` is called when the first is needed. */
export function eventNames(reader: TapeReader, symbols: () => GuestSymbols | undefined): EventNames {
  return {
    symbolAt: (pc) => symbols()?.at(pc),
    registerAt: deviceRegisters(reader),
    portAt: portNames(reader),
    isArmv7: reader.header.machine.arch === ('armv7' satisfies GuestArch),
  };
}

/** What consoles beside the UART, ports among them, are called, by their numbers on the tape. */
export type PortAt = (device: number) => string | undefined;

/** As the tape's machine has them; of one that says something else, none. */
export function portNames({ header }: TapeReader): PortAt {
  const console = decodePorts(header.machine.console);
  const names = console === undefined || portsProblem(console) !== undefined ? [] : consoleNames({ console });
  return (device) => (device === 0 ? undefined : names[device]);
}

/** Names of the registers of the tape's machine; of one that this program does not have, none. */
export function deviceRegisters(reader: TapeReader): RegisterAt {
  try {
    const { machine } = reader.header;
    if (machine.imported !== undefined) {
      // Whoever imported it may have said what the guest's addresses are.
      if (typeof machine.board !== 'string' || findBoard(machine.board) === undefined) return () => undefined;
      return registerNames({ board: machine.board, gicVersion: 3, vcpus: 1 } as const);
    }
    return registerNames(machineOfTape(reader.header, reader.path));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return () => undefined;
  }
}

function namesOf(reader: TapeReader): SymbolAt {
  try {
    const found = symbolsOfTape(reader);
    if (found instanceof GuestSymbols) return (pc) => found.text(pc);
  } catch (error) {
    // A tape whose kernel is damaged still has its events.
    if (!(error instanceof Failure)) throw error;
  }
  return () => undefined;
}
