import { hex } from '../base/bits.ts';
import { Failure } from '../base/failure.ts';
import { GuestView } from '../inspect/guest-view.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { lastMemoryWrite, lastRegisterWrite, type Write } from '../timeline/who-wrote.ts';
import type { CauseChain, CausedValue, CauseOptions, CauseStep, Origin, Subject } from './cause.ts';

const NOBODY: Origin = { kind: 'unfollowed', what: 'nobody has written it since the tape begins' };
const INPUTS: Origin = { kind: 'unfollowed', what: "the instruction's inputs" };

/**
 * Where a value that the guest has at the timeline's moment came from: who wrote it last, of what that was made, and so on back. The
 * timeline stays at its moment.
 * @throws Failure where there is no such register or memory
 */
export function causeChain(timeline: Timeline, what: Subject, _options: CauseOptions = {}): CauseChain {
  const view = new GuestView(timeline.machine);
  const write = lastWrite(timeline, view, what);
  const value = readSubject(view, what);
  const origin = write === undefined ? NOBODY : INPUTS;
  const named = { what: textOf(what), subject: what, value, origin };
  if (write === undefined) return { root: named, chain: [], origin };
  const step: CauseStep = { icount: write.icount, pc: write.pc, by: write.by, inputs: [] };
  const root: CausedValue = { ...named, by: step };
  return { root, chain: [{ value: root, step }], origin };
}

const textOf = (what: Subject): string =>
  'register' in what ? what.register : `${what.bytes} bytes at pa:${hex(what.pa)}`;

function readSubject(view: GuestView, what: Subject): bigint {
  if ('register' in what) return registerOf(view, what.register);
  const bytes = view.physical(what.pa, what.bytes);
  if (bytes.length < what.bytes) throw new Failure(`pa:${hex(what.pa)}: no memory of the guest`);
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function registerOf(view: GuestView, name: string): bigint {
  const value = view.register(name);
  if (value === undefined) throw new Failure(`${name}: no register of this guest`);
  return value;
}

function lastWrite(timeline: Timeline, view: GuestView, what: Subject): Write | undefined {
  if (!('register' in what)) return lastMemoryWrite(timeline, [what]);
  registerOf(view, what.register);
  return lastRegisterWrite(timeline, { read: () => registerOf(view, what.register) });
}
