import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** HPFAR_EL2 (HPFAR) has the IPA's page, IPA[47:12], from bit 4 on. Arm ARM DDI 0487, HPFAR_EL2; DDI 0406C, HPFAR. */
const FIPA = ~0xf;

/** Tells the IPA of a stage 2 fault: in HPFAR of AArch32 the low half. */
export function setHpfar(cpu: PeState, ipa: number): void {
  const high = Math.floor(ipa / 2 ** 32);
  cpu.set32(sys.HPFAR_EL2, ((ipa >>> 8) | (high << 24)) & FIPA);
  cpu.set32(sys.HPFAR_EL2 + 4, high >>> 8);
}
