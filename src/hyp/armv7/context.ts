import { Cpsr } from '../../core/fields/psr.ts';
import { mpidr } from '../arm-common/affinity.ts';
import { resetGich } from '../arm-common/vgic/gich.ts';
import type { GuestCpu } from './guest-cpu.ts';

/**
 * The registers that belong to a vCPU and not to the VM, R0 to R7 aside, with the value of each at power-on; 0 stands for UNKNOWN ones too. SCTLR's is the Cortex-A15's: MMU and caches off, little-endian, A32.
 */
export const contextRegisters = {
  R8_usr: 0n,
  R9_usr: 0n,
  R10_usr: 0n,
  R11_usr: 0n,
  R12_usr: 0n,
  SP_usr: 0n,
  LR_usr: 0n,
  SP_svc: 0n,
  LR_svc: 0n,
  SPSR_svc: 0n,
  SP_abt: 0n,
  LR_abt: 0n,
  SPSR_abt: 0n,
  SP_und: 0n,
  LR_und: 0n,
  SPSR_und: 0n,
  SP_irq: 0n,
  LR_irq: 0n,
  SPSR_irq: 0n,
  R8_fiq: 0n,
  R9_fiq: 0n,
  R10_fiq: 0n,
  R11_fiq: 0n,
  R12_fiq: 0n,
  SP_fiq: 0n,
  LR_fiq: 0n,
  SPSR_fiq: 0n,
  SCTLR: 0x00c5_0078n,
  ACTLR: 0n,
  CPACR: 0n,
  TTBCR: 0n,
  TTBR0: 0n,
  TTBR1: 0n,
  DACR: 0n,
  DFSR: 0n,
  IFSR: 0n,
  ADFSR: 0n,
  AIFSR: 0n,
  DFAR: 0n,
  IFAR: 0n,
  PAR: 0n,
  PRRR: 0n,
  NMRR: 0n,
  AMAIR0: 0n,
  AMAIR1: 0n,
  VBAR: 0n,
  CONTEXTIDR: 0n,
  TPIDRURW: 0n,
  TPIDRURO: 0n,
  TPIDRPRW: 0n,
  CSSELR: 0n,
  TEECR: 0n,
  TEEHBR: 0n,
  FPSCR: 0n,
  FPEXC: 0n,
  CNTKCTL: 0n,
  CNTV_CTL: 0n,
  CNTV_CVAL: 0n,
} as const satisfies { readonly [name: string]: bigint };

/** Supervisor mode with A, I and F masked; T as the entry point's bit 0 says. */
const RESET_CPSR = 0x1d3;
/** R0 to R7, which no mode banks. */
const UNBANKED = 8;
const D_REGISTERS = 32;

/** Leaves the vCPU as at power-on, to start at `entry` (bit 0: in T32) with `args` in R0 and on. */
export function resetContext(cpu: GuestCpu, vcpu: number, entry: bigint, args: readonly bigint[]): void {
  cpu.register('VMPIDR').write(mpidr(vcpu));
  cpu.setGuestPc(entry & ~1n);
  cpu.setGuestPstate(RESET_CPSR | ((entry & 1n) === 1n ? Cpsr.t : 0));
  for (const [name, reset] of Object.entries(contextRegisters)) cpu.register(name).write(reset);
  resetGich(cpu.gich);
  for (let n = 0; n < UNBANKED; n++) cpu.setR(n, Number(BigInt.asUintN(32, args[n] ?? 0n)));
  for (let n = 0; n < D_REGISTERS; n++) cpu.setD(n, 0n);
}
