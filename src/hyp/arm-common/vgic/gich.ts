import { GICH_VMCR_RESET, GichLr, IchHcr, Vmcr } from '../../../core/fields/gic.ts';
import type { GichPort } from '../host-cpu.ts';
import type { InterfaceMask, ListRegisterEntry, VirtualInterface } from './list-registers.ts';

/** IHI 0048B, 5.3. */
export const Gich = {
  hcr: 0x000,
  vtr: 0x004,
  vmcr: 0x008,
  misr: 0x010,
  apr: 0x0f0,
  lr: (n: number): number => 0x100 + 4 * n,
} as const;

/** GICH_LR<n> as the vgic's port: State [29:28], Priority [27:23], EOI 19, CPUID [12:10]; Grp1 30. */
export class GichListRegisters implements VirtualInterface {
  readonly #port: GichPort;
  readonly count: number;

  constructor(port: GichPort) {
    this.#port = port;
    this.count = (port.read(Gich.vtr) & 0x3f) + 1;
  }

  write(lr: number, { intid, source, priority, group, state, eoi }: ListRegisterEntry): void {
    const rest = (eoi ? GichLr.eoi : 0) | (source << GichLr.cpuidShift) | intid;
    this.#port.write(
      Gich.lr(lr),
      ((group << GichLr.groupShift) |
        (state << GichLr.stateShift) |
        ((priority >>> 3) << GichLr.priorityShift) |
        rest) >>>
        0,
    );
  }
  clear(lr: number): void {
    this.#port.write(Gich.lr(lr), 0);
  }
  state(lr: number): number {
    return (this.#port.read(Gich.lr(lr)) >>> GichLr.stateShift) & 3;
  }
  control(underflow: boolean, noEntry: boolean): void {
    this.#port.write(Gich.hcr, IchHcr.en | (underflow ? IchHcr.uie : 0) | (noEntry ? IchHcr.lrenpie : 0));
  }
  eoiCount(): number {
    return this.#port.read(Gich.hcr) >>> IchHcr.eoicountShift;
  }
  misr(): number {
    return this.#port.read(Gich.misr);
  }
  mask(): InterfaceMask {
    const vmcr = this.#port.read(Gich.vmcr);
    return { priority: vmcr >>> Vmcr.vpmrShift, group0: (vmcr & Vmcr.veng0) !== 0, group1: (vmcr & Vmcr.veng1) !== 0 };
  }
}

/** What of a vCPU's interface is not in list registers gets its value at power-on. */
export function resetGich(port: GichPort): void {
  port.write(Gich.vmcr, GICH_VMCR_RESET);
  port.write(Gich.apr, 0);
}
