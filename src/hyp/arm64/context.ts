import { Cpsr } from '../../core/fields/psr.ts';
import { mpidr } from '../arm-common/affinity.ts';
import { resetGich } from '../arm-common/vgic/gich.ts';
import { isAarch32Guest } from './el2.ts';
import type { GuestCpu } from './guest-cpu.ts';

/**
 * The system registers that belong to a vCPU and not to the VM, with the value of each at power-on; 0 stands for UNKNOWN ones too. SCTLR_EL1's are its RES1 bits: MMU and caches off, little-endian.
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
/** Of the GICv3's virtual CPU interface; a GICv2's has `resetGich` instead. */
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

/** Leaves the vCPU as at power-on, to start at `entry` with `args` in X0 and on: R0 and on of AArch32, with bit 0 of the entry for T32. */
export function resetContext(cpu: GuestCpu, vcpu: number, entry: bigint, args: readonly bigint[]): void {
  const inAarch32 = isAarch32Guest(cpu);
  const thumb = inAarch32 ? entry & 1n : 0n;
  const registers = inAarch32
    ? { ...contextRegisters, SCTLR_EL1: SCTLR_AARCH32, ...aarch32Registers }
    : contextRegisters;
  cpu.register('VMPIDR_EL2').write(mpidr(vcpu));
  for (const [name, reset] of Object.entries(registers)) cpu.register(name).write(reset);
  if (cpu.gich) resetGich(cpu.gich);
  else for (const [name, reset] of Object.entries(interfaceRegisters)) cpu.register(name).write(reset);
  for (let n = 0; n < 31; n++) cpu.setX(n, BigInt.asUintN(inAarch32 ? 32 : 64, args[n] ?? 0n));
  for (let i = 0; i < 64; i++) cpu.setV(i >> 1, (i & 1) as 0 | 1, 0n);
  cpu.setGuestPc(entry - thumb);
  cpu.setGuestPstate(inAarch32 ? RESET_CPSR | (thumb ? Cpsr.t : 0) : RESET_PSTATE);
}
