import { PAGE_BYTES } from '../../base/page.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** HPFAR_EL2 (HPFAR) has the IPA's page from bit 4 on. Arm ARM DDI 0487, HPFAR_EL2; DDI 0406C, HPFAR. */
const FIPA = 16;

/** Tells the IPA of a stage 2 fault: in HPFAR of AArch32 the low half. */
export function setHpfar(cpu: PeState, ipa: number): void {
  const fipa = Math.floor(ipa / PAGE_BYTES) * FIPA;
  cpu.set32(sys.HPFAR_EL2, fipa);
  cpu.set32(sys.HPFAR_EL2 + 4, fipa / 2 ** 32);
}
