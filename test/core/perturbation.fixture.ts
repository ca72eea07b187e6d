import { PAGE_BYTES } from '../../src/base/page.ts';
import { Execution, type MemoryAccess } from '../../src/core/dependence/execution.ts';
import { InstructionLifter } from '../../src/core/dependence/lifted.ts';
import { type Inputs, Slice } from '../../src/core/dependence/slice.ts';
import { cellByte, FLAG, flagBit, isFlag, PC, readRegisterByte } from '../../src/core/dependence/state-bytes.ts';
import { Writes } from '../../src/core/dependence/writes.ts';
import type { ObservedInstruction } from '../../src/core/engine/observation.ts';
import { readNzcv, writeNzcv } from '../../src/core/exception/pstate.ts';
import * as cells from '../../src/core/state/cells.ts';
import type { CellReader } from '../../src/core/state/pe-state.ts';
import { sys } from '../../src/core/state/system-cells.ts';
import { PagedPlatform } from '../../tools/conformance/paged-platform.ts';
import { A32Runner } from '../../tools/conformance/run-a32.ts';
import { A64Runner } from '../../tools/conformance/run-a64.ts';
import { layout, type Vector } from '../../tools/conformance/vector.ts';

/** A CPU's cells and the memory window, as they were. */
export class Moment implements CellReader {
  readonly state: Uint32Array;
  readonly window: Uint8Array;
  readonly icount: number;
  constructor({ cpu, windowAt }: PagedPlatform) {
    this.state = cpu.u32.slice(0, cells.CPU_STATE_BYTES >>> 2);
    const at = cells.HOST_MEMORY + windowAt;
    this.window = cpu.u8.slice(at, at + layout.windowBytes);
    this.icount = cpu.icount;
  }
  get32(cell: number): number {
    return this.state[cell >>> 2] as number;
  }
}

/** One instruction of a vector, with the state before it. */
export interface Step {
  readonly opcode: number;
  readonly before: Moment;
  readonly execution: Execution;
  readonly accesses: readonly MemoryAccess[];
}

/** Bytes of registers that instructions at EL0 may depend on: what is made random. */
export const registers: readonly number[] = [
  ...bytes(cells.X, 31 * 8),
  ...bytes(cells.SP_EL, 8),
  ...bytes(cells.V, 32 * 16),
  ...Object.values(FLAG),
  ...bytes(cells.FPSR, 4),
  ...bytes(cells.CPSR_Q, 4),
  ...bytes(cells.CPSR_GE, 4),
  ...bytes(cells.EXCLUSIVE_ADDRESS, 8),
  ...bytes(sys.TPIDR_EL0, 8),
];
function bytes(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => from + n);
}

/** Bits that a byte of a register can have. */
function bitsOf(register: number): number {
  if (isFlag(register)) return 1;
  const at = (cell: number): number => register - cell;
  if (at(cells.CPSR_Q) >= 0 && at(cells.CPSR_Q) < 4) return at(cells.CPSR_Q) === 3 ? 1 << 3 : 0;
  if (at(cells.CPSR_GE) >= 0 && at(cells.CPSR_GE) < 4) return at(cells.CPSR_GE) === 2 ? 0xf : 0;
  if (at(cells.FPSR) >= 0 && at(cells.FPSR) < 4) return [0x9f, 0, 0, 0xf8][at(cells.FPSR)] as number;
  return 0xff;
}

/** Vectors' instructions one by one, from the state before them or from one like it. */
export class Perturbation {
  readonly platform = new PagedPlatform();
  readonly #lifter = new InstructionLifter(this.platform.architecture);
  readonly #runner: { run(vector: Vector): string[] };
  #steps: Step[] | null = null;
  #code: Uint8Array = new Uint8Array(0);
  /** The code pages as the runner has them between vectors. */
  readonly #empty: Uint8Array;

