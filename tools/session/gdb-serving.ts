import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { TapeDebuggee } from '../../src/debug/tape-debuggee.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import { type KernelPlaces, kernelPlacesOf } from '../../src/replay/symbols/kernel-places.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { tapeMonitor } from './gdb-monitor.ts';
import { GdbServer, listenAddress } from './gdb-server.ts';
import { withHostMemory } from './host-memory.ts';
import { parsePlace } from './places.ts';
import { findPlace } from './seeking.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Options of `gdb`. */
export interface GdbArgs {
  readonly listen: string;
  readonly stdio: boolean;
  readonly at?: string | undefined;
  readonly symbols?: string | undefined;
}

/** Serves debuggers a tape. */
export async function debugTape(path: string, args: GdbArgs): Promise<ExitStatus> {
  const address = listenAddress(args.listen);
  const reader = TapeReader.open(path);
  const symbols = new ReplaySymbols(reader, () =>
    symbolsOfTape(reader, args.symbols === undefined ? undefined : readImage(args.symbols)),
  );
  let places: KernelPlaces | undefined;
  const debuggee: TapeDebuggee = withHostMemory(
    Number(reader.header.machine.memoryBytes),
    () =>
      new TapeDebuggee(
        reader,
        () => (places ??= placesOf(reader)),
        (pc) => symbols.text(pc, debuggee.machine),
      ),
  );
  if (args.at !== undefined) debuggee.timeline.seek(findPlace(reader, parsePlace('--at', args.at), symbols).icount);
  await serve(new GdbServer(debuggee, tapeMonitor(debuggee, reader, symbols)), address, args.stdio);
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
