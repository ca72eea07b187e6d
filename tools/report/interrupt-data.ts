import type { Summary } from '../../src/analysis/distribution.ts';
import { type InterruptLife, interruptLives } from '../../src/analysis/interrupt-lives.ts';
import { type InterruptSummary, interruptSummaries } from '../../src/analysis/interrupts.ts';
import { timerSummaries } from '../../src/analysis/timers.ts';
import { Failure } from '../../src/base/failure.ts';
import { type Board, type DevicePlace, virtioSlots } from '../../src/machine/boards/board.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { machineOfTape } from '../../src/replay/version.ts';
import type { TapeHeader } from '../../src/trace/codec/header.ts';
import { TimerId } from '../../src/trace/events/index.ts';
import type { ProfiledTape } from '../profiling/profiled-tape.ts';
import { type Distribution, type InterruptData, type InterruptKind, NEVER, type TimerData } from './report-data.ts';

/** So many single interrupts are carried to a page. */
export const LIVES_MAX = 100_000;

/** The shortest stretch of which the slowest interrupt is kept, in nanoseconds. */
const STRETCH_MIN = 1024;
/** INTIDs below are software's (Arm IHI 0069, 2.2.1). */
const FIRST_PPI = 16;

/** Reduces a tape's interrupts and timers to what a page shows. @throws Failure where the tape is damaged */
export function interruptDataOf(tape: ProfiledTape): InterruptData {
  const { reader, filter, path, isImported } = tape;
  const { gicVersion, vcpus } = reader.header.machine;
  const records = new LifeRecords();
  const lives = interruptLives(reader, { version: gicVersion === 2 ? 2 : 3, vcpus: Number(vcpus ?? 1) });
  const summaries = interruptSummaries(records.kept(lives, filter));
  const board = isImported ? undefined : boardOf(reader.header, path);
  const names = board === undefined ? new Map<number, string>() : interruptNames(board, tape.registerAt);
  const timers =
    board === undefined
      ? []
      : timerSummaries(reader, { ...filter, counterHz: board.timerHz }).map(
          ({ timer, intid, acknowledgedLate, late, delays, ...rest }): TimerData => ({
            ...rest,
            name: timerNames.get(timer) ?? `timer ${timer}`,
            ...(intid === undefined ? {} : { intid }),
            late: distribution(late),
            lateToAcknowledged: distribution(acknowledgedLate),
            delays: delays.map(({ delay, count, sumNs, maxNs }) => ({ name: delay, count, sum: sumNs, max: maxNs })),
          }),
        );
  const kinds = summaries.map((summary) => kindOf(summary, names));
  // A trace of a host tells of no acknowledgement: that there is none says nothing.
  const told = isImported ? kinds.map((kind) => ({ ...kind, oddities: [] })) : kinds;
  return { kinds: told, ...records.take(summaries), timers };
}

