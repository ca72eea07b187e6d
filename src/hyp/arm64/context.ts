import { must } from '../../base/assert.ts';
import { Cpsr } from '../../core/fields/psr.ts';
import { mpidr } from '../arm-common/affinity.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import { gichContext } from '../arm-common/vgic/gich.ts';
import { isAarch32Guest } from './el2.ts';
import type { GuestCpu } from './guest-cpu.ts';

/**
 * The system registers that belong to a vCPU and not to the VM: what a switch of vCPUs saves and loads. With each its
 * value at power-on; 0 stands for UNKNOWN ones too. SCTLR_EL1's are its RES1 bits: MMU and caches off, little-endian.
 */
export const contextRegisters = {
  SCTLR_EL1: 0x30d0_0800n,
  ACTLR_EL1: 0n,
  CPACR_EL1: 0n,
  TTBR0_EL1: 0n,
  TTBR1_EL1: 0n,
  TCR_EL1: 0n,
  MAIR_EL1: 0n,
  AMAIR_EL1: 0n,
  CONTEXTIDR_EL1: 0n,
  VBAR_EL1: 0n,
  ELR_EL1: 0n,
  SPSR_EL1: 0n,
  ESR_EL1: 0n,
  FAR_EL1: 0n,
  AFSR0_EL1: 0n,
  AFSR1_EL1: 0n,
  PAR_EL1: 0n,
  CSSELR_EL1: 0n,
  SP_EL0: 0n,
  SP_EL1: 0n,
  TPIDR_EL0: 0n,
  TPIDRRO_EL0: 0n,
  TPIDR_EL1: 0n,
  MDSCR_EL1: 0n,
  FPCR: 0n,
  FPSR: 0n,
  CNTKCTL_EL1: 0n,
  CNTV_CTL_EL0: 0n,
  CNTV_CVAL_EL0: 0n,
} as const satisfies { readonly [name: string]: bigint };
/** Of the GICv3's virtual CPU interface; a GICv2's has `gichContext` instead. */
const interfaceRegisters = {
  ICH_VMCR_EL2: 0n,
  ICH_AP0R0_EL2: 0n,
  ICH_AP1R0_EL2: 0n,
} as const satisfies { readonly [name: string]: bigint };

/**
 * Of a guest whose EL1 is in AArch32 state: what AArch64 has no registers of its own for. SPSR_svc is SPSR_EL1, DFSR ESR_EL1;
 * the banks of R8 to R14 lie in X8 to X30.
 */
const aarch32Registers = {
  DACR32_EL2: 0n,
  IFSR32_EL2: 0n,
  SPSR_abt: 0n,
  SPSR_und: 0n,
  SPSR_irq: 0n,
  SPSR_fiq: 0n,
  FPEXC32_EL2: 0n,
} as const satisfies { readonly [name: string]: bigint };
/** SCTLR at reset of the Cortex-A57 (DDI 0488, chapter 4): RES1 bits, CP15BEN, nTWI and nTWE. */
const SCTLR_AARCH32 = 0x00c5_0838n;

/** EL1h with D, A, I and F masked. */
const RESET_PSTATE = 0x3c5;
/** Supervisor mode with A, I and F masked; T as the entry point's bit 0 says. */
const RESET_CPSR = 0x1d3;

/** A vCPU's registers while it is not on the CPU. */
export interface Context {
  readonly pc: bigint;
  readonly pstate: number;
  readonly x: readonly bigint[];
  /** V0 low, V0 high, V1 low, … */
  readonly v: readonly bigint[];
  /** In the order of `contextRegisters`, AArch32's, then those of the virtual CPU interface. */
  readonly system: readonly bigint[];
}

interface ContextRegister extends Pick<RegisterPort, 'read' | 'write'> {
  readonly name: string;
  readonly reset: bigint;
}

function registersOf(cpu: GuestCpu): readonly ContextRegister[] {
  const named = (registers: { readonly [name: string]: bigint }): ContextRegister[] =>
    Object.entries(registers).map(([name, reset]) => {
      const port = cpu.register(name);
      return { name, reset, read: () => port.read(), write: (value) => port.write(value) };
    });
  const own = isAarch32Guest(cpu)
    ? { ...contextRegisters, SCTLR_EL1: SCTLR_AARCH32, ...aarch32Registers }
    : contextRegisters;
  return [...named(own), ...(cpu.gich ? gichContext(cpu.gich) : named(interfaceRegisters))];
}

/** Leaves the vCPU as at power-on, to start at `entry` with `args` in X0 and on: R0 and on of AArch32, with bit 0 of the entry for T32. */
export function resetContext(cpu: GuestCpu, vcpu: number, entry: bigint, args: readonly bigint[]): void {
  const inAarch32 = isAarch32Guest(cpu);
  const thumb = inAarch32 ? entry & 1n : 0n;
  loadContext(cpu, vcpu, {
    pc: entry - thumb,
    pstate: inAarch32 ? RESET_CPSR | (thumb ? Cpsr.t : 0) : RESET_PSTATE,
    x: Array.from({ length: 31 }, (_, n) => BigInt.asUintN(inAarch32 ? 32 : 64, args[n] ?? 0n)),
    v: new Array<bigint>(64).fill(0n),
    system: registersOf(cpu).map((register) => register.reset),
  });
}

/** The registers of the vCPU that is on the CPU. */
export function saveContext(cpu: GuestCpu): Context {
  return {
    pc: cpu.guestPc(),
    pstate: cpu.guestPstate(),
    x: Array.from({ length: 31 }, (_, n) => cpu.x(n)),
    v: Array.from({ length: 64 }, (_, i) => cpu.v(i >> 1, (i & 1) as 0 | 1)),
    system: registersOf(cpu).map((register) => register.read()),
  };
}

/** Puts a vCPU onto the CPU. */
export function loadContext(cpu: GuestCpu, vcpu: number, context: Context): void {
  cpu.register('VMPIDR_EL2').write(mpidr(vcpu));
  registersOf(cpu).forEach((register, i) => {
    register.write(must(context.system[i], register.name));
  });
  for (let n = 0; n < 31; n++) cpu.setX(n, must(context.x[n], 'X register'));
  for (let i = 0; i < 64; i++) cpu.setV(i >> 1, (i & 1) as 0 | 1, must(context.v[i], 'V register'));
  cpu.setGuestPc(context.pc);
  cpu.setGuestPstate(context.pstate);
}
