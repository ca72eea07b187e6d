import { basename } from 'node:path';
import type { Summary } from '../../src/analysis/distribution.ts';
import { type GicOptions, type InterruptLife, interruptLives } from '../../src/analysis/interrupt-lives.ts';
import { type InterruptSummary, interruptLimits, interruptSummaries } from '../../src/analysis/interrupts.ts';
import { type TimerSummary, timerSummaries } from '../../src/analysis/timers.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { machineOfTape } from '../../src/replay/version.ts';
import { TimerId } from '../../src/trace/events/index.ts';
import { countText, momentText } from '../session/units.ts';
import type { ProfiledTape } from './profiled-tape.ts';
import { histogramLines, tableLines } from './tables.ts';

/** What became of a tape's interrupts and timers; the shape of its JSON. */
export interface InterruptProfile {
  readonly interrupts: readonly InterruptSummary[];
  /** None of an imported trace, which does not tell what their values mean. */
  readonly timers: readonly (Omit<TimerSummary, 'timer'> & { readonly timer: string })[];
}

const timerNames = Object.fromEntries(Object.entries(TimerId).map(([name, id]) => [id, name]));

/** Reduces a tape's interrupts and timers. @throws Failure where the tape is damaged */
export function interruptProfile(tape: ProfiledTape): InterruptProfile {
  const { reader, filter, path } = tape;
  const { gicVersion, vcpus } = reader.header.machine;
  const options: GicOptions = { version: gicVersion === 2 ? 2 : 3, vcpus: Number(vcpus ?? 1) };
  const interrupts = interruptSummaries(within(tape, interruptLives(reader, options)));
  if (tape.isImported) return { interrupts: interrupts.map(withoutFate), timers: [] };
  const { timerHz: counterHz } = boardByName(machineOfTape(reader.header, path).board);
  const { from, to, vcpu } = filter;
  const timers = timerSummaries(reader, {
    counterHz,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(vcpu === undefined ? {} : { vcpu }),
  });
  return { interrupts, timers: timers.map((of) => ({ ...of, timer: timerNames[of.timer] ?? String(of.timer) })) };
}

/** KVM traces no acknowledgement: what became of an interrupt an imported trace does not tell. */
const withoutFate = (of: InterruptSummary): InterruptSummary =>
  of.acknowledged > 0 ? of : { ...of, lost: 0, ignored: 0, firstLostAt: undefined };

/** The lives that begin in the stretch that is asked for. */
function* within({ filter }: ProfiledTape, lives: Iterable<InterruptLife>): Generator<InterruptLife> {
  const { from = 0, to = Number.POSITIVE_INFINITY, vcpu } = filter;
  for (const life of lives) {
    const begins = life.raisedAt ?? life.placedAt ?? life.acknowledgedAt ?? life.endedAt;
    if (begins >= from && begins <= to && (vcpu === undefined || life.vcpu === vcpu)) yield life;
  }
}

const spread = ({ count, p50, p99, max }: Summary): string =>
  count === 0 ? '-' : [p50, p99, max].map(countText).join('/');

function flagsOf({ lost, spurious, storms, ignored, firstLostAt, firstSpuriousAt }: InterruptSummary): string {
  const [storm] = storms.first;
  const at = (icount: number | undefined): string => (icount === undefined ? '' : ` (first at ${momentText(icount)})`);
  const flags = [
    lost > 0 ? `LOST ${countText(lost)}${at(firstLostAt)}` : '',
    spurious > 0 ? `SPURIOUS ${countText(spurious)}${at(firstSpuriousAt)}` : '',
    storm === undefined ? '' : `STORM ${countText(storms.count)}${at(storm.from)}`,
    ignored > 0 ? `ignored ${countText(ignored)}` : '',
  ];
  return flags.filter((flag) => flag !== '').join(', ');
}

/** Lines for people. */
export function interruptLines(
  tape: ProfiledTape,
  { interrupts, timers }: InterruptProfile,
  histogram: boolean,
): string[] {
  const rows = interrupts.map((of) => ({ ...of, key: String(of.intid) }));
  const lines = [`${basename(tape.path)}: interrupts; times in ns of the guest, P50/P99/max`, ''];
  lines.push(
    ...tableLines('INTID', rows, [
      { heading: 'vCPU', text: ({ vcpu }) => String(vcpu) },
      { heading: 'By', text: ({ raisers }) => Object.keys(raisers).join('+') },
      { heading: 'Raised', text: ({ raised }) => countText(raised) },
      { heading: 'Placed', text: ({ placed }) => countText(placed) },
      { heading: 'Taken', text: ({ acknowledged }) => countText(acknowledged) },
      { heading: 'Done', text: ({ completed }) => countText(completed) },
      { heading: 'Raised to placed', text: ({ raisedToPlaced }) => spread(raisedToPlaced) },
      { heading: 'Placed to taken', text: ({ placedToAcknowledged }) => spread(placedToAcknowledged) },
      { heading: 'Taken to done', text: ({ acknowledgedToCompleted }) => spread(acknowledgedToCompleted) },
      { heading: 'Flags', text: flagsOf },
    ]),
  );
  const { lostNs, stormCount, stormGapNs } = interruptLimits;
  lines.push(
    '',
    'Placed: in a list register; taken: acknowledged by the guest; done: completed.',
    `Lost: stood in a list register and was withdrawn before it was taken, or stood there for ${lostNs / 1e6} ms when the tape ends, or an SGI sent again while pending.`,
    `Spurious: taken when its line had fallen. Storm: ${stormCount} and more within ${stormGapNs / 1000} us of each other. Ignored: never placed, since it is not enabled.`,
  );
  if (timers.length > 0) lines.push('', ...timerLines(timers));
  if (histogram)
    for (const { intid, vcpu, raisedToAcknowledged } of interrupts)
      lines.push(
        '',
        `INTID ${intid} of vCPU ${vcpu}, ns from raised to taken:`,
        ...histogramLines(raisedToAcknowledged.histogram),
      );
  return lines;
}

function timerLines(timers: InterruptProfile['timers']): string[] {
  const rows = timers.map((of) => ({ ...of, key: of.timer }));
  return [
    ...tableLines('TIMER', rows, [
      { heading: 'vCPU', text: ({ vcpu }) => String(vcpu) },
      { heading: 'INTID', text: ({ intid }) => String(intid ?? '-') },
      { heading: 'Programmed', text: ({ programmed }) => countText(programmed) },
      { heading: 'Armed', text: ({ armed }) => countText(armed) },
      { heading: 'Fired', text: ({ fired }) => countText(fired) },
      { heading: 'Cancelled', text: ({ cancelled }) => countText(cancelled) },
      { heading: 'Lost', text: ({ lost }) => countText(lost) },
      { heading: 'Due to fired', text: ({ late }) => spread(late) },
      { heading: 'Due to taken', text: ({ acknowledgedLate }) => spread(acknowledgedLate) },
      {
        heading: 'Late for',
        text: ({ delays }) =>
          delays
            .map(({ delay, count, maxNs }) => `${delay} ${countText(count)}x up to ${countText(maxNs)}`)
            .join(', ') || '-',
      },
    ]),
    '',
    'Late for: past (its value had passed when it was programmed), disabled (by its control register), turn (of another vCPU), idle (time jumped',
    'over it), hypervisor (looked at late), undelivered (the GIC did not forward it), masked (in a list register; the guest did not take it).',
  ];
}
