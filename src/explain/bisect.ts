import { givenDifferences } from '../analysis/disks.ts';
import { type DifferentEvents, firstDifferentEvents, icountOf } from '../analysis/events-in-order.ts';
import { ExitStatus, Failure } from '../base/failure.ts';
import { type Input, inputsFrom } from '../replay/replay.ts';
import { machineOfTape } from '../replay/version.ts';
import type { EventFrame } from '../trace/codec/event-rows.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { consoleIn, type EventDecl, edit, eventByTag, externalIn, keptAt } from '../trace/events/index.ts';
import type { Pair } from './pair.ts';
import { type Found, type InputDifference, type PartingOptions, PartingSearch, type Same } from './parting.ts';

/** What two machines must have alike to be compared state by state. */
const ALIKE = ['arch', 'cpu', 'board', 'memoryBytes', 'gicVersion', 'vcpus'] as const;

/** @throws Failure where the two tapes' machines are of different kinds, or have no common moment */
export function checkComparable(a: TapeReader, b: TapeReader): void {
  const [ofA, ofB] = [a, b].map((reader) => machineOfTape(reader.header, reader.path));
  for (const key of ALIKE)
    if (ofA?.[key] !== ofB?.[key])
      throw new Failure(
        `${a.path} and ${b.path}: machines of different kinds (${key} ${String(ofA?.[key])} and ${String(ofB?.[key])}); "hypertape diff" compares what they did`,
      );
}

/** A tape that does not replay here: what it was recorded by computes something else. */
export interface OtherSemantics {
  readonly kind: 'semantics';
  readonly side: 'a' | 'b';
  /** Tells where, in one line. */
  readonly message: string;
}
export type BisectResult = Found | Same | OtherSemantics;

/** Inputs that are not the same on two tapes, by ascending counts. */
export function* differentInputs(a: TapeReader, b: TapeReader): Generator<InputDifference> {
  const [left, right] = [inputsFrom(a, 0), inputsFrom(b, 0)];
  let [one, other] = [left.next(), right.next()];
  while (one.done !== true || other.done !== true) {
    const [ofA, ofB] = [one.done === true ? undefined : one.value, other.done === true ? undefined : other.value];
    const at = Math.min(ofA?.at ?? Number.POSITIVE_INFINITY, ofB?.at ?? Number.POSITIVE_INFINITY);
    const [isA, isB] = [ofA?.at === at, ofB?.at === at];
    if (!(isA && isB && isSameInput(ofA as Input, ofB as Input)))
      yield { at, ...(isA ? { a: ofA as Input } : {}), ...(isB ? { b: ofB as Input } : {}) };
    if (isA) one = left.next();
    if (isB) other = right.next();
  }
}
function isSameInput(a: Input, b: Input): boolean {
  if (a.kind !== b.kind || Buffer.compare(a.bytes, b.bytes) !== 0) return false;
  if (a.kind === edit.name && b.kind === edit.name)
    return a.what === b.what && a.register === b.register && a.ipa === b.ipa && a.value === b.value;
  if (a.kind === externalIn.name && b.kind === externalIn.name) return a.channel === b.channel;
  return a.kind === consoleIn.name && b.kind === consoleIn.name && a.device === b.device;
}

/** What two tapes say of where their runs part. */
export function partingOptions(a: TapeReader, b: TapeReader): PartingOptions {
  const levels = [a.header.level, b.header.level] as const;
  const isKept = (decl: EventDecl): boolean => levels.every((level) => keptAt(level, decl));
  const first = (isWanted: (decl: EventDecl) => boolean): number | undefined =>
    countOf(
      firstDifferentEvents(whole(a), whole(b), (tag) => {
        const decl = eventByTag(tag);
        return decl !== undefined && isKept(decl) && isWanted(decl);
      }),
    );
  const ofB = new Set(b.checkpoints.map(({ icount }) => icount));
  return {
    inputs: differentInputs(a, b),
    events: {
      first: first(() => true),
      effects: first(({ role }) => role === 'effect'),
      complete: levels.every((level) => level === 'exits'),
    },
    disks: givenDifferences(a, b).some(({ kind }) => kind === 'disk'),
    checkpoints: a.checkpoints.map(({ icount }) => icount).filter((icount) => ofB.has(icount)),
  };
}
const whole = (reader: TapeReader): Iterable<EventFrame> => reader.eventFrames({ damage: 'skip' });
/** The smaller count: that event the other side has not at that point. */
function countOf(different: DifferentEvents | undefined): number | undefined {
  if (different === undefined) return undefined;
  const counts = [different.a, different.b].flatMap((at) => (at === undefined ? [] : [icountOf(at)]));
  return Math.min(...counts);
}

/** Finds where the runs of two tapes part: the pair is at that count then. @throws Failure */
export function findParting(pair: Pair, options: PartingOptions): BisectResult {
  try {
    return new PartingSearch(pair, options).find();
  } catch (error) {
    const side = differs(pair, error);
    if (side === undefined) throw error;
    return { kind: 'semantics', side, message: (error as Failure).message };
  }
}
/** Which timeline is no replay of its tape. */
function differs(pair: Pair, error: unknown): 'a' | 'b' | undefined {
  if (!(error instanceof Failure) || error.status !== ExitStatus.finding) return undefined;
  return pair.running === pair.a ? 'a' : 'b';
}
