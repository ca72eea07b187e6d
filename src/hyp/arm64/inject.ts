import { AbortIss, Ec, ESR_IL } from '../../core/fields/esr.ts';
import { Fault } from '../../core/fields/fault-status.ts';
import { Mode, Pstate } from '../../core/fields/psr.ts';
import type { Pl1Registers } from '../arm-common/aarch32/inject.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import type { InjectedFault, Injector } from '../arm-common/hypervisor.ts';
import { viewOfRegister } from './aarch32.ts';
import type { El2 } from './el2.ts';
import type { GuestCpu } from './guest-cpu.ts';

/** PSTATE on taking an exception to EL1: EL1h, D A I F masked. ARMv8.0 has no PAN. NZCV stay. */
const ENTRY_PSTATE = 0x3c5;

/** Offset from VBAR_EL1 by the mode that the exception comes from (Arm ARM DDI 0487, D1.3.1). */
const vectorOffset = (pstate: number): bigint => {
  if ((pstate & Pstate.aarch32) !== 0) return 0x600n;
  if ((pstate & Pstate.el) === 0) return 0x400n;
  return (pstate & Pstate.sp) === 0 ? 0n : 0x200n;
};

const fromEl0 = (pstate: number): boolean => (pstate & Pstate.aarch32) !== 0 || (pstate & Pstate.el) === 0;

/** Exceptions to EL1 in AArch64 state. */
export class El1Injector implements Injector {
  readonly #el2: El2;
  readonly #spsr: RegisterPort;
  readonly #elr: RegisterPort;
  readonly #esr: RegisterPort;
  readonly #far: RegisterPort;
  readonly #vbar: RegisterPort;

  constructor(el2: El2, cpu: GuestCpu) {
    this.#el2 = el2;
    this.#spsr = cpu.register('SPSR_EL1');
    this.#elr = cpu.register('ELR_EL1');
    this.#esr = cpu.register('ESR_EL1');
    this.#far = cpu.register('FAR_EL1');
    this.#vbar = cpu.register('VBAR_EL1');
  }

  undefined(): void {
    this.#take(Ec.unknown, 0, ESR_IL, null);
  }

  abort(access: 'instruction' | 'data', { status = Fault.external.long, wnr, cm, far }: InjectedFault = {}): void {
    const lower = fromEl0(this.#el2.spsr.low());
    const ec = access === 'data' ? (lower ? Ec.dabtLow : Ec.dabtCurrent) : lower ? Ec.iabtLow : Ec.iabtCurrent;
    const iss = status | (wnr ? AbortIss.wnr : 0) | (cm ? AbortIss.cm : 0);
    this.#take(ec, iss, this.#el2.syndrome.low() & ESR_IL, far ?? this.#el2.far().read());
  }

  #take(ec: number, iss: number, il: number, far: bigint | null): void {
    const { spsr, elr } = this.#el2;
    const pstate = spsr.low();
    this.#spsr.write(BigInt(pstate));
    this.#elr.write(elr.read());
    this.#esr.write(BigInt(((ec << 26) | il | iss) >>> 0));
    if (far !== null) this.#far.write(far);
    spsr.write(BigInt(((pstate & Pstate.nzcv) | ENTRY_PSTATE) >>> 0));
    elr.write(BigInt.asUintN(64, this.#vbar.read() + vectorOffset(pstate)));
  }
}

const LINK_REGISTER = 14;

/** The registers of a guest in AArch32 state, each by the one of AArch64 that it is mapped to. */
export function pl1Registers(cpu: GuestCpu): Pl1Registers {
  const dfsr = cpu.register('ESR_EL1');
  const ifsr = cpu.register('IFSR32_EL2');
  /** DFAR below, IFAR above. */
  const far = cpu.register('FAR_EL1');
  return {
    sctlr: cpu.register('SCTLR_EL1'),
    ttbcr: cpu.register('TCR_EL1'),
    vbar: cpu.register('VBAR_EL1'),
    save(bank, spsr, link) {
      cpu.register(`SPSR_${bank}`).writeHalves(spsr, 0);
      cpu.setXHalves(viewOfRegister(Mode[bank], LINK_REGISTER), link, 0);
    },
    noteFault(access, status, address) {
      if (access === 'data') {
        dfsr.writeHalves(status, 0);
        far.writeHalves(address, far.high());
      } else {
        ifsr.writeHalves(status, 0);
        far.writeHalves(far.low(), address);
      }
    },
  };
}
