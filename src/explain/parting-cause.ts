import type { CauseChain, CauseInput, CauseOptions, DependenceKind, Subject } from './cause.ts';
import { causeChain, readPlace } from './cause-chain.ts';
import type { Effect } from './effect.ts';
import type { Pair } from './pair.ts';
import type { Found } from './parting.ts';

/** Where what differs came from, on each side. */
export interface PartingCauses {
  /** Of what: what the instruction made, or, where that hangs on it otherwise than by data, what it read. */
  readonly of: string;
  readonly kind: DependenceKind;
  /** Absent on a side that did something else: it waits on, or takes an exception. */
  readonly a?: CauseChain;
  readonly b?: CauseChain;
}

const GENERAL = /^([xr]\d+|lr|sp)$/;
const VECTOR = /^v\d+$/;
const BYTES_MAX = 8;
/** A part of a register, as causes call it. */
const PART = /\[.*\]$/;
/** Flags and the rest of PSTATE, of which an instruction reads NZCV. */
const PSTATE = /^(pstate|cpsr)$/;

/** The vCPU's registers that are of some kind. */
const ofKind = (registers: Effect['registers'], kind: RegExp, vcpu: number): Effect['registers'] =>
  registers.filter(({ what, vcpu: on = vcpu }) => on === vcpu && kind.test(what));
/** A register that can be asked about, general ones first. */
const registerAmong = (registers: Effect['registers'], vcpu: number): Subject | undefined => {
  const [found] = [GENERAL, VECTOR].flatMap((kind) => ofKind(registers, kind, vcpu));
  return found && { register: found.what, vcpu };
};
/** What the vCPU made otherwise: of itself, in memory, or of another that it turned on. */
function resultOf({ registers, memory }: Effect, vcpu: number): Subject | undefined {
  const register = registerAmong(registers, vcpu);
  const [range] = memory;
  if (register !== undefined) return register;
  if (range !== undefined) return { pa: range.pa, bytes: Math.min(range.a.length, BYTES_MAX) };
  const [other] = registers.filter(({ what, vcpu: on }) => on !== undefined && on !== vcpu && GENERAL.test(what));
  if (other?.vcpu !== undefined) return { register: other.what, vcpu: other.vcpu };
  return ofKind(registers, PSTATE, vcpu).length > 0 ? { register: 'nzcv', vcpu } : undefined;
}

/**
 * The causes of what two runs part by. Both are behind the instruction, and somewhere else afterwards; undefined where it is no instruction, or
 * nothing of it can be followed.
 */
export function partingCauses(
  pair: Pair,
  found: Found,
  effect: Effect,
  options: Omit<CauseOptions, 'prefer'>,
): PartingCauses | undefined {
  if (found.kind !== 'instruction') return undefined;
  const vcpu = found.vcpus.a;
  const result = resultOf(effect, vcpu);
  const isRegular = { a: isPlain(effect.a), b: isPlain(effect.b) };
  const side = isRegular.a ? 'a' : 'b';
  const input = result && isRegular[side] ? differentInput(pair, found, side, result) : readBefore(effect, vcpu);
  if (input !== undefined && input.kind !== 'data') {
    pair.at(found.icount);
    const of = (one: 'a' | 'b') => causeChain(pair[one].timeline, input.subject, options);
    return { of: input.what, kind: input.kind, a: of('a'), b: of('b') };
  }
  if (result === undefined) return undefined;
  const prefer = (icount: number, inputs: readonly CauseInput[]): number | undefined => {
    const at = icount === found.icount ? inputs.findIndex(({ value }) => value.what === input?.what) : -1;
    return at < 0 ? undefined : at;
  };
  const chains: { a?: CauseChain; b?: CauseChain } = {};
  for (const one of ['a', 'b'] as const) {
    if (!isRegular[one]) continue;
    const { timeline } = pair[one];
    timeline.seek(found.icount);
    timeline.step('forwards');
    chains[one] = causeChain(timeline, result, { ...options, prefer });
  }
  return { of: 'register' in result ? result.register : `${result.bytes} bytes of memory`, kind: 'data', ...chains };
}

const isPlain = ({ waits, exceptions }: Effect['a']): boolean =>
  !waits && exceptions.every(({ target }) => target === 2);

interface DifferentInput {
  readonly what: string;
  readonly kind: DependenceKind;
  readonly subject: Subject;
}

/** What the instruction is made of that was different before it. */
function differentInput(pair: Pair, found: Found, side: 'a' | 'b', result: Subject): DifferentInput | undefined {
  const { timeline } = pair[side];
  timeline.seek(found.icount);
  timeline.step('forwards');
  const { root } = causeChain(timeline, result, { depth: 1, all: true });
  const inputs = [root, ...(root.parts ?? [])].flatMap(({ by }) => (by?.icount === found.icount ? by.inputs : []));
  pair.at(found.icount);
  const [a, b] = [pair.a.timeline.machine, pair.b.timeline.machine];
  for (const { kind, value } of inputs) {
    const { place, what } = value;
    if (place === null || place === undefined || readPlace(a, place) === readPlace(b, place)) continue;
    const subject: Subject =
      'registers' in place
        ? { register: what.replace(PART, ''), vcpu: place.vcpu ?? 0 }
        : { pa: place.pa, bytes: place.bytes };
    return { what, kind, subject };
  }
  return undefined;
}

/** A branch, or a fault: what differed before and could be read. */
function readBefore({ before }: Effect, vcpu: number): DifferentInput | undefined {
  const register = registerAmong(before.registers, vcpu);
  if (register !== undefined && 'register' in register)
    return { what: register.register, kind: 'control', subject: register };
  return ofKind(before.registers, PSTATE, vcpu).length > 0
    ? { what: 'nzcv', kind: 'control', subject: { register: 'nzcv', vcpu } }
    : undefined;
}
