import { CodeNames } from '../../src/explain/code-names.ts';
import { GuestLinux } from '../../src/explain/linux/guest-linux.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import type { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import { kernelOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { withHostMemory } from '../session/host-memory.ts';

/** A tape's guest in a replay, with what its code and its tasks are called. */
export interface GuestCode {
  readonly timeline: Timeline;
  readonly view: GuestView;
  readonly names: CodeNames;
  readonly linux: GuestLinux;
}

/** `symbols`: the guest's, where it has some. @throws Failure where there is no machine to be made of the tape */
export function openGuestCode(reader: TapeReader, symbols: GuestSymbols | undefined): GuestCode {
  const memoryBytes = Number(reader.header.machine.memoryBytes);
  const timeline = withHostMemory(memoryBytes, () => new Timeline(reader));
  const view = new GuestView(timeline.machine);
  const names = new CodeNames({
    kernelAt: (pc) => symbols?.text(pc),
    isOfKernel: (pc) => symbols?.physicalOf(pc).includes(view.ipaOf(pc) ?? -1) === true,
  });
  return { timeline, view, names, linux: new GuestLinux(view, kernelOfTape(reader), symbols) };
}
