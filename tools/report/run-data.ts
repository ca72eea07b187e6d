import { basename } from 'node:path';
import { exitsOf } from '../../src/analysis/exits.ts';
import type { EventFrame } from '../../src/trace/codec/event-frame.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
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
import { bytesText } from '../session/units.ts';
import { ConsoleLines } from './console-lines.ts';
import { ExitRecords } from './exit-records.ts';
import { Names, type NamesOfGuest, PathTable } from './paths.ts';
import type { Fact, InterruptData, Mark, RunData } from './report-data.ts';

/** Stretches of idle time, and marks: so many are carried. */
const IDLE_MAX = 20_000;
const MARKS_MAX = 2_000;
const MARK_CHARS_MAX = 200;

const NO_INTERRUPTS: InterruptData = {
  kinds: [],
  lives: {
    kind: new Uint32Array(0),
    at: new Float64Array(0),
    injected: new Float64Array(0),
    acknowledged: new Float64Array(0),
    completed: new Float64Array(0),
  },
  livesLeftOut: 0,
};

/** Reduces a tape to what a page shows of it; memory is bounded whatever the tape's size. @throws Failure where it is damaged */
export function runDataOf(reader: TapeReader, guest: NamesOfGuest): RunData {
  const notes: string[] = [];
  const begin = reader.begin?.icount ?? 0;
  const names = new Names();
  const paths = new PathTable(guest, names);
  const records = new ExitRecords(reader.eventCount);
  let last = begin;
  for (const exit of exitsOf(reader, { begin })) {
    last = Math.max(last, exit.at);
    records.add(last, paths.number(exit), exit.instructions, exit.ordinal);
  }
  const others = new Others();
  for (const frame of reader.eventFrames({ tags: Others.tags })) others.add(frame);
  const { console, idle, marks, end, idleNs } = others.take();
  const exits = records.take();
  const to = Math.max(last, reader.icounts?.last ?? 0);

  if (!reader.integrity.complete) notes.push(`The tape is not whole: ${reader.integrity.summary}.`);
  if (reader.header.level === 'inputs')
    notes.push(
      'The tape holds inputs alone (--level inputs), and no exits: "hypertape retrace" makes a tape of it that has them.',
    );
  if (exits.stretch > 0)
    notes.push(
      `There are more exits than a page takes one by one: those of one kind within ${exits.stretch} ns are shown as one.`,
    );
  if (paths.crowded > 0)
    notes.push(`${paths.crowded} exits are shown without function and register: there are too many different ones.`);
  if (others.marksLeftOut > 0)
    notes.push(`${others.marksLeftOut} inputs and power events have no mark: there are too many.`);
  const taken = paths.take();
  return {
    name: basename(reader.path),
    facts: factsOf(reader),
    ...(end === undefined ? {} : { outcome: { text: end.outcome, isGood: GOOD_ENDS.has(end.outcome) } }),
    clock: 'guest',
    span: { from: begin, to },
    events: reader.eventCount,
    instructions: to - begin - idleNs,
    tapeBytes: reader.sizeBytes,
    notes,
    names: names.all,
    paths: taken,
    exits,
    idle,
    console,
    interrupts: NO_INTERRUPTS,
    marks,
  };
}

/** Ends of a run that say that all went as it should. */
const GOOD_ENDS: ReadonlySet<string> = new Set(['poweroff', 'until', 'limit', 'interrupted']);

const tagsOf = (...declarations: readonly EventDecl[]): ReadonlySet<number> =>
  new Set(declarations.map(({ tag }) => tag));

/** Gathers what is no exit. */
class Others {
  static readonly tags = tagsOf(consoleOut, consoleIn, edit, idleSkip, psci, suspend, runEnd);
  readonly #console = new ConsoleLines();
  readonly #idleFrom: number[] = [];
  readonly #idleTo: number[] = [];
  readonly #marks: Mark[] = [];
  #idleNs = 0;
  #end: { readonly outcome: string } | undefined;
  marksLeftOut = 0;

