import { basename } from 'node:path';
import { exitsOf } from '../../src/analysis/exits.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { CostOf } from '../profiling/costs.ts';
import type { ProfiledTape } from '../profiling/profiled-tape.ts';
import { portNames } from '../session/event-symbols.ts';
import { bytesText } from '../session/units.ts';
import { ExitRecords } from './exit-records.ts';
import { interruptDataOf } from './interrupt-data.ts';
import { Moments } from './moments.ts';
import { Names, type NamesOfGuest, PathTable } from './paths.ts';
import type { Fact, RunData } from './report-data.ts';

/** Ends of a run that say that all went as it should. */
const GOOD_ENDS: ReadonlySet<string> = new Set(['poweroff', 'until', 'limit', 'interrupted']);

/** What is shown of a run beside its events. */
export interface RunOptions {
  /** Call stacks and tasks, from a replay that runs along. */
  readonly stacks?: boolean;
  readonly costOf?: CostOf;
}

/**
 * Reduces a tape to what a page shows of it; memory is bounded whatever the tape's size.
 * @throws Failure where it is damaged
 */
export function runDataOf(tape: ProfiledTape, { stacks = false, costOf }: RunOptions = {}): RunData {
  const { reader, filter, isImported } = tape;
  const begin = filter.from ?? filter.begin ?? 0;
  const names = new Names();
  const paths = new PathTable(
    { ...namesOf(tape), ...(costOf && { costOf }), ...(stacks ? { seen: (exit) => tape.replayed(exit) } : {}) },
    names,
  );
  const records = new ExitRecords(reader.eventCount);
  let last = begin;
  if (stacks) tape.replay({ stack: true, task: true, code: false });
  try {
    for (const exit of exitsOf(reader, filter)) {
      last = Math.max(last, exit.at);
      records.add(last, paths.number(exit), exit.instructions, exit.ordinal);
    }
  } finally {
    tape.endReplay();
  }
  const moments = new Moments(filter, portNames(reader));
  for (const frame of reader.eventFrames({ tags: Moments.tags })) moments.add(frame);
  const exits = records.take();
  const to = Math.max(last, Math.min(filter.to ?? Number.POSITIVE_INFINITY, reader.icounts?.last ?? 0));
  const taken = moments.take();
  const { outcome, idleNs } = moments;
  return {
    name: basename(reader.path),
    facts: factsOf(reader),
    ...(outcome === undefined || isImported
      ? {}
      : { outcome: { text: outcome.outcome, reason: outcome.reason, isGood: GOOD_ENDS.has(outcome.outcome) } }),
    clock: isImported ? 'host' : 'guest',
    span: { from: begin, to },
    events: reader.eventCount,
    ...(isImported ? {} : { instructions: to - begin - idleNs }),
    tapeBytes: reader.sizeBytes,
    notes: notesOf(tape, exits.stretch, paths.crowded, moments),
    paths: paths.take(),
    names: names.all,
    exits,
    ...taken,
    interrupts: interruptDataOf(tape),
  };
}

function notesOf(
  { reader, filter }: ProfiledTape,
  stretch: number,
  crowded: number,
  { marksLeftOut: marks, outsideLeftOut: outside }: Moments,
): string[] {
  const { integrity } = reader;
  return [
    ...(integrity.complete ? [] : [`The tape is not whole: ${integrity.summary}.`]),
    ...(filter.vcpu === undefined ? [] : [`Exits and interrupts of vCPU ${filter.vcpu} alone.`]),
    ...(stretch === 0
      ? []
      : [
          `There are more exits than a page takes one by one: those of one kind within ${stretch} ns are shown as one.`,
        ]),
    ...(crowded === 0
      ? []
      : [`${crowded} exits are shown without function and register: there are too many different ones.`]),
    ...(marks === 0 ? [] : [`${marks} inputs and power events have no mark: there are too many.`]),
    ...(outside === 0 ? [] : [`${outside} frames and requests are not shown: there are too many.`]),
  ];
}

/** Without names at all, functions are told apart by address. */
const namesOf = (tape: ProfiledTape): NamesOfGuest => ({
  functionAt: (pc) => tape.functionAt(pc),
  registerAt: tape.registerAt,
  isArmv7: tape.isArmv7,
});

function factsOf(reader: TapeReader): Fact[] {
  const { machine, producer, level, images, semantics } = reader.header;
  const text = (value: unknown): string => (value === undefined ? '' : String(value));
  const parts = [machine.board, machine.cpu, machine.arch].map(text).filter((part) => part !== '');
  const facts: Fact[] = [
    { name: 'machine', value: parts.join(', ') },
    { name: 'imported from', value: text(machine.imported) },
    { name: 'vCPUs', value: text(machine.vcpus) },
    { name: 'memory', value: machine.memoryBytes === undefined ? '' : bytesText(Number(machine.memoryBytes)) },
    { name: 'interrupts', value: machine.gicVersion === undefined ? '' : `GICv${text(machine.gicVersion)}` },
    { name: 'timers', value: machine.timerPolicy === undefined ? '' : `policy ${text(machine.timerPolicy)}` },
    { name: 'command line', value: text(machine.append) },
    ...images.map(({ name, bytes, sha256 }) => ({ name, value: `${bytesText(bytes)}, sha256 ${sha256}` })),
    { name: 'recorded by', value: `${producer}, level ${level}, semantics ${semantics}` },
  ];
  return facts.filter(({ value }) => value !== '');
}
