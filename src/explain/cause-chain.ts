import { must } from '../base/assert.ts';
import { hex } from '../base/bits.ts';
import { Failure } from '../base/failure.ts';
import { InstructionLifter } from '../core/dependence/lifted.ts';
import { PC } from '../core/dependence/state-bytes.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { GuestView } from '../inspect/guest-view.ts';
import type { Machine } from '../machine/machine.ts';
import type { Moment } from '../timeline/moment.ts';
import type { Timeline } from '../timeline/timeline.ts';
import type { CauseChain, CausedValue, CauseInput, CauseOptions, CauseStep, Origin, Place, Subject } from './cause.ts';
import { littleEndian, memoryText, registerValues, runs } from './inputs.ts';
import { mainPath } from './main-path.ts';
import { Origins } from './origins.ts';
import { Recording } from './recording.ts';
import { bytesOfRegister, valueOfRegisters } from './register-places.ts';
import { lastPossibleWrite } from './search.ts';
import { causeOf } from './step-causes.ts';
import { memoryWriters, registerWriters } from './writers.ts';

/** Instructions that are recorded at a time. */
const RECORDED = 2 ** 12;
const DEPTH = 32;
const LIMIT = 256;
/** What is looked for is expected no further back than what was found last, and so much more. */
const MORE = 1.25;
/** Registers by which consoles give what they have received. */
const RECEIVED = /^(pl011\S* UARTDR|bvmconsole data)$/;

type Growing<T> = { -readonly [K in keyof T]: T[K] };
type Value = Growing<CausedValue>;

/** A value whose last writer is looked for, before a step of the recording at hand. */
interface Want {
  readonly value: Value;
  readonly before: number;
  /** The steps from the value that was asked about; null at that. */
  readonly way: Way | null;
}
/** A step on the way back, by its instruction and what it wrote. */
interface Way {
  readonly key: string;
  readonly before: Way | null;
  /** Steps up to here, each once. */
  readonly length: number;
}
function goOn(way: Way | null, key: string): Way {
  const length = way?.length ?? 0;
  for (let one = way; one !== null; one = one.before) if (one.key === key) return { key, before: way, length };
  return { key, before: way, length: length + 1 };
}

/**
 * Where a value that the guest has at the timeline's moment came from: who wrote it last, of what that was made, and so on back. The
 * timeline stays at its moment.
 * @throws Failure where there is no such register or memory
 */
export function causeChain(timeline: Timeline, what: Subject, options: CauseOptions = {}): CauseChain {
  const { now } = timeline;
  const root = readSubject(timeline.machine, what);
  try {
    new Tracer(timeline, options).trace(root, now);
  } finally {
    timeline.seek(now.icount);
  }
  return { root, ...mainPath(root) };
}

/** The value that a place has in a machine at its present moment, perhaps another than where it was found. */
export function readPlace(machine: Machine, place: Place): bigint {
  if (place === null) return 0n;
  if ('registers' in place) {
    const { registers, vcpu = 0 } = place;
    return machine.cpu.peek(vcpu, () =>
      // The hypervisor may have the CPU.
      registers[0] === PC ? machine.cpu.guestPc() : valueOfRegisters(registers, machine.cpu.cpu),
    );
  }
  return littleEndian(new GuestView(machine).physical(place.pa, place.bytes));
}

function readSubject(machine: Machine, what: Subject): Value {
  if ('register' in what) {
    const { vcpu = machine.vm.current } = what;
    const view = new GuestView(machine);
    const registers = view.of(vcpu, () => bytesOfRegister(view, what.register));
    if (registers === undefined) throw new Failure(`${what.register}: no register of this guest`);
    if (registers.length === 0) throw new Failure(`${what.register}: its value is none that could be written`);
    const place = placeOn(vcpu, { registers });
    return { what: what.register, place, value: readPlace(machine, place) };
  }
  const { pa, bytes } = what;
  if (new GuestView(machine).physical(pa, bytes).length < bytes)
    throw new Failure(`pa:${hex(pa)}: no memory of the guest`);
  const place = { pa, bytes };
  return { what: memoryText(pa, bytes), place, value: readPlace(machine, place) };
}

/** A place in a step of a vCPU, where it is not told that it is another's. */
const placeOn = <P extends Place>(vcpu: number, place: P): P =>
  place !== null && 'registers' in place && vcpu !== 0 ? { vcpu, ...place } : place;

