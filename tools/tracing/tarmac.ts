// tracing/: observers of a tape's stretch that print what they see.

import type { ObservedException, ObservedInstruction } from '../../src/core/engine/observation.ts';
import type { WatchHit } from '../../src/core/engine/watchpoints.ts';
import type { GuestLook, TraceObserver } from '../../src/timeline/observer.ts';

/** Letters of the instruction sets, as Arm's models print them. */
const SETS = { a64: 'O', a32: 'A', t32: 'T' } as const;
const AARCH32_MODES: Readonly<Record<number, string>> = {
  ...{ 16: 'usr', 17: 'fiq', 18: 'irq', 19: 'svc', 23: 'abt', 26: 'hyp', 27: 'und', 31: 'sys' },
};
const VECTORS = ['SYNC', 'IRQ', 'FIQ', 'SERR'] as const;
const FROM = ['CURRENT_SP0', 'CURRENT_SPx', 'LOWER_64', 'LOWER_32'] as const;
/** Of AArch32's EL1, by the vector's offset. Arm ARM DDI 0406C, B1.8.1. */
const VECTORS32 = ['RESET', 'UNDEF', 'SVC', 'PABORT', 'DABORT', 'HYP', 'IRQ', 'FIQ'] as const;
const EL1_STATE = ['ELR_EL1', 'SPSR_EL1', 'ESR_EL1', 'FAR_EL1'] as const;
const AARCH32_REGISTERS = 15;

/**
 * Each instruction with the registers that it wrote, as the Tarmac trace of Arm's models has them: `IT` an instruction, `R` a register,
 * `E` an exception, `MR` and `MW` memory read and written. Times are instruction counts.
 */
export class TarmacTrace implements TraceObserver {
  readonly #print: (line: string) => void;
  readonly #isMeant: ((pc: bigint) => boolean) | undefined;
  #guest!: GuestLook;
  #count = 0;
  /** Of the instruction at hand, where it is printed. */
  #names: readonly string[] = [];
  #candidates: readonly (readonly [name: string, before: bigint])[] = [];
  #text = '';
  #isPrinted = false;
  #isa: ObservedInstruction['isa'] = 'a64';

  /** Only where memory is to be told too. */
  readonly accessed?: (access: WatchHit) => void;

  /** `isMeant`: instructions that are to be printed, by their addresses; all where it is absent. `memory`: what they read and wrote, too. */
  constructor(print: (line: string) => void, isMeant?: (pc: bigint) => boolean, memory = false) {
    this.#print = print;
    this.#isMeant = isMeant;
    if (memory) this.accessed = (access) => this.#access(access);
  }

  start(guest: GuestLook): void {
    this.#guest = guest;
  }

