import { must } from '../../base/assert.ts';
import type { ListRegisterPort } from '../arm-common/vgic/list-registers.ts';
import type { GuestCpu, RegisterPort } from './guest-cpu.ts';

/** ICH_HCR_EL2 (IHI 0069, 12.4.5); EOIcount is in bits [31:27]. */
const IchHcr = { en: 1, uie: 1 << 1, lrenpie: 1 << 2 } as const;

/** ICH_LR<n>_EL2 as the vgic's port. Fields above bit 31: EOI 41, Priority [55:48], Group 60, State [63:62]. */
export class IchListRegisters implements ListRegisterPort {
  readonly #lr: readonly RegisterPort[];
  readonly #hcr: RegisterPort;

  constructor(cpu: GuestCpu) {
    const count = (cpu.register('ICH_VTR_EL2').low() & 0x1f) + 1;
    this.#lr = Array.from({ length: count }, (_, n) => cpu.register(`ICH_LR${n}_EL2`));
    this.#hcr = cpu.register('ICH_HCR_EL2');
  }

  get count(): number {
    return this.#lr.length;
  }

  write(lr: number, intid: number, priority: number, group: number, state: number, eoi: boolean): void {
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
}
