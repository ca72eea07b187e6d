import { type VcpuId, vcpuId } from '../../base/brands.ts';
import type { PowerState } from './arch.ts';
import { Stats } from './stats.ts';

/** One vCPU's life as the vmm sees it; its registers are the architecture's. */
export class Vcpu {
  readonly id: VcpuId;
  readonly stats: Stats;
  /** Saved by Vm, as the others. */
  power: PowerState = 'off';
  /** It executed a wait instruction and no interrupt has come yet. Saved by Vm. */
  waiting = false;
  /** The deadline that it waits for, as the tape was told; 0 while it does not wait. Saved by Vm. */
  idleUntil = 0;

  constructor(id: number, statNames: readonly string[]) {
    this.id = vcpuId(id);
    this.stats = new Stats(statNames);
  }

  wake(): void {
    this.waiting = false;
    this.idleUntil = 0;
  }

  get runnable(): boolean {
    return this.power === 'on' && !this.waiting;
  }
}
