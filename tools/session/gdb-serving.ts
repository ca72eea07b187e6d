import { ExitStatus, Failure } from '../../src/base/failure.ts';
import type { Monitor } from '../../src/debug/monitor.ts';
import { TapeDebuggee } from '../../src/debug/tape-debuggee.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { type KernelPlaces, kernelPlacesOf } from '../../src/replay/symbols/kernel-places.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { Witness } from '../../src/replay/symbols/same-kernel.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { tapeMonitor } from './gdb-monitor.ts';
import { GdbServer, listenAddress } from './gdb-server.ts';
import { parsePlace } from './places.ts';
import { Traveller } from './travelling.ts';
import { type Look, lookWith, symbolsFor, tellOtherKernel } from './viewer.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Options of `gdb`. */
export interface GdbArgs {
  readonly listen: string;
  readonly stdio: boolean;
  readonly at?: string | undefined;
  readonly symbols?: string | undefined;
}

/** A tape to debug. */
export interface OpenedTape {
  readonly debuggee: TapeDebuggee;
  readonly symbols: ReplaySymbols;
  /** The guest at whatever moment it has come to. */
  readonly look: Look;
  readonly monitor: Monitor;
}

/** Opens a tape, and goes to a place of it. @throws Failure */
export function openDebugTape(path: string, args: Pick<GdbArgs, 'at' | 'symbols'>): OpenedTape {
  const reader = TapeReader.open(path);
  const symbols = symbolsFor(reader, args.symbols);
  const traveller = new Traveller(reader, symbols);
  let places: KernelPlaces | undefined;
  const { timeline } = traveller;
  const debuggee = new TapeDebuggee(
    timeline,
    () => (places ??= placesOf(reader)),
    () => witnessesOf(symbols, timeline.machine),
  );
  if (args.at !== undefined) traveller.go(parsePlace('--at', args.at));
  tellOtherKernel(symbols, debuggee.machine);
  const look = lookWith(debuggee.view, symbols, reader, { symbols: args.symbols });
  return { debuggee, symbols, look, monitor: tapeMonitor(debuggee, traveller, reader, symbols, look) };
}

/** Serves debuggers a tape. */
export async function debugTape(path: string, args: GdbArgs): Promise<ExitStatus> {
  const address = listenAddress(args.listen);
  const { debuggee, monitor } = openDebugTape(path, args);
  // GDB asks for them at once, and waits two seconds for an answer.
  debuggee.textBase();
  debuggee.witnesses();
  await serve(new GdbServer(debuggee, monitor), address, args.stdio);
  return ExitStatus.ok;
}

async function serve(server: GdbServer, address: ReturnType<typeof listenAddress>, stdio: boolean): Promise<void> {
  for (const signal of SIGNALS) process.once(signal, () => server.close());
  await (stdio ? server.standardStreams() : server.listen(address));
}

/** A tape whose kernel is damaged is debugged without what that would tell. */
function placesOf(reader: TapeReader): KernelPlaces {
  try {
    return kernelPlacesOf(reader);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { textBase: undefined, physicalOf: () => [] };
  }
}
/** Likewise. */
function witnessesOf(symbols: ReplaySymbols, machine: Machine): readonly Witness[] {
  try {
    return symbols.witnesses(machine.vm.memory);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [];
  }
}
