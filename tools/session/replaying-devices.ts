import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from './host-memory.ts';
import { Interrupts } from './interrupts.ts';
import { progress } from './progress.ts';
import type { Replayed, Stop } from './replay-report.ts';
import type { ConsoleOutput } from './terminal.ts';

/** Counts between two looks at signals. */
const SLICE = 2 ** 22;

/** Replays the CPU of a tape alone, its devices answering from the tape. @throws Failure */
export async function replayByDevicesOfTape(
  reader: TapeReader,
  symbols: ReplaySymbols,
  output: ConsoleOutput,
): Promise<Replayed> {
  const session = withHostMemory(
    Number(reader.header.machine.memoryBytes),
    (): DeviceTapeSession =>
      new DeviceTapeSession(reader, {
        consoleOut: (byte) => output.write(byte),
        symbolAt: (pc) => symbols.text(pc, session.machine),
      }),
  );
  const { machine, checker, end, integrity } = session;
  const bar = progress('replaying', session.lastIcount, !output.isTerminal);
  const interrupts = new Interrupts();
  let stop: Stop;
  try {
    do {
      stop = session.run(machine.icount + SLICE);
      output.flush();
      if (output.failure !== null) throw output.failure;
      bar.update(machine.icount, machine.instructions);
      await new Promise((resolve) => setImmediate(resolve));
      if (interrupts.requested && stop.kind === 'place') stop = { kind: 'interrupted' };
    } while (stop.kind === 'place');
  } finally {
    bar.stop();
    interrupts.close();
  }
  const { icount, instructions, pc } = machine;
  const { given, compared, difference } = session;
  const symbol = stop.kind === 'interrupted' ? symbols.text(pc, machine) : undefined;
  const answered = { given, checkpoints: compared, difference };
  return { stop, end, integrity, checked: checker.checked - given, icount, instructions, pc, symbol, answered };
}
