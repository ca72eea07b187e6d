import { DeviceTapeSession } from '../../src/replay/device-tape.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from './host-memory.ts';
import { progress } from './progress.ts';
import type { ReplayEnds, Replayed, Stop } from './replay-report.ts';
import { runInSlices } from './slices.ts';

/** Replays the CPU of a tape alone, its devices answering from the tape. @throws Failure */
export async function replayByDevicesOfTape(
  reader: TapeReader,
  symbols: ReplaySymbols,
  { output, interrupts }: ReplayEnds,
): Promise<Replayed> {
  const session = withHostMemory(
    Number(reader.header.machine.memoryBytes),
    (): DeviceTapeSession =>
      new DeviceTapeSession(reader, {
        consoleOut: (byte, console) => output.write(byte, console),
        symbolAt: (pc) => symbols.text(pc, session.machine),
      }),
  );
  const { machine, checker, end, integrity } = session;
  machine.door.onSent = (channel, bytes) => void output.sent(channel, bytes);
  const bar = progress('replaying', session.lastIcount, !output.isTerminal);
  let stop: Stop;
  try {
    stop = await runInSlices(session, {
      interrupts,
      tick: (...at) => {
        output.check();
        bar.update(...at);
      },
    });
  } finally {
    bar.stop();
  }
  const { icount, instructions, pc } = machine;
  const { given, compared, difference } = session;
  const symbol = stop.kind === 'interrupted' ? symbols.text(pc, machine) : undefined;
  const answered = { given, checkpoints: compared, difference };
  return { stop, end, integrity, checked: checker.checked - given, icount, instructions, pc, symbol, answered };
}
