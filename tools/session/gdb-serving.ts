import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { TapeDebuggee } from '../../src/debug/tape-debuggee.ts';
import { type KernelPlaces, kernelPlacesOf } from '../../src/replay/symbols/kernel-places.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { tapeMonitor } from './gdb-monitor.ts';
import { GdbServer, listenAddress } from './gdb-server.ts';
import { parsePlace } from './places.ts';
import { Traveller } from './travelling.ts';
import { symbolsFor } from './viewer.ts';

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
  const symbols = symbolsFor(reader, args.symbols);
  const traveller = new Traveller(reader, symbols);
  let places: KernelPlaces | undefined;
  const debuggee = new TapeDebuggee(traveller.timeline, () => (places ??= placesOf(reader)));
  if (args.at !== undefined) traveller.go(parsePlace('--at', args.at));
  await serve(new GdbServer(debuggee, tapeMonitor(debuggee, traveller, reader, symbols)), address, args.stdio);
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
