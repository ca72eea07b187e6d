import { fromHalves } from '../../base/bits.ts';
import { Access } from '../mmu/access.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { Cpu } from '../system/cpu.ts';
import type { Architecture } from './ports.ts';
import type { OutsideWriter } from './watchpoints.ts';
import { type Written, WrittenRegisters } from './written-registers.ts';

/** An instruction as it is executed. One object stands for all: whoever keeps something of it copies that. */
export interface ObservedInstruction {
  /** Instructions and idle time before it. */
  readonly icount: number;
  readonly pc: bigint;
  /** Physical address of its first byte, as whoever observes counts them; -1 where it has none. */
  readonly pa: number;
  /** A T32 instruction of 16 bits is a number of 16 bits, one of 32 bits has its first halfword above: DDI 0406C, A6.1. */
  readonly opcode: number;
  readonly isa: 'a64' | 'a32' | 't32';
  readonly el: number;
  /** Worked out when it is asked for, which is to be before the instruction is executed. */
  readonly written: Written;
}

/** An exception that was taken: the CPU stands at its vector. */
export interface ObservedException {
  readonly exception: Exception;
  readonly icount: number;
  /** Where the CPU was before. */
  readonly pc: bigint;
  readonly el: number;
}

/**
 * Who is told of each instruction. The CPU's state is exact then, to be read: nothing may change it, stop the run or ask the engine for
 * anything else from within.
 */
export interface InstructionObserver {
  /** The guest goes on, with what was done to it from outside: by a resident hypervisor among others. */
  entered?(icount: number): void;
  /** It is about to be executed; conditional ones too whose condition fails. */
  before?(at: ObservedInstruction): void;
  /**
   * It has retired: told before anything else is, at the latest when the run ends. One that the hypervisor emulates has
   * its results then.
   */
  after?(at: ObservedInstruction): void;
  /** Taken to EL1, or to the resident hypervisor (target 2). */
  exception?(taken: ObservedException): void;
  /** Memory was written from outside the CPU, physical addresses as whoever observes counts them. */
  changed?(pa: number, bytes: number, by: OutsideWriter): void;
}

/** Whom observed code calls, and who is told of what else happens to it. */
export interface CodeObservation {
  /** By observed code (`RuntimeCall.observe`), with the number that its translation gave it. */
  called(argument: number): void;
  /** A run begins. */
  entered(icount: number): void;
  /** It has ended. */
  settle(): void;
  exception(exception: Exception, icount: number, pc: bigint, el: number): void;
  /** Physical memory was written from outside the CPU. */
  changed(hostPa: number, bytes: number, by: OutsideWriter): void;
  /** The CPU was put into another state. */
  forget(): void;
  /** Numbers that code was given stand for nothing any more: all of it was dropped. */
  renumbered?(): void;
}

class Observed implements ObservedInstruction {
  icount = 0;
  vaLo = 0;
  vaHi = 0;
  /** In the emulated host's memory. */
  hostPa = 0;
  opcode = 0;
  isa: ObservedInstruction['isa'] = 'a64';
  el = 0;
  readonly #registers: WrittenRegisters;
  readonly #paOf: (hostPa: number) => number;

  constructor(registers: WrittenRegisters, paOf: (hostPa: number) => number) {
    this.#registers = registers;
    this.#paOf = paOf;
  }
  get pa(): number {
    return this.#paOf(this.hostPa);
  }
  get pc(): bigint {
    return fromHalves(this.vaLo, this.vaHi);
  }
  get written(): Written {
    return this.#registers.of(this.opcode);
  }
}

/** Tells an observer of instructions, from the calls that observed code makes before each (`RuntimeCall.observe`). */
export class Observation implements CodeObservation {
  readonly observer: InstructionObserver;
  readonly #cpu: Cpu;
  readonly #arch: Architecture;
  readonly #at: Observed;
  readonly #paOf: (hostPa: number) => number;
  /** Told of, and not yet known to have retired. */
  #isOpen = false;
  /** Nothing has become of it since: an instruction that begins anew, because its access needs a way of its own, is told of once. */
  #isNew = false;

  constructor(observer: InstructionObserver, cpu: Cpu, arch: Architecture, paOf: (hostPa: number) => number) {
    this.observer = observer;
    this.#cpu = cpu;
    this.#arch = arch;
    this.#paOf = paOf;
    this.#at = new Observed(new WrittenRegisters(cpu, arch), paOf);
  }

  entered(icount: number): void {
    this.observer.entered?.(icount);
  }
  /** PC and count are exact. */
  called(): void {
    this.settle();
    const cpu = this.#cpu;
    const at = this.#at;
    const aarch32 = cpu.get32(cells.AARCH32_MODE) !== 0;
    const offset = cpu.get32(cells.PC_OFFSET);
    const thumb = aarch32 && (offset & 1) !== 0;
    const vaLo = (cpu.get32(cells.PC_BASE) + (thumb ? offset - 1 : offset)) >>> 0;
    const vaHi = cpu.get32(cells.PC_BASE + 4);
    if (this.#isNew && at.icount === cpu.icount && at.vaLo === vaLo && at.vaHi === vaHi) return;
    at.icount = cpu.icount;
    at.vaLo = vaLo;
    at.vaHi = vaHi;
    at.el = cpu.get32(cells.CURRENT_EL);
    at.isa = aarch32 ? (thumb ? 't32' : 'a32') : 'a64';
    at.hostPa = this.#arch.mmu.probe(at.vaLo, at.vaHi, Access.execute);
    at.opcode = thumb || at.hostPa < 0 ? this.#arch.word() : cpu.host32(at.hostPa);
    this.#isOpen = true;
    this.#isNew = true;
    this.observer.before?.(at);
  }
  /** Tells that the instruction at hand has retired, if it has. */
  settle(): void {
    if (!this.#isOpen || this.#cpu.icount <= this.#at.icount) return;
    this.#isOpen = false;
    this.observer.after?.(this.#at);
  }
  /** An exception was taken; SVC and its like have retired by it. */
  exception(exception: Exception, icount: number, pc: bigint, el: number): void {
    this.settle();
    // What the hypervisor emulates retires later.
    if (exception.target === 1) this.#isOpen = false;
    this.#isNew = false;
    this.observer.exception?.({ exception, icount, pc, el });
  }
  changed(hostPa: number, bytes: number, by: OutsideWriter): void {
    this.observer.changed?.(this.#paOf(hostPa), bytes, by);
  }
  forget(): void {
    this.#isOpen = false;
    this.#isNew = false;
  }
}
