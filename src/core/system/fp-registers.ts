import { FPCR, FPSR } from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';

// FPCR and FPSR, which AArch32 has as one register, FPSCR. Arm ARM DDI 0487, C5.2.8, C5.2.9; DDI 0406C, B4.1.58.

/** AHP, DN, FZ, RMode, and Stride and Len, which are AArch32's: AArch64 keeps them. */
export const FPCR_MASK = 0x07f7_0000;
/** QC, IDC, IXC, UFC, OFC, DZC, IOC, and AArch32's N, Z, C, V. */
export const FPSR_MASK = 0xf800_009f;

export const readFpscr = (cpu: PeState): number => (cpu.get32(FPCR) | cpu.get32(FPSR)) >>> 0;
export function writeFpscr(cpu: PeState, value: number): void {
  cpu.set32(FPCR, value & FPCR_MASK);
  cpu.set32(FPSR, value & FPSR_MASK);
}
