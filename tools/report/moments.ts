import type { SampleFilter } from '../../src/analysis/exits.ts';
import type { EventFrame } from '../../src/trace/codec/event-rows.ts';
import {
  consoleIn,
  consoleOut,
  type EventDecl,
  edit,
  externalIn,
  externalOut,
  idleSkip,
  irqAck,
  irqInject,
  psci,
  runEnd,
  smcccName,
  suspend,
  suspendHowNames,
  virtioComplete,
  virtioRequest,
  vmExit,
} from '../../src/trace/events/index.ts';
import type { PortAt } from '../session/event-symbols.ts';
import { countText } from '../session/units.ts';
import { ConsoleLines } from './console-lines.ts';
import type { ConsoleData, Mark, RunData } from './report-data.ts';

/** Stretches of idle time, and marks: so many are carried. */
const IDLE_MAX = 20_000;
const MARKS_MAX = 2_000;
/** Frames, and requests of virtio devices. */
const OUTSIDE_MAX = 20_000;
const MARK_CHARS_MAX = 200;

/** Calls of PSCI that bring CPUs and the machine up and down. */
const POWER = /^(CPU_|SYSTEM_)/;

/** What shows that the guest runs again, which ends a skip (FORMAT.md, `idle-skip`). */
const AWAKE = new Uint8Array(0x100);
for (const { tag } of [vmExit, irqInject, irqAck]) AWAKE[tag] = 1;

/** What is no exit and no interrupt: the console, idle time, inputs, frames and requests, power, the end. */
export class Moments {
  /** Of the events that it looks at. */
  static readonly tags: ReadonlySet<number> = new Set(
    [
      ...[consoleOut, consoleIn, edit, idleSkip, psci, suspend, runEnd, vmExit, irqInject, irqAck],
      ...[externalIn, externalOut, virtioRequest, virtioComplete],
    ].map((decl: EventDecl) => decl.tag),
  );
  readonly #from: number;
  readonly #to: number;
  readonly #console: ConsoleLines;
  readonly #marks: Mark[] = [];
  readonly #outside: { readonly at: number; text: string }[] = [];
  /** By device, queue, descriptor and moment: requests that were not given back yet, as places in `#outside`. */
  readonly #requests = new Map<string, number>();
  #idle: { readonly from: number; readonly to: number }[] = [];
  /** A skip that may not be over. */
  #skip: { readonly from: number; readonly to: number } | undefined;
  /** Of all idle time. */
  idleNs = 0;
  marksLeftOut = 0;
  outsideLeftOut = 0;
  /** How the run ended, and why; undefined where the stretch or the tape ends before. */
  outcome: { readonly outcome: string; readonly reason: string } | undefined;

  constructor({ from = 0, to = Number.POSITIVE_INFINITY }: SampleFilter, portAt: PortAt) {
    this.#console = new ConsoleLines(portAt);
    this.#from = from;
    this.#to = to;
  }

  add(frame: EventFrame): void {
    const said = frame.table(consoleOut);
    const [bytes, devices] = [said?.column('bytes'), said?.column('device')];
    this.#each(frame, consoleOut, (at, row) =>
      this.#console.add(at, bytes?.[row] as Uint8Array, devices?.[row] as number),
    );
    this.#addSkips(frame);
    this.#addOutside(frame);
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

  /** A skip is told as a whole where it begins; what wakes the guest before ends it. */
  #addSkips(frame: EventFrame): void {
    const { tags, at, count } = frame;
    const ends = frame.table(idleSkip)?.column('to');
    if (ends === undefined && this.#skip === undefined) return;
    let row = 0;
    for (let place = 0; place < count; place++) {
      const tag = tags[place] as number;
      if (tag !== idleSkip.tag && AWAKE[tag] === 0) continue;
      const when = at[place] as number;
      this.#endSkip(when);
      if (tag === idleSkip.tag) this.#skip = { from: when, to: ends?.[row++] as number };
    }
  }
  #endSkip(at: number): void {
    if (this.#skip === undefined) return;
    const { from, to } = this.#skip;
    this.#skip = undefined;
    this.#addIdle(Math.max(from, this.#from), Math.min(to, at, this.#to));
  }
  #addIdle(from: number, to: number): void {
    if (to <= from) return;
    this.idleNs += to - from;
    this.#idle.push({ from, to });
    if (this.#idle.length <= IDLE_MAX) return;
    // The longer half of them: the others are too short to be seen beside them.
    this.#idle = this.#idle.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, IDLE_MAX / 2);
  }

  #addOutside(frame: EventFrame): void {
    for (const [decl, way] of [[externalIn, 'in'] as const, [externalOut, 'out'] as const]) {
      const table = frame.table<typeof externalIn | typeof externalOut>(decl);
      this.#each(frame, decl, (at, row) => {
        const bytes = table?.column('bytes')[row]?.length ?? 0;
        this.#tellOutside(at, `${table?.column('channel')[row]}: a frame ${way}, ${countText(bytes)} bytes`);
      });
    }
    const requests = frame.table(virtioRequest);
    this.#each(frame, virtioRequest, (at, row) => {
      const of = (name: 'device' | 'queue' | 'head' | 'request'): number => requests?.column(name)[row] as number;
      const [sector, bytes] = [requests?.column('sector')[row] as bigint, requests?.column('bytes')[row] as bigint];
      const kind = { request: of('request'), sector, bytes };
      const request = { at, vcpu: 0, device: of('device'), queue: of('queue'), head: of('head'), ...kind };
      const place = this.#tellOutside(at, virtioRequest.text(request));
      if (place !== undefined) this.#requests.set(requestKey(request, at), place);
    });
    const done = frame.table(virtioComplete);
    for (let row = 0; row < (done?.count ?? 0); row++) {
      const of = (name: 'device' | 'queue' | 'head' | 'status' | 'latency'): number =>
        done?.column(name)[row] as number;
      const latency = of('latency');
      const at = (frame.at[done?.rows[row] as number] as number) - latency;
      const key = requestKey({ device: of('device'), queue: of('queue'), head: of('head') }, at);
      const told = this.#outside[this.#requests.get(key) ?? -1];
      this.#requests.delete(key);
      if (told !== undefined) told.text += `, given back after ${countText(latency)} ns with status ${of('status')}`;
    }
  }
  #tellOutside(at: number, text: string): number | undefined {
    if (this.#outside.length < OUTSIDE_MAX) return this.#outside.push({ at, text: text.slice(0, MARK_CHARS_MAX) }) - 1;
    this.outsideLeftOut++;
    return undefined;
  }
  #mark(kind: Mark['kind'], at: number, text: string): void {
    if (this.#marks.length >= MARKS_MAX) this.marksLeftOut++;
    else this.#marks.push({ kind, at, text: text.slice(0, MARK_CHARS_MAX) });
  }

  take(): Pick<RunData, 'idle' | 'marks' | 'outside'> & { readonly console: ConsoleData } {
    this.#endSkip(Number.POSITIVE_INFINITY);
    const idle = this.#idle.toSorted((a, b) => a.from - b.from);
    return {
      console: this.#console.take(),
      idle: { from: Float64Array.from(idle, ({ from }) => from), to: Float64Array.from(idle, ({ to }) => to) },
      marks: this.#marks.toSorted((a, b) => a.at - b.at),
      outside: this.#outside.toSorted((a, b) => a.at - b.at),
    };
  }
}

/** Known by when it was taken as well: a descriptor is used again and again. */
const requestKey = (
  { device, queue, head }: { readonly device: number; readonly queue: number; readonly head: number },
  at: number,
): string => `${device} ${queue} ${head} ${at}`;
