import type { InstructionLifter } from '../core/dependence/lifted.ts';
import { cellOfWrites, PC, readRegisterByte } from '../core/dependence/state-bytes.ts';
import type { InstructionObserver, ObservedException, ObservedInstruction } from '../core/engine/observation.ts';
import { generalWriters, isSystemCell, isVectorCell } from '../core/engine/observed-writers.ts';
import type { WatchRange } from '../core/engine/watchpoints.ts';
import type { ObservedInstructions } from '../core/ir/config.ts';
import * as cells from '../core/state/cells.ts';
import type { Machine } from '../machine/machine.ts';
import type { Stops } from '../timeline/stops.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { beginOf } from '../timeline/who-wrote.ts';
import { edit, isEmitted, psci, vcpuTurn } from '../trace/events/index.ts';
import { isRestored, writtenByException } from './exception-sources.ts';

/** Counts that are looked at first, and how many times as many next. */
const WINDOW = { first: 2 ** 13, grows: 16, most: 2 ** 27 } as const;
/** Counts of a stretch of which all instructions are looked at. */
const OBSERVED_WHOLE = 2 ** 18;
const PAGE_MASK = 0xfffn;
/** Of 8 bytes. */
const CELL_MASK = ~7;
const NOWHERE: Stops = { arm: () => () => {} };

/** Writes all registers of another vCPU. Arm DEN0022 (PSCI), 5.4; DEN0028 (SMCCC), 2.5: which bit tells the 64-bit calls. */
const CPU_ON = 0x8400_0003 | 0;
const SMC64 = 0x4000_0000;

/** What is looked for. */
export interface Sought {
  /** By vCPU. */
  readonly registers: ReadonlyMap<number, ReadonlySet<number>>;
  readonly memory: ReadonlySet<number>;
}

/** Sizes of the windows that are looked at in turn: the last of them again and again. */
function* windows(guess: number | undefined): Generator<number> {
  yield WINDOW.first;
  if (guess !== undefined && guess > WINDOW.first) yield guess;
  for (let size: number = WINDOW.first * WINDOW.grows; ; size = Math.min(size * WINDOW.grows, WINDOW.most)) yield size;
}

/**
 * The count at which any of these bytes may have been written last before a count; no write comes behind it, and whether there was one
 * at it, a recording of that stretch tells. Undefined where there was none since the tape begins.
 * @param guess how far back it may lie
 */
export function lastPossibleWrite(
  timeline: Timeline,
  lifter: InstructionLifter,
  sought: Sought,
  before: number,
  guess?: number,
): number | undefined {
  let to = before;
  for (const window of windows(guess)) {
    const from = beginOf(timeline, to, window);
    const found = lastIn(timeline, lifter, sought, from, to);
    if (found !== undefined || from <= timeline.first) return found;
    to = from;
  }
  return undefined;
}

function lastIn(
  timeline: Timeline,
  lifter: InstructionLifter,
  { registers, memory }: Sought,
  from: number,
  to: number,
): number | undefined {
  timeline.seek(from);
  let last: number | undefined;
  const told = (icount: number): void => {
    if (icount < to && (last === undefined || icount > last)) last = icount;
  };
  const { machine, session } = timeline;
  const outer = session.onEvent;
  session.onEvent = (checked, decl, fields) => {
    outer?.(checked, decl, fields);
    if (isEmitted(edit, decl, fields)) told(fields.at);
    if (isEmitted(psci, decl, fields)) {
      watch?.look(fields.at);
      if ((fields.functionId & ~SMC64) === CPU_ON && fields.result === 0n) told(fields.at);
    }
    if (decl.tag === vcpuTurn.tag) watch?.look(fields.at - 1);
  };
  if (memory.size > 0) machine.watch(rangesOf(memory), ({ icount }) => told(icount));
  const watch = registers.size > 0 ? new RegisterWatches(timeline, lifter, registers, told) : null;
  const sought = [...registers.values()].flatMap((some) => [...some]);
  const hasModes = timeline.tape.header.machine.arch === 'armv7';
  if (watch !== null) machine.observe(watch, to - from > OBSERVED_WHOLE ? writersOf(sought, hasModes) : 'instructions');
  try {
    timeline.run('forwards', NOWHERE, to);
    watch?.look(timeline.now.icount - 1);
  } finally {
    if (memory.size > 0) machine.watch([], () => {});
    if (watch !== null) machine.observe(null);
    session.onEvent = outer;
  }
  return last;
}

function rangesOf(addresses: ReadonlySet<number>): WatchRange[] {
  const ranges: { pa: number; bytes: number }[] = [];
  for (const pa of [...addresses].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last.pa + last.bytes === pa) last.bytes++;
    else ranges.push({ pa, bytes: 1 });
  }
  return ranges.map((range) => ({ ...range, kind: 'write' }));
}

