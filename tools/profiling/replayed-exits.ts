import type { Exit } from '../../src/analysis/exits.ts';
import type { StackFrame } from '../../src/analysis/stack-tree.ts';
import { callFrames } from '../../src/explain/call-frames.ts';
import { ExitLooks } from '../../src/explain/exit-looks.ts';
import { type GuestLinux, NO_MODULES, NO_TASKS } from '../../src/explain/linux/guest-linux.ts';
import { taskText } from '../../src/explain/linux/tasks.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type CodeFiles, type KnownCode, placeWithLine } from '../session/known-code.ts';
import { progress } from '../session/progress.ts';
import { openGuestCode } from './guest-code.ts';
import { FRAME_SEPARATOR } from './keys.ts';

/** What is looked at. */
export interface Wanted {
  readonly stack: boolean;
  readonly task: boolean;
  /** What the code at its PC is called. */
  readonly code: boolean;
}
/** What was seen at an exit; undefined where it was not wanted, or could not be told. */
interface Seen {
  readonly stack: string | undefined;
  readonly task: string | undefined;
  /** The function, and `function+0x10` with the line of source where that is known. */
  readonly symbol: string | undefined;
  readonly place: string | undefined;
}

const NOT_NAMED = { symbol: undefined, place: undefined } as const;
function named(code: KnownCode, { pc, el }: GuestView): Pick<Seen, 'symbol' | 'place'> {
  const place = code.placeOf(pc);
  return { symbol: (code.names.at(pc, el) ?? code.names.unnamed(el)).name, place: place && placeWithLine(place) };
}

/** A frame's name within a key. */
const nameIn = (frame: StackFrame): string => frame.name.replaceAll(FRAME_SEPARATOR, ':');

/** What a replay tells of a tape's exits, which are to be asked for in their order. */
export class ReplayedExits {
  readonly #looks: ExitLooks<Seen>;
  readonly #linux: GuestLinux;
  readonly #wanted: Wanted;
  readonly #progress: ReturnType<typeof progress>;
  readonly #timeline: Timeline;
  /** By name: where its source is. */
  readonly #frames = new Map<string, StackFrame>();
  readonly #keys = new Map<string, string>();

  /** @throws Failure where there is no machine to be made of the tape */
  constructor(reader: TapeReader, files: CodeFiles, wanted: Wanted) {
    const { timeline, view, code, names, linux, unwindingAt } = openGuestCode(reader, files);
    this.#timeline = timeline;
    this.#linux = linux;
    this.#wanted = wanted;
    this.#progress = progress('replaying', timeline.last, true);
    this.#looks = new ExitLooks(timeline, () => {
      linux.refresh();
      const task = wanted.task ? linux.currentTask() : undefined;
      return {
        stack: wanted.stack ? this.#keyOf(callFrames(view, names, { unwindingAt })) : undefined,
        task: task && taskText(task),
        ...(wanted.code ? named(code, view) : NOT_NAMED),
      };
    });
  }
  #keyOf(frames: readonly StackFrame[]): string {
    const key = frames.map(nameIn).join(FRAME_SEPARATOR);
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    this.#keys.set(key, key);
    for (const frame of frames) if (frame.file !== undefined) this.#frames.set(nameIn(frame), frame);
    return key;
  }

  at({ at, ordinal }: Exit): Seen {
    const { machine } = this.#timeline;
    this.#progress.update(machine.icount, machine.instructions);
    return this.#looks.at(at, ordinal);
  }
  /** A frame of a key, with its source where that is known. */
  frame(name: string): StackFrame {
    return this.#frames.get(name) ?? { name };
  }
  /** All exits were asked for. Returns what is to be said of what could not be told. */
  close(): string[] {
    this.#looks.close();
    this.#progress.stop();
    return [
      ...(this.#wanted.task && !this.#linux.knowsTasks ? [NO_TASKS] : []),
      ...(this.#linux.lacksModules ? [NO_MODULES] : []),
    ];
  }
}