/** Follows values back through the run, the latest writes first, so that no stretch is run twice. */
class Tracer {
  readonly #timeline: Timeline;
  readonly #lifter: InstructionLifter;
  readonly #options: CauseOptions;
  readonly #depth: number;
  #left: number;
  readonly #origins: Origins;
  /** What devices answered, to be looked at when nothing else is to be done. */
  readonly #answers: { readonly value: Value; readonly icount: number }[] = [];
  /** Steps of the recording at hand that are known, by what was asked of them. */
  #known = new Map<string, Value>();

  constructor(timeline: Timeline, options: CauseOptions) {
    this.#timeline = timeline;
    this.#lifter = new InstructionLifter(timeline.machine.cpu.architecture);
    this.#options = options;
    this.#depth = options.depth ?? DEPTH;
    this.#left = options.limit ?? LIMIT;
    this.#origins = new Origins(timeline);
  }

  trace(root: Value, now: Moment): void {
    this.#traceBack(root, now);
    for (const { value, icount } of this.#answers) {
      const read = (value.origin as { readonly event?: number } | undefined)?.event;
      const edited = read === undefined ? undefined : this.#origins.editedAnswer(read);
      const input = RECEIVED.test(value.what) ? this.#origins.consoleInput(icount, value.value) : undefined;
      value.origin = edited ?? input ?? (value.origin as Origin);
    }
  }
  #traceBack(root: Value, now: Moment): void {
    const { first } = this.#timeline;
    let to = now;
    /** Values in a loop lie equally far back. */
    let distance: number | undefined;
    let wants: Want[] = [{ value: root, before: Number.POSITIVE_INFINITY, way: null }];
    for (;;) {
      const from = Math.max(first, to.icount - RECORDED);
      const recording = new Recording(this.#timeline, this.#lifter, from, to, this.#options.all);
      this.#known = new Map();
      wants = this.#resolve(recording, wants);
      if (wants.length === 0) return;
      const before = Math.min(recording.from, to.icount - 1);
      const at = before <= first ? undefined : this.#search(wants, before, distance);
      if (at === undefined) {
        for (const { value } of wants) this.#atFirst(value);
        return;
      }
      distance = Math.ceil((before - at) * MORE);
      to = { icount: at + 1, exceptions: 0, pc: 0n };
    }
  }
  #search(wants: readonly Want[], before: number, guess: number | undefined): number | undefined {
    const registers = new Map<number, Set<number>>();
    const memory = new Set<number>();
    for (const { value } of wants) {
      const place = must(value.place, 'place of a value that is followed');
      if ('registers' in place) {
        const { vcpu = 0 } = place;
        registers.set(vcpu, new Set([...(registers.get(vcpu) ?? []), ...place.registers]));
      } else for (let n = 0; n < place.bytes; n++) memory.add(place.pa + n);
    }
    return lastPossibleWrite(this.#timeline, this.#lifter, { registers, memory }, before, guess);
  }