  before(at: ObservedInstruction): void {
    this.#isPrinted = this.#isMeant?.(at.pc) !== false;
    if (!this.#isPrinted) return;
    const { icount, pc, pa, opcode, isa, el } = at;
    this.#isa = isa;
    const guest = this.#guest;
    const isWide = isa === 'a64';
    const psr = Number(guest.register(isWide ? 'pstate' : 'cpsr') ?? 0n);
    const mode = isWide ? `EL${el}${(psr & 1) === 1 ? 'h' : 't'}_n` : `${AARCH32_MODES[psr & 31] ?? 'svc'}_ns`;
    this.#text = guest.text(at);
    const va = digits(pc, isWide ? 16 : 8);
    const code = opcode.toString(16).padStart(isa === 't32' && opcode <= 0xffff ? 4 : 8, '0');
    const where = `${va}:${digits(BigInt(pa), 12)}_NS`;
    this.#print(
      `${icount} clk cpu${this.#guest.vcpu} IT (${++this.#count}) ${where} ${code} ${SETS[isa]} ${mode} : ${this.#text}`,
    );
    this.#expect(at);
  }
  /** What it writes, and what it may write. */
  #expect({ isa, written }: ObservedInstruction): void {
    const guest = this.#guest;
    const names: string[] = [];
    for (let n = 0; n < 32; n++) if ((written.general >>> n) & 1) names.push(nameOf(n, isa));
    if (written.flags) names.push('cpsr');
    this.#names = names;
    const candidates: string[] = [];
    for (let n = 0; n < 32; n++) if ((written.vectors >>> n) & 1) candidates.push(`v${n}`);
    if (isa !== 'a64') {
      for (let n = 0; n < AARCH32_REGISTERS; n++) if (!((written.general >>> n) & 1)) candidates.push(nameOf(n, isa));
      if (!written.flags) candidates.push('cpsr');
    }
    this.#candidates = candidates.map((name) => [name, guest.register(name) ?? 0n] as const);
  }

  after({ icount, isa }: ObservedInstruction): void {
    if (!this.#isPrinted) return;
    const guest = this.#guest;
    for (const name of this.#names) this.#register(icount, name, isa === 'a64');
    for (const [name, before] of this.#candidates)
      if (guest.register(name) !== before) this.#register(icount, name, isa === 'a64');
    const [, system] = /^msr ([a-z][a-z0-9_]*),/.exec(this.#text) ?? [];
    if (system !== undefined) this.#register(icount, system.toUpperCase(), true);
  }
  #access({ icount, pc, pa, va, bytes, write, after, by }: WatchHit): void {
    if (by !== 'cpu' || this.#isMeant?.(pc) === false) return;
    const where = `${digits(va ?? BigInt(pa), this.#isa === 'a64' ? 16 : 8)}:${digits(BigInt(pa), 12)}_NS`;
    // In words, the lowest address last.
    const value = digits(after, 2 * bytes).replace(/(?<=.)(?=(.{8})+$)/g, '_');
    this.#print(`${icount} clk cpu${this.#guest.vcpu} M${write ? 'W' : 'R'}${bytes} ${where} ${value}`);
  }
  #register(icount: number, name: string, isWide: boolean): void {
    const value = this.#guest.register(name);
    if (value === undefined) return;
    const width = name.startsWith('v') ? 32 : name === 'cpsr' || !isWide ? 8 : 16;
    const shown = name.startsWith('x') || name.startsWith('v') ? name.toUpperCase() : name;
    this.#print(`${icount} clk cpu${this.#guest.vcpu} R ${shown} ${digits(value, width).toUpperCase()}`);
  }

  exception({ exception, icount, pc, el }: ObservedException): void {
    if (this.#isMeant?.(pc) === false) return;
    const guest = this.#guest;
    const isAarch32 = this.#isa !== 'a64';
    if (isAarch32 && exception.target === 1) {
      const vector = Number((guest.register('pc') ?? 0n) & 0x1cn) >>> 2;
      this.#print(
        `${icount} clk cpu${this.#guest.vcpu} E ${digits(pc, 8)} ${digits(BigInt(4 * vector), 8)} CoreEvent_${VECTORS32[vector]}`,
      );
      this.#register(icount, 'cpsr', false);
      return;
    }
    // DDI 0487, D1.3.1: the vector by where the exception comes from and its kind.
    const kind = ['sync', 'irq', 'fiq', 'serror'].indexOf(exception.kind);
    const from = el === exception.target ? 1 : isAarch32 ? 3 : 2;
    const number = digits(BigInt(0x80 + 4 * from + kind), 8);
    this.#print(
      `${icount} clk cpu${this.#guest.vcpu} E ${digits(pc, isAarch32 ? 8 : 16)} ${number} CoreEvent_${FROM[from]}_${VECTORS[kind]}`,
    );
    if (exception.target !== 1) return;
    this.#register(icount, 'cpsr', true);
    for (const name of EL1_STATE) this.#register(icount, name, true);
  }
}

const digits = (value: bigint, count: number): string => value.toString(16).padStart(count, '0');

function nameOf(n: number, isa: ObservedInstruction['isa']): string {
  if (isa === 'a64') return n === 31 ? 'sp' : `x${n}`;
  return n === 13 ? 'sp' : n === 14 ? 'lr' : `r${n}`;
}
