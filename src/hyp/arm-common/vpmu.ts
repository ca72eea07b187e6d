import { type Field, flag, list, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import { IrqSource } from '../../trace/events/index.ts';
import type { HostInterrupts } from './host-cpu.ts';
import type { Vgic } from './vgic/model.ts';

/** What the interrupt of a VM's performance monitors is made for. */
export interface VpmuConfig {
  readonly vgic: Vgic;
  readonly interrupts: HostInterrupts;
  /** INTID of the host's private interrupt, and of the guest's. */
  readonly hostIntid: number;
  readonly intid: number;
}

/**
 * The guest has the CPU's performance monitors, all of them (HPMN), with no exit. Their overflow interrupt comes to the host, and is the
 * guest's by way of the vgic: a level, which is followed as that of a direct virtual timer is. The guest makes it low by clearing
 * the overflow, which the end of the interrupt at the latest shows. Arm ARM DDI 0487, D11.6, "Behavior on overflow".
 */
export class Vpmu implements Stateful {
  readonly name = 'vpmu';
  readonly version = 1;
  readonly #config: VpmuConfig;
  /** By vCPU: the line is high at the vgic, and masked at the host, or the guest could not be entered. */
  readonly #lines: boolean[];
  readonly #fields: Field<{ lines: boolean[] }>;

  constructor(config: VpmuConfig) {
    this.#config = config;
    const { vcpus } = config.vgic;
    this.#lines = Array.from({ length: vcpus }, () => false);
    this.#fields = record<{ lines: boolean[] }>({ lines: list(flag, vcpus) });
  }

  /** Of the loaded PE: lets the interrupt leave the guest. */
  setUp(): void {
    this.#config.interrupts.setEnabled(this.#config.hostIntid, true);
  }
  /** Has it come to the host? */
  isDue(): boolean {
    return this.#config.interrupts.level(this.#config.hostIntid);
  }
  /** Does the line need to be looked at after every exit? */
  isHigh(vcpu: number): boolean {
    return this.#lines[vcpu] as boolean;
  }
  /** Follows the line of the loaded PE. */
  sync(vcpu: number): void {
    const { vgic, interrupts, hostIntid, intid } = this.#config;
    const level = this.isDue();
    if (level === this.#lines[vcpu]) return;
    this.#lines[vcpu] = level;
    interrupts.setEnabled(hostIntid, !level);
    vgic.setLine(vcpu, intid, level, IrqSource.monitor);
  }

  save(): PlainMap {
    return { lines: [...this.#lines] };
  }
  restore(saved: PlainMap): void {
    const { lines } = this.#fields.read(saved, '');
    for (const [vcpu, line] of lines.entries()) this.#lines[vcpu] = line;
  }
}