/** Undefined where this program does not have it: the tape has its events nevertheless. */
function boardOf(header: TapeHeader, path: string): Board | undefined {
  try {
    return boardByName(machineOfTape(header, path).board);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

const timerNames = new Map<number, string>(Object.entries(TimerId).map(([name, id]) => [id, name]));

const distribution = ({ count, min, mean, p50, p90, p99, max }: Summary): Distribution => ({
  count,
  min,
  mean,
  p50,
  p90,
  p99,
  max,
});

function kindOf(of: InterruptSummary, names: ReadonlyMap<number, string>): InterruptKind {
  const { intid, vcpu, raisers, raised, placed, acknowledged, completed, lost, spurious, ignored, storms } = of;
  const odd = (count: number, text: string, at: number | undefined) =>
    count === 0 ? [] : [{ text: `${count} ${text}`, ...(at === undefined ? {} : { at }) }];
  const [storm] = storms.first;
  return {
    intid,
    vcpu,
    name: names.get(intid) ?? (intid < FIRST_PPI ? 'SGI' : Object.keys(raisers).join(', ')),
    raised,
    placed,
    acknowledged,
    completed,
    toPlaced: distribution(of.raisedToPlaced),
    toAcknowledged: distribution(of.placedToAcknowledged),
    toCompleted: distribution(of.acknowledgedToCompleted),
    latency: distribution(of.raisedToAcknowledged),
    oddities: [
      ...odd(lost, 'lost', of.firstLostAt),
      ...odd(spurious, 'spurious', of.firstSpuriousAt),
      ...odd(storms.count, storms.count === 1 ? 'storm' : 'storms', storm?.from),
      ...odd(ignored, 'never placed', undefined),
    ],
  };
}

/** What a board's INTIDs are of, as far as that is fixed. */
function interruptNames(board: Board, registerAt: ProfiledTape['registerAt']): Map<number, string> {
  const { virtual, physical, hypervisor, securePhysical } = board.timerIntids;
  const places: readonly DevicePlace[] = [
    board.pl011,
    ...(board.otherPl011s ?? []),
    board.pl031,
    ...(board.sp804?.places ?? []),
    ...virtioSlots(board),
  ];
  return new Map([
    [virtual, 'virtual timer'],
    [physical, 'physical timer'],
    [hypervisor, 'hypervisor timer'],
    [securePhysical, 'secure timer'],
    ...(board.pci?.intids ?? []).map((intid, n): [number, string] => [intid, `PCI INT${'ABCD'[n]}`]),
    ...places.map(({ base, intid }): [number, string] => [intid, registerAt(BigInt(base))?.split(' ')[0] ?? 'device']),
  ]);
}

interface LifeRecord {
  readonly intid: number;
  readonly vcpu: number;
  readonly at: number;
  readonly placed: number;
  readonly acknowledged: number;
  readonly completed: number;
}

/** Single interrupts; the slow ones where there are too many. */
export class LifeRecords {
  readonly #max: number;
  #records: LifeRecord[] = [];
  #leftOut = 0;
  #stretch = STRETCH_MIN;

  constructor(max = LIVES_MAX) {
    this.#max = max;
  }

  /** Passes lives on that begin in a stretch, and keeps them. */
  *kept(
    lives: Iterable<InterruptLife>,
    {
      from = 0,
      to = Number.POSITIVE_INFINITY,
      vcpu,
    }: { readonly from?: number; readonly to?: number; readonly vcpu?: number },
  ): Generator<InterruptLife> {
    for (const life of lives) {
      const at = life.raisedAt ?? life.placedAt ?? life.acknowledgedAt ?? life.endedAt;
      if (at < from || at > to || (vcpu !== undefined && life.vcpu !== vcpu)) continue;
      const since = (moment: number | undefined): number => (moment === undefined ? NEVER : Math.max(0, moment - at));
      this.#records.push({
        intid: life.intid,
        vcpu: life.vcpu,
        at,
        placed: since(life.placedAt),
        acknowledged: since(life.acknowledgedAt),
        completed: since(life.completedAt),
      });
      if (this.#records.length > this.#max) this.#thin();
      yield life;
    }
  }

  /** Of each kind the slowest one of each stretch of time, which is doubled until half of the room is free. */
  #thin(): void {
    const before = this.#records.length;
    const goal = this.#max / 2;
    for (;;) {
      const slowest = new Map<string, LifeRecord>();
      for (const record of this.#records) {
        const key = `${record.intid} ${record.vcpu} ${Math.floor(record.at / this.#stretch)}`;
        const other = slowest.get(key);
        if (other === undefined || wait(record) > wait(other)) slowest.set(key, record);
      }
      this.#records = [...slowest.values()];
      if (this.#records.length <= goal || this.#stretch > Number.MAX_SAFE_INTEGER) break;
      this.#stretch *= 2;
    }
    // Where there are more kinds than that, some of them.
    this.#records.length = Math.min(this.#records.length, goal);
    this.#leftOut += before - this.#records.length;
  }

  take(
    kinds: readonly { readonly intid: number; readonly vcpu: number }[],
  ): Pick<InterruptData, 'lives' | 'livesLeftOut'> {
    const numbers = new Map(kinds.map(({ intid, vcpu }, number) => [vcpu * 2 ** 32 + intid, number]));
    const numberOf = ({ intid, vcpu }: LifeRecord): number | undefined => numbers.get(vcpu * 2 ** 32 + intid);
    const records = this.#records.filter((record) => numberOf(record) !== undefined).sort((a, b) => a.at - b.at);
    const column = (of: (record: LifeRecord) => number): Float64Array => Float64Array.from(records, of);
    return {
      lives: {
        kind: Uint32Array.from(records, (record) => numberOf(record) as number),
        at: column(({ at }) => at),
        placed: column(({ placed }) => placed),
        acknowledged: column(({ acknowledged }) => acknowledged),
        completed: column(({ completed }) => completed),
      },
      livesLeftOut: this.#leftOut,
    };
  }
}

/** How long it waited; for ever, where it was never taken. */
const wait = ({ acknowledged }: LifeRecord): number =>
  acknowledged === NEVER ? Number.POSITIVE_INFINITY : acknowledged;
