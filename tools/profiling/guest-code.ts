import type { CodeNames } from '../../src/explain/code-names.ts';
import type { GuestLinux } from '../../src/explain/linux/guest-linux.ts';
import type { UnwindingAt } from '../../src/inspect/arm-unwind.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestSymbols } from '../session/event-symbols.ts';
import { withHostMemory } from '../session/host-memory.ts';
import { type CodeFiles, KnownCode } from '../session/known-code.ts';

/** A tape's guest in a replay, with what its code and its tasks are called. */
export interface GuestCode {
  readonly timeline: Timeline;
  readonly view: GuestView;
  readonly code: KnownCode;
  readonly names: CodeNames;
  readonly linux: GuestLinux;
  /** How frames of AArch32 code are undone. */
  readonly unwindingAt: UnwindingAt;
}

/** @throws Failure where there is no machine to be made of the tape, or a file is none */
export function openGuestCode(reader: TapeReader, files: CodeFiles): GuestCode {
  const symbols = guestSymbols(reader, files.symbols);
  const memoryBytes = Number(reader.header.machine.memoryBytes);
  const timeline = withHostMemory(memoryBytes, () => new Timeline(reader));
  const view = new GuestView(timeline.machine);
  const code = new KnownCode(reader, view, symbols, files);
  const { names, linux } = code;
  return { timeline, view, code, names, linux, unwindingAt: (pc) => symbols?.unwind?.functionAt(pc) };
}