  add(frame: EventFrame): void {
    const { at } = frame;
    const when = (rows: Uint16Array, row: number): number => at[rows[row] as number] as number;
    const out = frame.table(consoleOut);
    for (const [row, bytes] of out?.column('bytes').entries() ?? [])
      this.#console.add(when(out?.rows as Uint16Array, row), bytes);
    const skips = frame.table(idleSkip);
    for (const [row, to] of skips?.column('to').entries() ?? []) this.#idle(when(skips?.rows as Uint16Array, row), to);
    const inputs = frame.table(consoleIn);
    for (const [row, bytes] of inputs?.column('bytes').entries() ?? [])
      this.#mark(
        'input',
        when(inputs?.rows as Uint16Array, row),
        `console input: ${consoleIn.fields.bytes.show(bytes)}`,
      );
    const edits = frame.table(edit);
    if (edits !== undefined)
      for (const event of frame.events((place) => frame.tags[place] === edit.tag))
        if (event.kind === 'edit') this.#mark('edit', event.at, `changed by hand: ${edit.text(event)}`);
    const calls = frame.table(psci);
    for (const [row, id] of calls?.column('functionId').entries() ?? []) {
      const name = smcccName(id);
      if (/^(CPU_|SYSTEM_)/.test(name)) this.#mark('power', when(calls?.rows as Uint16Array, row), `PSCI ${name}`);
    }
    const suspends = frame.table(suspend);
    for (const [row, how] of suspends?.column('how').entries() ?? [])
      this.#mark('power', when(suspends?.rows as Uint16Array, row), suspendHowNames[how] ?? `suspended (${how})`);
    const end = frame.table(runEnd);
    if (end !== undefined) this.#end = { outcome: end.column('outcome')[0] ?? '' };
  }

  #idle(from: number, to: number): void {
    if (to <= from) return;
    this.#idleNs += to - from;
    // Those that follow each other closely become one where there are many.
    const last = this.#idleTo.length - 1;
    if (this.#idleTo.length >= IDLE_MAX) this.#idleTo[last] = Math.max(this.#idleTo[last] as number, to);
    else {
      this.#idleFrom.push(from);
      this.#idleTo.push(to);
    }
  }
  #mark(kind: Mark['kind'], at: number, text: string): void {
    if (this.#marks.length >= MARKS_MAX) this.marksLeftOut++;
    else this.#marks.push({ kind, at, text: text.slice(0, MARK_CHARS_MAX) });
  }

  take() {
    return {
      console: this.#console.take(),
      idle: { from: Float64Array.from(this.#idleFrom), to: Float64Array.from(this.#idleTo) },
      idleNs: this.#idleNs,
      marks: this.#marks.toSorted((a, b) => a.at - b.at),
      end: this.#end,
    };
  }
}

function factsOf(reader: TapeReader): Fact[] {
  const { machine, producer, level, images, semantics } = reader.header;
  const text = (value: unknown): string => (value === undefined ? '' : String(value));
  const facts: Fact[] = [
    {
      name: 'machine',
      value: [machine.board, machine.cpu, machine.arch]
        .map(text)
        .filter((part) => part !== '')
        .join(', '),
    },
    { name: 'vCPUs', value: text(machine.vcpus) },
    { name: 'memory', value: machine.memoryBytes === undefined ? '' : bytesText(Number(machine.memoryBytes)) },
    { name: 'interrupts', value: machine.gicVersion === undefined ? '' : `GICv${text(machine.gicVersion)}` },
    { name: 'timers', value: machine.timerPolicy === undefined ? '' : `policy ${text(machine.timerPolicy)}` },
    { name: 'command line', value: text(machine.append) },
    ...images.map(({ name, bytes, sha256 }) => ({
      name,
      value: `${bytesText(bytes)}, sha256 ${sha256.slice(0, 16)}…`,
    })),
    { name: 'recorded by', value: `${producer}, level ${level}, semantics ${semantics}` },
  ];
  return facts.filter(({ value }) => value !== '');
}
