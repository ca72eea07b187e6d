import { EMPTY_STACK, type StackTree } from '../analysis/stack-tree.ts';
import { must } from '../base/assert.ts';
import { Failure } from '../base/failure.ts';
import { callStack } from '../inspect/call-stack.ts';
import { GuestView } from '../inspect/guest-view.ts';
import type { ReplaySession } from '../replay/replay.ts';
import type { Stops } from '../timeline/stops.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { vmExit } from '../trace/events/index.ts';
import type { CodeNames } from './code-names.ts';

/** Counts before an exit from which it is looked for at first: what is stamped with a count may have come before its first moment. */
const BEFORE = 1;

/** How stacks are taken. */
export interface ExitStackOptions {
  readonly names: CodeNames;
  /** Where the stacks are put. */
  readonly tree: StackTree;
  /** Called when the replay begins, with what it runs in; returns what ends it. */
  readonly arm?: (session: ReplaySession) => () => void;
}

/** The guest's call stacks at the exits of a tape, from a replay that runs along with whoever reads the exits. */
export class ExitStacks {
  readonly #timeline: Timeline;
  readonly #options: ExitStackOptions;
  readonly #view: GuestView;
  #running: Generator<void, unknown> | undefined;
  /** Of exits that were passed and not asked for yet, in their order: numbers of events, and stacks in the tree. */
  #ordinals: number[] = [];
  #stacks: number[] = [];
  #next = 0;

  constructor(timeline: Timeline, options: ExitStackOptions) {
    this.#timeline = timeline;
    this.#options = options;
    this.#view = new GuestView(timeline.machine);
  }

  /**
   * The stack at an exit of the tape, as a node of the tree; exits are to be asked for in their order.
   * @param at the exit's count
   * @param ordinal its number among the tape's events
   * @throws Failure where the tape does not replay
   */
  stackAt(at: number, ordinal: number): number {
    this.#running ??= this.#begin(at, ordinal);
    for (;;) {
      while (this.#next < this.#ordinals.length) {
        const seen = this.#ordinals[this.#next] as number;
        if (seen === ordinal) return must(this.#stacks[this.#next], 'stack');
        if (seen > ordinal) throw this.#missing(ordinal);
        this.#next++;
      }
      this.#ordinals = [];
      this.#stacks = [];
      this.#next = 0;
      if (this.#running.next().done === true) throw this.#missing(ordinal);
    }
  }
  #missing(ordinal: number): Failure {
    const { session } = this.#timeline;
    return new Failure(
      `event ${ordinal} is not in the replay, which came to event ${session.checker.checked}; "hypertape info" tells how much of the tape is whole`,
    );
  }
  /** Ends the replay; the timeline stays where it is. */
  close(): void {
    this.#running?.return(undefined);
  }

  #begin(at: number, ordinal: number): Generator<void, unknown> {
    const timeline = this.#timeline;
    for (let back = BEFORE; ; back *= 2) {
      timeline.seek(Math.max(timeline.first, at - back));
      if (timeline.ordinal <= ordinal || at - back <= timeline.first) break;
    }
    return timeline.forwards(this.#stops());
  }
  /** They stop nowhere. */
  #stops(): Stops {
    return {
      arm: (session) => {
        const outer = session.onEvent;
        session.onEvent = (checked, decl, fields) => {
          outer?.(checked, decl, fields);
          if (decl !== vmExit) return;
          this.#ordinals.push(checked - 1);
          this.#stacks.push(this.#take());
        };
        const disarm = this.#options.arm?.(session);
        return () => {
          disarm?.();
          session.onEvent = outer;
        };
      },
    };
  }

  /** The guest stands at an exit: its state is what it was at the instruction that left. */
  #take(): number {
    const { names, tree } = this.#options;
    const view = this.#view;
    const { el, pc } = view;
    const nameOf = (of: bigint) => (of === pc ? names.at(of, el) : names.atReturn(of, el));
    let stack = EMPTY_STACK;
    // Programs have frame pointers or not, as they were built.
    const pcs = el === 0 ? [pc] : callStack(view, (of) => nameOf(of)?.name);
    for (let n = pcs.length - 1; n >= 0; n--) {
      const frame = nameOf(pcs[n] as bigint) ?? names.unnamed(el);
      stack = tree.child(stack, tree.frame(frame));
    }
    return stack;
  }
}
