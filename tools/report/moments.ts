import type { SampleFilter } from '../../src/analysis/exits.ts';
import type { EventFrame } from '../../src/trace/codec/event-frame.ts';
import {
  consoleIn,
  consoleOut,
  type EventDecl,
  edit,
  idleSkip,
  psci,
  runEnd,
  smcccName,
  suspend,
  suspendHowNames,
} from '../../src/trace/events/index.ts';
import { ConsoleLines } from './console-lines.ts';
import type { ConsoleData, Mark, RunData } from './report-data.ts';

/** Stretches of idle time, and marks: so many are carried. */
const IDLE_MAX = 20_000;
const MARKS_MAX = 2_000;
const MARK_CHARS_MAX = 200;

/** Calls of PSCI that bring CPUs and the machine up and down. */
const POWER = /^(CPU_|SYSTEM_)/;

/** What is no exit and no interrupt: the console, idle time, inputs, power, the end. */
export class Moments {
  /** Of the events that it looks at. */
  static readonly tags: ReadonlySet<number> = new Set(
    [consoleOut, consoleIn, edit, idleSkip, psci, suspend, runEnd].map((decl: EventDecl) => decl.tag),
  );
  readonly #from: number;
  readonly #to: number;
  readonly #console = new ConsoleLines();
  readonly #marks: Mark[] = [];
  #idle: { readonly from: number; readonly to: number }[] = [];
  /** Of all idle time. */
  idleNs = 0;
  marksLeftOut = 0;
  /** How the run ended, and why; undefined where the stretch or the tape ends before. */
  outcome: { readonly outcome: string; readonly reason: string } | undefined;

  constructor({ from = 0, to = Number.POSITIVE_INFINITY }: SampleFilter) {
    this.#from = from;
    this.#to = to;
  }

  add(frame: EventFrame): void {
    const bytes = frame.table(consoleOut)?.column('bytes');
    this.#each(frame, consoleOut, (at, row) => this.#console.add(at, bytes?.[row] as Uint8Array));
    const ends = frame.table(idleSkip)?.column('to');
    this.#each(frame, idleSkip, (at, row) => this.#addIdle(at, ends?.[row] as number));
    const typed = frame.table(consoleIn)?.column('bytes');
    this.#each(frame, consoleIn, (at, row) =>
      this.#mark('input', at, `console input ${consoleIn.fields.bytes.show(typed?.[row] as Uint8Array)}`),
    );
    const edits = frame.table(edit);
    this.#each(frame, edit, (at, row) => {
      const changed = {
        at,
        vcpu: 0,
        what: edits?.column('what')[row],
        register: edits?.column('register')[row],
        ipa: edits?.column('ipa')[row],
        value: edits?.column('value')[row],
        bytes: edits?.column('bytes')[row],
      };
      this.#mark('edit', at, `changed from outside: ${edit.text(changed)}`);
    });
    const calls = frame.table(psci)?.column('functionId');
    this.#each(frame, psci, (at, row) => {
      const name = smcccName(calls?.[row] as number);
      if (POWER.test(name)) this.#mark('power', at, `PSCI ${name}`);
    });
    const hows = frame.table(suspend)?.column('how');
    this.#each(frame, suspend, (at, row) => {
      const how = hows?.[row] as number;
      this.#mark('power', at, `the machine is suspended: ${suspendHowNames[how] ?? how}`);
    });
    const end = frame.table(runEnd);
    this.#each(frame, runEnd, (_, row) => {
      this.outcome = { outcome: end?.column('outcome')[row] ?? '', reason: end?.column('reason')[row] ?? '' };
    });
  }

  /** The events of a kind that are in the stretch: when, and which row of their table. */
  #each(frame: EventFrame, decl: EventDecl, told: (at: number, row: number) => void): void {
    const rows = frame.table(decl)?.rows ?? [];
    for (let row = 0; row < rows.length; row++) {
      const at = frame.at[rows[row] as number] as number;
      if (at >= this.#from && at <= this.#to) told(at, row);
    }
  }

  #addIdle(from: number, to: number): void {
    if (to <= from) return;
    this.idleNs += Math.min(to, this.#to) - from;
    this.#idle.push({ from, to });
    if (this.#idle.length <= IDLE_MAX) return;
    // The longer half of them: the others are too short to be seen beside them.
    this.#idle = this.#idle.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, IDLE_MAX / 2);
  }
  #mark(kind: Mark['kind'], at: number, text: string): void {
    if (this.#marks.length >= MARKS_MAX) this.marksLeftOut++;
    else this.#marks.push({ kind, at, text: text.slice(0, MARK_CHARS_MAX) });
  }

  take(): Pick<RunData, 'idle' | 'marks'> & { readonly console: ConsoleData } {
    const idle = this.#idle.toSorted((a, b) => a.from - b.from);
    return {
      console: this.#console.take(),
      idle: { from: Float64Array.from(idle, ({ from }) => from), to: Float64Array.from(idle, ({ to }) => to) },
      marks: this.#marks.toSorted((a, b) => a.at - b.at),
    };
  }
}