  /** Follows all that was written within a recording; what was not is left. */
  #resolve(recording: Recording, wants: readonly Want[]): Want[] {
    const left: Want[] = [];
    const open = wants.map((want) => ({ ...want, before: recording.steps.length }));
    for (;;) {
      // The latest first.
      let next = 0;
      for (const [i, { before }] of open.entries()) if (before > (open[next] as Want).before) next = i;
      const [want] = open.splice(next, 1);
      if (want === undefined) return left;
      this.#follow(recording, want, open, left);
    }
  }
  #follow(recording: Recording, want: Want, open: Want[], left: Want[]): void {
    const { value, before, way } = want;
    const place = must(value.place, 'place of a value that is followed');
    const isRegister = 'registers' in place;
    const bytes = isRegister ? place.registers : Array.from({ length: place.bytes }, (_, n) => place.pa + n);
    const vcpu = (isRegister ? place.vcpu : undefined) ?? 0;
    const { writers, rest } = isRegister
      ? registerWriters(recording, bytes, before, vcpu)
      : memoryWriters(recording, bytes, before);
    const whole = writers.length + (rest.length > 0 ? 1 : 0) === 1;
    const parts = [
      ...writers.map((writer) => ({ at: writer.at, bytes: writer.bytes })),
      ...(rest.length > 0 ? [{ at: -1, bytes: rest }] : []),
    ];
    const values = whole
      ? [{ at: parts[0]?.at ?? -1, part: value }]
      : parts.flatMap(({ at, bytes: some }) =>
          partsOf(value, some, recording.state(recording.stateBefore(before, vcpu))).map((part) => ({ at, part })),
        );
    if (!whole) value.parts = values.map(({ part }) => part);
    for (const { at, part } of values) {
      if (at < 0) left.push({ value: part, before: 0, way });
      else this.#step(recording, at, part, way, open);
    }
  }

  /** A value was written by a step. */
  #step(recording: Recording, at: number, value: Value, way: Way | null, open: Want[]): void {
    const place = must(value.place, 'place of a value that is followed');
    const key = `${at} ${'registers' in place ? place.registers.join() : `${place.pa}+${place.bytes}`}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      Object.assign(value, {
        ...(known.by ? { by: known.by } : {}),
        ...(known.origin ? { origin: known.origin } : {}),
      });
      return;
    }
    this.#known.set(key, value);
    const step = must(recording.steps[at], 'a step');
    const { machine } = this.#timeline;
    const asked =
      'registers' in place ? place : { memory: Array.from({ length: place.bytes }, (_, n) => place.pa + n) };
    const { by, inputs, origin } = causeOf(recording, at, asked, (ipa) => machine.registerAt(ipa));
    const found = inputs.map(
      ({ kind, value: input }): CauseInput => ({
        ...{ kind, value: { ...input, place: placeOn(step.vcpu, input.place) } },
      }),
    );
    const encoded = step.kind === 'instruction' ? { opcode: step.opcode, isa: step.isa, pa: step.pa } : {};
    for (const { value: input } of found)
      if (input.place === null && input.origin?.kind === 'event')
        this.#answers.push({ value: input as Value, icount: step.icount });
    const on = machine.vm.vcpus.length > 1 ? { vcpu: step.vcpu } : {};
    const cause: CauseStep = { icount: step.icount, pc: step.pc, ...on, by, ...encoded, inputs: found };
    value.by = cause;
    if (origin !== undefined) value.origin = origin;
    this.#followInputs(cause, at, goOn(way, `${step.pc} ${value.what}`), open);
  }
  #followInputs({ icount, inputs }: CauseStep, before: number, way: Way, open: Want[]): void {
    const { all = false, prefer } = this.#options;
    const followed = inputs.filter(({ kind }) => all || kind === 'data');
    const only = prefer && followed.length > 1 ? prefer(icount, followed) : undefined;
    for (const [i, { value }] of followed.entries()) {
      if ((only !== undefined && i !== only) || value.place === null || value.origin !== undefined) continue;
      const growing = value as Value;
      if (way.length >= this.#depth) growing.origin = { kind: 'unfollowed', what: `more than ${this.#depth} steps` };
      else if (this.#left-- <= 0) growing.origin = { kind: 'unfollowed', what: 'more values than are followed' };
      else open.push({ value: growing, before, way });
    }
  }

  /** Nobody has written it: what was there when the tape began. */
  #atFirst(value: Value): void {
    const place = must(value.place, 'place of a value that is followed');
    if ('registers' in place) {
      value.origin = this.#origins.register();
      return;
    }
    const pieces = this.#origins.memory(place.pa, place.bytes);
    const [only, ...others] = pieces;
    if (only !== undefined && others.length === 0) value.origin = only.origin;
    else value.parts = pieces.map(({ pa, bytes, origin }) => ({ ...memoryPart(value, pa, bytes), origin }));
  }
}

/** Some bytes of a value, as values of their own. */
function partsOf(value: Value, bytes: readonly number[], state: CellReader): Value[] {
  const place = must(value.place, 'place of a value that has parts');
  if ('registers' in place) {
    const { vcpu = 0 } = place;
    return registerValues(bytes, state).map((part) => ({ ...part, place: placeOn(vcpu, part.place) }));
  }
  return runs([...bytes].sort((a, b) => a - b)).map(([pa, count]) => memoryPart(value, pa, count));
}
function memoryPart({ place, value, va }: Value, pa: number, bytes: number): Value {
  const offset = place !== null && 'pa' in place ? pa - place.pa : 0;
  const part = (value >> BigInt(8 * offset)) & ((1n << BigInt(8 * bytes)) - 1n);
  const address = va === undefined ? {} : { va: BigInt.asUintN(64, va + BigInt(offset)) };
  return { what: memoryText(pa, bytes), place: { pa, bytes }, ...address, value: part };
}
