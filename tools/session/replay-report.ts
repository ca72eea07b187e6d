import type { Compared } from '../../src/replay/device-tape.ts';
import type { Divergence } from '../../src/replay/divergence.ts';
import { isOpenEnd, type ReplayStop, type RunEnd } from '../../src/replay/replay.ts';
import type { Integrity } from '../../src/trace/codec/tape-reader.ts';
import type { GuestOutputs } from './guest-outputs.ts';
import type { Interrupts } from './interrupts.ts';
import { countText, momentText, secondsText } from './units.ts';

/** Why a replay stopped; `interrupted` by the user. */
export type Stop = ReplayStop | { readonly kind: 'interrupted' };

/** Where a replay's consoles go, and who asks it to end. */
export interface ReplayEnds {
  readonly output: GuestOutputs;
  readonly interrupts: Interrupts;
}

/** What a replay came to. */
export interface Replayed {
  readonly stop: Stop;
  /** How the recording ended. */
  readonly end: RunEnd | undefined;
  readonly integrity: Integrity;
  /** Events of the tape that were compared. */
  readonly checked: number;
  readonly icount: number;
  readonly instructions: number;
  readonly pc: bigint;
  readonly symbol: string | undefined;
  /** Of a replay of the CPU alone: events that were taken from the tape, checkpoints that CPU and memory were compared with. */
  readonly answered?: {
    readonly given: number;
    readonly checkpoints: number;
    readonly difference: Compared | undefined;
  };
}

/** The one JSON object of `replay`. */
export function jsonOf({ stop, end, integrity, answered, ...at }: Replayed, wallMs: number): object {
  return {
    // Of the tape, all of it: who stops midway knows nothing of the rest.
    verified:
      stop.kind !== 'divergence' &&
      !isMidway(stop) &&
      integrity.damagedFrames.length === 0 &&
      answered?.difference === undefined,
    ...(stop.kind === 'divergence' ? { divergence: stop.divergence } : {}),
    complete: integrity.complete,
    stop: stop.kind,
    ...(stop.kind === 'end' && end ? { outcome: end.outcome, reason: end.reason } : {}),
    eventsChecked: at.checked,
    ...(answered ? { devices: 'tape', eventsGiven: answered.given, checkpointsCompared: answered.checkpoints } : {}),
    ...(answered?.difference ? { checkpointDiffers: answered.difference } : {}),
    icount: at.icount,
    ...(isMidway(stop) ? { pc: `0x${at.pc.toString(16)}` } : {}),
    ...(isMidway(stop) && at.symbol !== undefined ? { symbol: at.symbol } : {}),
    instructions: at.instructions,
    // A count is a nanosecond.
    virtualNs: at.icount,
    wallMs: Math.round(wallMs * 10) / 10,
    mips: Math.round(at.instructions / 10 / wallMs) / 100,
    ...(stop.kind === 'end' && end && !isOpenEnd(end) && !answered
      ? { stateHash: end.stateHash, consoleSha256: end.consoleSha256 }
      : {}),
  };
}

/** The line that tells people. */
export function summaryOf({ stop, end, integrity, answered, ...at }: Replayed, wallMs: number): string {
  const mips = (at.instructions / 1e3 / wallMs).toFixed(1);
  const checked = `${countText(at.checked)} events verified, ${countText(at.instructions)} instructions in ${secondsText(wallMs)} (${mips} MIPS)`;
  if (answered && stop.kind === 'end')
    return `the CPU alone came to the recording's end (${end?.outcome}), with ${countText(answered.given)} events from the tape, and to its state and memory at ${countText(answered.checkpoints)} checkpoints: ${checked}`;
  if (stop.kind === 'end' && end && isOpenEnd(end))
    return `identical to the recording as far as it was saved (${end.outcome}; its final state is not known): ${checked}`;
  if (stop.kind === 'end') return `identical to the recording, to its end (${end?.outcome}): ${checked}`;
  if (stop.kind === 'cut')
    return `the tape is ${integrity.summary}; identical to the recording as far as it goes: ${checked}`;
  const place = pcText(`0x${at.pc.toString(16)}`, at.symbol);
  const how = stop.kind === 'interrupted' ? 'interrupted' : 'stopped';
  return `${how} at ${momentText(at.icount)}, ${place}: ${checked}`;
}

const isMidway = ({ kind }: Stop): boolean => kind === 'place' || kind === 'interrupted';

const pcText = (pc: string, symbol: string | undefined): string =>
  symbol === undefined ? `pc ${pc}` : `pc ${pc} ${symbol}`;

/** What is told of a divergence. */
export const divergenceLines = (d: Divergence): string[] => [
  `hypertape: the replay differs from the recording at event ${d.event}, icount ${d.at}, vCPU ${d.vcpu}, ${pcText(d.pc, d.symbol)}: ${d.what}`,
  `  recorded: ${d.recorded}`,
  `  replayed: ${d.replayed}`,
];
