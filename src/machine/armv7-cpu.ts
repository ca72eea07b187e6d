import { registerCell } from '../core/exception/modes.ts';
import { Cpsr } from '../core/fields/psr.ts';
import * as cells from '../core/state/cells.ts';
import type { SystemCounter } from '../core/state/pe-state.ts';
import { Cp15Register } from '../core/system/cp15/index.ts';
import { cortexA15, type ProcessorModel } from '../core/system/models/index.ts';
import type { GichPort, RegisterPort } from '../hyp/arm-common/host-cpu.ts';
import type { GuestCpu } from '../hyp/armv7/guest-cpu.ts';
import { EmulatedCpu } from './emulated-cpu.ts';

/** A processor without AArch64. */
export class Armv7Cpu extends EmulatedCpu implements GuestCpu {
  declare readonly gich: GichPort;

  constructor(hostBytes: number, counter: SystemCounter, model: ProcessorModel = cortexA15, cpus = 1) {
    super(hostBytes, counter, { el: 2, entry: 0n, gicVersion: 2, model, cpus });
  }

  #cell(n: number): number {
    return registerCell(this.cpu, this.guestPstate() & Cpsr.m, n);
  }
  r(n: number): number {
    return n === 15 ? 0 : this.cpu.get32(this.#cell(n));
  }
  setR(n: number, value: number): void {
    if (n === 15) return;
    const cell = this.#cell(n);
    this.cpu.set32(cell, value);
    this.onGeneral?.(cell);
  }
  d(n: number): bigint {
    return this.cpu.get64(cells.V + 8 * n);
  }
  setD(n: number, value: bigint): void {
    this.cpu.set64(cells.V + 8 * n, value);
  }

  protected makePort(name: string): RegisterPort {
    return new Cp15Register(this.cpu, name);
  }
  addressTranslate(operation: Parameters<GuestCpu['addressTranslate']>[0], va: number): void {
    this.mmu.at(operation, va, 0);
  }
  /** In HYP mode TLBIALL is for the whole of a guest. */
  invalidateVm(): void {
    this.mmu.tlbi('TLBIALL', 0, 0);
  }
}
