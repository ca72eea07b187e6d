import { low32 } from '../../../base/bits.ts';
import { Fsr } from '../../../core/fields/esr.ts';
import { Fault, shortFsr, WalkFault } from '../../../core/fields/fault-status.ts';
import { Cpsr, Mode } from '../../../core/fields/psr.ts';
import { Sctlr } from '../../../core/fields/sctlr.ts';
import { Ttbcr } from '../../../core/fields/translation.ts';
import type { RegisterPort } from '../host-cpu.ts';
import type { HypRegisters, InjectedFault, Injector } from '../hypervisor.ts';

/** CPSR (Arm ARM DDI 0406, B1.3.3). An entry keeps N Z C V Q, GE, A and F; IT and J become 0. */
const CPSR_KEPT = 0xf80f_0140;
const HIGH_VECTORS = 0xffff_0000;
/** FS by the long format's status, which the guest's walks are told by here whatever their format. */
const shortStatus: ReadonlyMap<number, number> = new Map(
  Object.values(WalkFault).flatMap(({ long, short }) =>
    short.flatMap((fs, i) => (fs === 0 ? [] : [[long | (i + 1), fs] as const])),
  ),
);

/** An exception's mode, vector, what LR has beyond the instruction's address in A32 and T32, and whether it masks A (B1.8.3). */
interface Entry {
  readonly bank: 'und' | 'abt';
  readonly mode: number;
  readonly vector: number;
  readonly lrOffset: readonly [a32: number, t32: number];
  readonly masksA: boolean;
}
const undefinedEntry: Entry = { bank: 'und', mode: Mode.und, vector: 0x04, lrOffset: [4, 2], masksA: false };
const prefetchAbortEntry: Entry = { bank: 'abt', mode: Mode.abt, vector: 0x0c, lrOffset: [4, 4], masksA: true };
const dataAbortEntry: Entry = { bank: 'abt', mode: Mode.abt, vector: 0x10, lrOffset: [8, 8], masksA: true };

/** The guest's registers that its exceptions need, under whatever names the hypervisor's state knows them by. */
export interface Pl1Registers {
  /** SCTLR, TTBCR, VBAR. */
  readonly sctlr: RegisterPort;
  readonly ttbcr: RegisterPort;
  readonly vbar: RegisterPort;
  /** Into the SPSR and the link register of a mode. */
  save(bank: 'und' | 'abt', spsr: number, link: number): void;
  /** Into DFSR and DFAR, IFSR and IFAR. */
  noteFault(access: 'instruction' | 'data', status: number, address: number): void;
}

/** Exceptions to EL1 in AArch32 state: to PL1 of ARMv7. */
export class Pl1Injector implements Injector {
  readonly #hyp: HypRegisters;
  readonly #guest: Pl1Registers;

  constructor(hyp: HypRegisters, guest: Pl1Registers) {
    this.#hyp = hyp;
    this.#guest = guest;
  }

  undefined(): void {
    this.#take(undefinedEntry);
  }

  abort(access: 'instruction' | 'data', { status = Fault.external.long, wnr, cm, far }: InjectedFault = {}): void {
    const isLong = (this.#guest.ttbcr.low() & Ttbcr.eae) !== 0;
    const code = isLong ? Fsr.lpae | status : shortFsr(shortStatus.get(status) ?? Fault.external.short);
    const direction = (wnr ? Fsr.wnr : 0) | (cm ? Fsr.cm : 0);
    const address = far === undefined ? this.#hyp.far(access).low() : low32(far);
    this.#guest.noteFault(access, code | direction, address);
    this.#take(access === 'data' ? dataAbortEntry : prefetchAbortEntry);
  }

  #take({ bank, mode, vector, lrOffset, masksA }: Entry): void {
    const { spsr, elr } = this.#hyp;
    const cpsr = spsr.low();
    const sctlr = this.#guest.sctlr.low();
    const offset = lrOffset[(cpsr & Cpsr.t) === 0 ? 0 : 1];
    this.#guest.save(bank, cpsr, (elr.low() + offset) >>> 0);
    const state =
      Cpsr.i |
      (masksA ? Cpsr.a : 0) |
      ((sctlr & Sctlr.te) !== 0 ? Cpsr.t : 0) |
      ((sctlr & Sctlr.ee) !== 0 ? Cpsr.e : 0);
    spsr.writeHalves(((cpsr & CPSR_KEPT) | state | mode) >>> 0, 0);
    const base = (sctlr & Sctlr.v) !== 0 ? HIGH_VECTORS : this.#guest.vbar.low();
    elr.writeHalves((base + vector) >>> 0, 0);
  }
}
