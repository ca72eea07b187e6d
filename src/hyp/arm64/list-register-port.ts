import { must } from '../../base/assert.ts';
import { IchHcr, Lr, Vmcr } from '../../core/fields/gic.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import type { InterfaceMask, ListRegisterEntry, VirtualInterface } from '../arm-common/vgic/list-registers.ts';
import type { GuestCpu } from './guest-cpu.ts';

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
    const rest = (priority << Lr.priorityShift) | (eoi ? Lr.eoi : 0);
    const high = ((state << Lr.stateShift) | (group << Lr.groupShift) | rest) >>> 0;
    must(this.#lr[lr], 'list register').writeHalves(intid, high);
  }

  clear(lr: number): void {
    must(this.#lr[lr], 'list register').writeHalves(0, 0);
  }

  state(lr: number): number {
    return must(this.#lr[lr], 'list register').high() >>> Lr.stateShift;
  }

  control(underflow: boolean, noEntry: boolean): void {
    this.#hcr.writeHalves(IchHcr.en | (underflow ? IchHcr.uie : 0) | (noEntry ? IchHcr.lrenpie : 0), 0);
  }

  eoiCount(): number {
    return this.#hcr.low() >>> IchHcr.eoicountShift;
  }

  misr(): number {
    return this.#misr.low();
  }

  mask(): InterfaceMask {
    const vmcr = this.#vmcr.low();
    return { priority: vmcr >>> Vmcr.vpmrShift, group0: (vmcr & Vmcr.veng0) !== 0, group1: (vmcr & Vmcr.veng1) !== 0 };
  }
}
