// armv7/: the hypervisor on an ARMv7 CPU, in Hyp mode; file by file as arm64/.

import { fromHalves, low32 } from '../../base/bits.ts';
import { Cpsr } from '../../core/fields/psr.ts';
import { Sctlr } from '../../core/fields/sctlr.ts';
import { Pl1Injector } from '../arm-common/aarch32/inject.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import { type ArmConfig, ArmHypervisor } from '../arm-common/hypervisor.ts';
import { type BoundTrap, bindTraps, type Outcome, type Trap } from '../arm-common/trap.ts';
import { GichListRegisters } from '../arm-common/vgic/gich.ts';
import { aarch32WalkLevel } from '../arm-common/walk-level.ts';
import { resetContext } from './context.ts';
import { emulateAccess } from './emulate.ts';
import type { GuestCpu } from './guest-cpu.ts';
import { type Armv7Host, Hyp } from './hyp.ts';
import { pl1Registers } from './inject.ts';
import { traps } from './traps.ts';

/** The GIC is a GICv2 always. */
export type Armv7Config = ArmConfig<GuestCpu> & Required<Pick<ArmConfig<GuestCpu>, 'cpuInterface'>>;

/** The resident hypervisor on one ARMv7 CPU: what vmm.ko and its part in HYP mode are to bhyve. */
export class Armv7Hypervisor extends ArmHypervisor<GuestCpu> {
  readonly hyp: Hyp;
  protected readonly traps: readonly BoundTrap[] = bindTraps<Armv7Host>(this, traps);

  constructor(config: Armv7Config) {
    const { cpu } = config;
    const hyp = new Hyp(cpu);
    super({
      name: 'armv7',
      config,
      registers: hyp,
      inject: new Pl1Injector(hyp, pl1Registers(cpu)),
      virtualInterface: new GichListRegisters(cpu.gich),
      virtualTimer: { ctl: cpu.register('CNTV_CTL'), cval: cpu.register('CNTV_CVAL') },
    });
    this.hyp = hyp;
  }

  protected resetLoaded(vcpu: number, entry: bigint, args: readonly bigint[]): void {
    resetContext(this.cpu, vcpu, entry, args);
  }

  gpr(n: number): bigint {
    return fromHalves(this.cpu.r(n), 0);
  }
  setGpr(n: number, low: number): void {
    this.cpu.setR(n, low);
  }

  bigEndian(): boolean {
    return (this.hyp.spsr.low() & Cpsr.e) !== 0;
  }

  emulateAccess(trap: Trap): Outcome {
    return emulateAccess(this, trap);
  }

  walkLevel(va: bigint, ipa: number): number {
    const { cpu } = this;
    const tables = {
      ttbcr: cpu.register('TTBCR').low(),
      ttbr0: cpu.register('TTBR0').read(),
      ttbr1: cpu.register('TTBR1').read(),
      bigEndian: (cpu.register('SCTLR').low() & Sctlr.ee) !== 0,
    };
    return aarch32WalkLevel(this.ports.memory, tables, low32(va), ipa);
  }

  /** `r0`…`r14`, `pc`, `cpsr`, or a register by its name in the Arm ARM. */
  protected guestRegister(name: string): Pick<RegisterPort, 'read' | 'write'> {
    const { cpu } = this;
    const n = Number(/^r(\d{1,2})$/.exec(name)?.[1]);
    if (!Number.isNaN(n))
      return { read: () => BigInt(cpu.r(n)), write: (value) => cpu.setR(n, Number(BigInt.asUintN(32, value))) };
    if (name === 'pc') return { read: () => cpu.guestPc(), write: (value) => cpu.setGuestPc(value) };
    if (name === 'cpsr')
      return { read: () => BigInt(cpu.guestPstate()), write: (value) => cpu.setGuestPstate(Number(value)) };
    return cpu.register(name);
  }
}