  constructor(isa: Vector['isa']) {
    this.#runner = isa === 'a64' ? new A64Runner(this.platform) : new A32Runner(this.platform);
    this.#empty = this.#codePages();
    this.platform.engine.observe({ before: (at) => this.#steps?.push(this.#stepOf(at)) });
  }

  /** The instructions that a vector executes. */
  stepsOf(vector: Vector): readonly Step[] {
    const steps: Step[] = [];
    this.#putCode(this.#empty);
    this.#steps = steps;
    const differences = this.#runner.run(vector);
    this.#steps = null;
    if (differences.length > 0) throw new Error(`${vector.id}: ${differences.join(', ')}`);
    this.#putCode(this.#code);
    const end = layout.codePage + layout.codePages * PAGE_BYTES;
    return steps.filter(({ execution }) => {
      const pc = Number(this.#pcOf(execution.state));
      return pc >= layout.code && pc < Math.min(end, layout.code + 4 * vector.code.length);
    });
  }
  #pcOf(state: CellReader): bigint {
    return bytes(PC, 8).reduceRight((value, at) => (value << 8n) | BigInt(readRegisterByte(state, at)), 0n);
  }
  get #codeAt(): number {
    return cells.HOST_MEMORY + this.platform.codePagesAt;
  }
  #codePages(): Uint8Array {
    return this.platform.cpu.u8.slice(this.#codeAt, this.#codeAt + layout.codePages * PAGE_BYTES);
  }
  #putCode(code: Uint8Array): void {
    this.platform.cpu.u8.set(code, this.#codeAt);
    for (let page = 0; page < layout.codePages; page++)
      this.platform.engine.code.invalidate(this.platform.codePagesAt / PAGE_BYTES + page);
  }
  #stepOf({ opcode, pc }: ObservedInstruction): Step {
    const { architecture } = this.platform;
    this.#code = this.#codePages();
    const before = new Moment(this.platform);
    const offset = Number(pc & 0xfffn);
    const lifted = this.#lifter.of({ opcode, offset, config: architecture.refresh() });
    const execution = new Execution(lifted, before, pc, offset);
    const accesses = execution.accesses((lo, hi, access) => architecture.mmu.probe(lo, hi, access));
    return { opcode, before, execution, accesses };
  }

  /** What is behind the instruction; undefined where it does not retire. `change` changes the state before it. */
  run(
    { before }: Step,
    change: (cpu: PagedPlatform['cpu'], window: Uint8Array) => void = () => {},
  ): Moment | undefined {
    const { cpu, engine, windowAt } = this.platform;
    cpu.u32.set(before.state, 0);
    const window = cpu.u8.subarray(cells.HOST_MEMORY + windowAt).subarray(0, layout.windowBytes);
    window.set(before.window);
    cpu.icount = before.icount;
    cpu.stall.exceptions = 0;
    cpu.pending = null;
    cpu.configStale = true;
    change(cpu, window);
    engine.resumed();
    const stop = engine.run(before.icount + 1);
    return stop === 'count' && cpu.el === 0 ? new Moment(this.platform) : undefined;
  }
}

/** Random bytes, fast ones. */
export class Noise {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  /** Marsaglia: "Xorshift RNGs", 2003. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
  below(count: number): number {
    return this.next() % count;
  }
}

/** Puts random bits where a register's byte does not count. */
export function scramble(
  cpu: PagedPlatform['cpu'],
  window: Uint8Array,
  noise: Noise,
  counts: { readonly registers: ReadonlyMap<number, number>; readonly window: ReadonlySet<number> },
): void {
  for (const register of registers) {
    const free = bitsOf(register) & ~(counts.registers.get(register) ?? 0);
    if (free === 0) continue;
    const bit = noise.next() >>> 8;
    if (isFlag(register)) {
      const mask = 1 << flagBit(register);
      writeNzcv(cpu, (bit & 1 ? readNzcv(cpu) | mask : readNzcv(cpu) & ~mask) >>> 0);
    } else {
      const at = cellByte(cpu, register);
      cpu.u8[at] = ((cpu.u8[at] as number) & ~free) | (bit & free);
    }
  }
  for (let i = 0; i < window.length; i++) if (!counts.window.has(i)) window[i] = noise.next() >>> 24;
}

/** Registers' bytes and bytes of the window that a slice has found, of whatever kind. */
export function countsOf({ registers: found, loads }: Inputs, windowAt: number) {
  const all = new Map<number, number>();
  for (const kind of found) for (const [register, mask] of kind) all.set(register, (all.get(register) ?? 0) | mask);
  const window = new Set<number>();
  for (const kind of loads)
    for (const [access, offsets] of kind) for (const pa of placesOf(access, offsets)) window.add(pa - windowAt);
  return { registers: all, window };
}

/** Physical addresses of bytes of an access. */
export function placesOf({ pieces }: MemoryAccess, offsets: Iterable<number>): number[] {
  const places = pieces.flatMap(({ pa, bytes: count }) => bytes(pa, count));
  return [...offsets].map((offset) => places[offset] as number);
}

/** What some bytes that a step wrote follow from. */
export function slice({ execution, accesses }: Step, of: (slice: Slice) => void): Inputs {
  const looked = new Slice(execution, accesses);
  of(looked);
  // Where its accesses go decides whether it retires.
  for (const access of accesses) looked.ofAddress(access);
  return looked.finish();
}

/** Registers' bytes that differ, those that count among them. */
export const changed = (a: CellReader, b: CellReader): number[] =>
  registers.filter((register) => readRegisterByte(a, register) !== readRegisterByte(b, register));

/** Registers' bytes that it writes whatever it finds. */
export const written = ({ execution }: Step): ReadonlySet<number> => new Writes(execution).certain();
