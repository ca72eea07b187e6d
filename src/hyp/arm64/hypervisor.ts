// arm64/: the hypervisor on a CPU with AArch64, for guests of either state.

import { Cpsr, Pstate } from '../../core/fields/psr.ts';
import { Sctlr } from '../../core/fields/sctlr.ts';
import { isAarch32 } from '../arm-common/aarch32/condition.ts';
import { Pl1Injector } from '../arm-common/aarch32/inject.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import { type ArmConfig, ArmHypervisor } from '../arm-common/hypervisor.ts';
import { type BoundTrap, bindTraps, type Outcome, type Trap } from '../arm-common/trap.ts';
import { GichListRegisters } from '../arm-common/vgic/gich.ts';
import { viewOfRegister } from './aarch32.ts';
import { resetContext } from './context.ts';
import { type Arm64Host, El2 } from './el2.ts';
import { emulateAccess } from './emulate.ts';
import type { GuestCpu } from './guest-cpu.ts';
import { El1Injector, pl1Registers } from './inject.ts';
import { IchListRegisters } from './list-register-port.ts';
import { traps } from './traps.ts';
import { walkLevel } from './walk-level.ts';

/** Likewise of a host with AArch64. */
export interface Arm64Config extends ArmConfig<GuestCpu> {
  /** The guest's EL1 is in AArch32 state: HCR_EL2.RW is 0. It has no system registers of a GICv3. */
  readonly guestAarch32?: boolean;
}

/** The resident hypervisor on one AArch64 CPU: what vmm.ko and its EL2 part are to bhyve. */
export class Arm64Hypervisor extends ArmHypervisor<GuestCpu> {
  readonly el2: El2;
  protected readonly traps: readonly BoundTrap[] = bindTraps<Arm64Host>(this, traps);

  constructor(config: Arm64Config) {
    const { cpu, guestAarch32 = false } = config;
    const el2 = new El2(cpu, guestAarch32);
    super({
      name: 'arm64',
      config,
      registers: el2,
      inject: guestAarch32 ? new Pl1Injector(el2, pl1Registers(cpu)) : new El1Injector(el2, cpu),
      virtualInterface: cpu.gich ? new GichListRegisters(cpu.gich) : new IchListRegisters(cpu),
      virtualTimer: { ctl: cpu.register('CNTV_CTL_EL0'), cval: cpu.register('CNTV_CVAL_EL0') },
    });
    this.el2 = el2;
  }

  protected resetLoaded(vcpu: number, entry: bigint, args: readonly bigint[]): void {
    resetContext(this.cpu, vcpu, entry, args);
  }

  gpr(n: number): bigint {
    return this.cpu.x(n);
  }
  setGpr(n: number, low: number, high: number): void {
    this.cpu.setXHalves(n, low, high);
  }

  bigEndian(): boolean {
    const pstate = this.el2.spsr.low();
    if (isAarch32(pstate)) return (pstate & Cpsr.e) !== 0;
    const sctlr = this.el2.sctlr.low();
    return (sctlr & ((pstate & Pstate.el) === 0 ? Sctlr.e0e : Sctlr.ee)) !== 0;
  }

  emulateAccess(trap: Trap): Outcome {
    return emulateAccess(this, trap);
  }

  walkLevel(va: bigint, ipa: number): number {
    return walkLevel(this, va, ipa);
  }

  /** `x0`…`x30`, `pc`, `pstate`, or a system register by its name; `r0`…`r14` of the mode, where that is one of AArch32. */
  protected guestRegister(name: string): Pick<RegisterPort, 'read' | 'write'> {
    const { cpu } = this;
    const [, kind, number] = /^([xr])(\d{1,2})$/.exec(name) ?? [];
    if (kind === 'x') return this.#generalRegister(Number(number));
    const mode = cpu.guestPstate();
    if (kind === 'r' && isAarch32(mode)) return this.#generalRegister(viewOfRegister(mode, Number(number)));
    if (name === 'pc') return { read: () => cpu.guestPc(), write: (value) => cpu.setGuestPc(value) };
    if (name === 'pstate')
      return { read: () => BigInt(cpu.guestPstate()), write: (value) => cpu.setGuestPstate(Number(value)) };
    return cpu.register(name);
  }

  #generalRegister(n: number): Pick<RegisterPort, 'read' | 'write'> {
    return { read: () => this.cpu.x(n), write: (value) => this.cpu.setX(n, value) };
  }
}
