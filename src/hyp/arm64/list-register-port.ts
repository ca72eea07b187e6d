import { must } from '../../base/assert.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import type { ListRegisterEntry, VirtualInterface } from '../arm-common/vgic/list-registers.ts';
import type { GuestCpu } from './guest-cpu.ts';

/** ICH_HCR_EL2 (IHI 0069, 12.4.5); EOIcount is in bits [31:27]. */
const IchHcr = { en: 1, uie: 1 << 1, lrenpie: 1 << 2 } as const;

/** ICH_VMCR_EL2: VENG0, VENG1; VPMR in [31:24]. */
const VMCR_ENG0 = 1;
const VMCR_ENG1 = 2;

/** ICH_LR<n>_EL2 as the vgic's port. Fields above bit 31: EOI 41, Priority [55:48], Group 60, State [63:62]. */
export class IchListRegisters implements VirtualInterface {
  readonly #lr: readonly RegisterPort[];
  readonly #hcr: RegisterPort;
  readonly #vmcr: RegisterPort;
  readonly #misr: RegisterPort;

  constructor(cpu: GuestCpu) {
    const count = (cpu.register('ICH_VTR_EL2').low() & 0x1f) + 1;
    this.#lr = Array.from({ length: count }, (_, n) => cpu.register(`ICH_LR${n}_EL2`));
    this.#hcr = cpu.register('ICH_HCR_EL2');
    this.#vmcr = cpu.register('ICH_VMCR_EL2');
    this.#misr = cpu.register('ICH_MISR_EL2');
  }

  get count(): number {
    return this.#lr.length;
  }

  write(lr: number, { intid, priority, group, state, eoi }: ListRegisterEntry): void {
    const high = ((state << 30) | (group << 28) | (priority << 16) | (eoi ? 1 << 9 : 0)) >>> 0;
    must(this.#lr[lr], 'list register').writeHalves(intid, high);
  }

  clear(lr: number): void {
    must(this.#lr[lr], 'list register').writeHalves(0, 0);
  }

  state(lr: number): number {
    return must(this.#lr[lr], 'list register').high() >>> 30;
  }

  control(underflow: boolean, noEntry: boolean): void {
    this.#hcr.writeHalves(IchHcr.en | (underflow ? IchHcr.uie : 0) | (noEntry ? IchHcr.lrenpie : 0), 0);
  }

  eoiCount(): number {
    return this.#hcr.low() >>> 27;
  }

  misr(): number {
    return this.#misr.low();
  }

  mask(): { readonly priority: number; readonly group0: boolean; readonly group1: boolean } {
    const vmcr = this.#vmcr.low();
    return { priority: vmcr >>> 24, group0: (vmcr & VMCR_ENG0) !== 0, group1: (vmcr & VMCR_ENG1) !== 0 };
  }
}