/** Registers of AArch32 from this one on are banked: where they lie depends on the mode. */
const BANKED = 8;
const GENERAL = 31;
/** Which instructions may write any of some registers. @param hasModes the kernel has AArch32's modes */
export function writersOf(registers: Iterable<number>, hasModes: boolean): ObservedInstructions {
  const aligned = [...registers].map((register) => register & ~3);
  const numbers = new Set(aligned.map((at) => (at - cells.X) >>> 3));
  if ([...numbers].every((n) => n < (hasModes ? BANKED : GENERAL))) return generalWriters(numbers);
  if (aligned.every(isVectorCell)) return 'vectorWriters';
  return aligned.every(isSystemCell) ? 'systemWriters' : 'instructions';
}

/** Registers of some vCPUs. */
class RegisterWatches implements InstructionObserver {
  readonly #cpu: Machine['cpu'];
  readonly #watches: ReadonlyMap<number, RegisterWatch>;

  constructor(
    timeline: Timeline,
    lifter: InstructionLifter,
    registers: Sought['registers'],
    told: (icount: number) => void,
  ) {
    const { cpu } = timeline.machine;
    this.#cpu = cpu;
    const watchOf = (vcpu: number, some: ReadonlySet<number>): RegisterWatch =>
      cpu.peek(vcpu, () => new RegisterWatch(timeline, lifter, [...some], told));
    this.#watches = new Map([...registers].map(([vcpu, some]) => [vcpu, watchOf(vcpu, some)]));
  }
  get #loaded(): RegisterWatch | undefined {
    return this.#watches.get(this.#cpu.loaded);
  }

  before(at: ObservedInstruction): void {
    this.#loaded?.before(at);
  }
  entered(icount: number): void {
    this.#loaded?.entered(icount);
  }
  exception(taken: ObservedException): void {
    this.#loaded?.exception(taken);
  }
  /** Whatever has changed by now did so at a count at the latest. */
  look(icount: number): void {
    for (const [vcpu, watch] of this.#watches) this.#cpu.peek(vcpu, () => watch.entered(icount));
  }
}

/** Tells of each instruction that may write one of some bytes, of whatever changes them, and of exceptions that write them. */
class RegisterWatch {
  readonly #timeline: Timeline;
  readonly #lifter: InstructionLifter;
  readonly #registers: readonly number[];
  readonly #told: (icount: number) => void;
  readonly #hasPc: boolean;
  readonly #isRestored: boolean;
  /** Where they lie in the present mode, and the opcodes that may write there, by configuration. */
  #cells: ReadonlySet<number> = new Set();
  #mode = -1;
  #known = new Map<object, Map<number, boolean>>();
  #values: readonly number[];

  constructor(
    timeline: Timeline,
    lifter: InstructionLifter,
    registers: readonly number[],
    told: (icount: number) => void,
  ) {
    this.#timeline = timeline;
    this.#lifter = lifter;
    this.#registers = registers.filter((register) => register < PC);
    this.#hasPc = this.#registers.length < registers.length;
    this.#isRestored = registers.some(isRestored);
    this.#told = told;
    this.#values = this.#read();
  }
  #read(): readonly number[] {
    const { cpu } = this.#timeline.machine.cpu;
    return this.#registers.map((register) => readRegisterByte(cpu, register));
  }
  get #isChanged(): boolean {
    const { cpu } = this.#timeline.machine.cpu;
    return this.#values.some((value, i) => value !== readRegisterByte(cpu, this.#registers[i] as number));
  }

  before({ icount, opcode, pc }: ObservedInstruction): void {
    const { cpu } = this.#timeline.machine.cpu;
    if (this.#isChanged) {
      this.#values = this.#read();
      this.#told(icount - 1);
      this.#told(icount);
    }
    if (cpu.configStale || this.#mayWrite(opcode, pc)) this.#told(icount);
  }
  entered(icount: number): void {
    if (!this.#isChanged) return;
    this.#values = this.#read();
    this.#told(icount);
  }
  exception({ icount, exception }: ObservedException): void {
    if (exception.target === 2) return;
    const written = writtenByException(exception, this.#timeline.machine.cpu.cpu);
    if (this.#hasPc || this.#registers.some((register) => written.has(register))) this.#told(icount);
  }

  #mayWrite(opcode: number, pc: bigint): boolean {
    const { cpu, architecture } = this.#timeline.machine.cpu;
    const mode = (cpu.get32(cells.AARCH32_MODE) << 8) | (cpu.get32(cells.CURRENT_EL) << 1) | cpu.get32(cells.SPSEL);
    if (mode !== this.#mode) {
      this.#mode = mode;
      this.#known = new Map();
      const places = this.#registers.map((register) => cellOfWrites(cpu, register));
      this.#cells = new Set(this.#hasPc ? [...places, cells.PC_BASE] : places);
    }
    const config = architecture.refresh();
    let known = this.#known.get(config);
    if (known === undefined) this.#known.set(config, (known = new Map()));
    let may = known.get(opcode);
    if (may === undefined) {
      const { targets, isReturn } = this.#lifter.of({ opcode, offset: Number(pc & PAGE_MASK), config });
      may =
        (isReturn && this.#isRestored) ||
        !this.#cells.isDisjointFrom(targets.cells) ||
        this.#registers.some((register) => targets.registers.has(register & CELL_MASK));
      known.set(opcode, may);
    }
    return may;
  }
}
