import { type ExitStatus, Failure } from '../../src/base/failure.ts';
import { LiveDebuggee } from '../../src/debug/live-debuggee.ts';
import { Monitor } from '../../src/debug/monitor.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { placedKernel } from '../../src/machine/boot.ts';
import { kernelPlaces } from '../../src/replay/symbols/kernel-places.ts';
import { unpackedSymbols } from '../../src/replay/symbols/sources.ts';
import { withBhyve } from './bhyve/machine.ts';
import { eventCommands } from './gdb-monitor.ts';
import { GdbServer, listenAddress } from './gdb-server.ts';
import type { GdbArgs } from './gdb-serving.ts';
import { machineOf } from './machine-options.ts';
import { runMachine } from './recording.ts';
import type { RunArgs, TapeArgs } from './run-options.ts';
import { say } from './standard-output.ts';
import { momentText } from './units.ts';

/** Serves debuggers a guest that runs, and is perhaps recorded. It stands still until one lets it run. */
export async function debugLive(given: GdbArgs & RunArgs, tape: TapeArgs | null): Promise<ExitStatus> {
  const args = withBhyve(given, say);
  const address = listenAddress(args.listen);
  if (args.stdio && (args.console === 'stdio' || args.json || args.input === undefined))
    throw new Failure("--stdio: standard input and output are GDB's; give --console none or file:F, and --input FILE");
  let failure: unknown;
  let server: GdbServer | undefined;
  let serving: Promise<void> | undefined;
  const status = await runMachine(args, tape, (session) => {
    const { config, images } = machineOf(args, false);
    const kernel = placedKernel(config, boardByName(config.board), images);
    const { machine, counter } = session;
    const debuggee = new LiveDebuggee(session, () =>
      kernelPlaces(kernel, counter.exitsByPc.values(), () =>
        kernel.kind === 'zimage' ? unpackedSymbols(kernel, machine.vm.memory) : undefined,
      ),
    );
    server = new GdbServer(debuggee, liveMonitor(debuggee));
    serving = (args.stdio ? server.standardStreams() : server.listen(address))
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        debuggee.ends = true;
        debuggee.rest();
      });
    return debuggee;
  });
  await server?.told();
  server?.close();
  await serving;
  if (failure !== undefined) throw failure;
  return status;
}

function liveMonitor(debuggee: LiveDebuggee): Monitor {
  const { machine, eventPoints } = debuggee;
  return new Monitor([
    {
      usage: 'where',
      help: 'the moment, by count and time',
      run: (_, say) => say(`${momentText(machine.icount)}, EL${debuggee.view.el}\n`),
    },
    ...eventCommands(eventPoints, machine),
  ]);
}
