import { fromHalves, high32, low32 } from '../base/bits.ts';
import { viewCell } from '../core/exception/modes.ts';
import * as cells from '../core/state/cells.ts';
import type { SystemCounter } from '../core/state/pe-state.ts';
import { SystemRegister } from '../core/system/index.ts';
import { cortexA57, type ProcessorModel } from '../core/system/models/index.ts';
import type { RegisterPort } from '../hyp/arm-common/host-cpu.ts';
import type { GuestCpu } from '../hyp/arm64/guest-cpu.ts';
import { cell32Port, cell64Port, EmulatedCpu } from './emulated-cpu.ts';

/** A processor with AArch64 at EL2. */
export class Arm64Cpu extends EmulatedCpu implements GuestCpu {
  constructor(
    hostBytes: number,
    counter: SystemCounter,
    gicVersion: 2 | 3,
    model: ProcessorModel = cortexA57,
    cpus = 1,
  ) {
    super(hostBytes, counter, { el: 2, entry: 0n, gicVersion, model, cpus });
  }

  // A guest that is paused in AArch32 state has the registers of its mode where R8 to R14 are; high halves never move.
  x(n: number): bigint {
    return fromHalves(this.xLow(n), this.xHigh(n));
  }
  setX(n: number, value: bigint): void {
    this.setXHalves(n, low32(value), high32(value));
  }
  xLow(n: number): number {
    return n === 31 ? 0 : this.cpu.get32(viewCell(this.cpu, n));
  }
  xHigh(n: number): number {
    return n === 31 ? 0 : this.cpu.get32(cells.X + 8 * n + 4);
  }
  setXHalves(n: number, low: number, high: number): void {
    if (n === 31) return;
    const cell = viewCell(this.cpu, n);
    this.cpu.set32(cell, low);
    this.cpu.set32(cells.X + 8 * n + 4, high);
    this.onGeneral?.(cell);
  }
  v(n: number, half: 0 | 1): bigint {
    return this.cpu.get64(cells.V + 16 * n + 8 * half);
  }
  setV(n: number, half: 0 | 1, value: bigint): void {
    this.cpu.set64(cells.V + 16 * n + 8 * half, value);
  }

  /** A system register, or one of the few special ones that are state of PSTATE's kind. */
  protected makePort(name: string): RegisterPort {
    const { cpu } = this;
    if (name === 'FPCR' || name === 'FPSR') return cell32Port(cpu, () => (name === 'FPCR' ? cells.FPCR : cells.FPSR));
    if (name === 'SP_EL0' || name === 'SP_EL1') return this.#stackPointerPort(name === 'SP_EL0' ? 0 : 1);
    return new SystemRegister(cpu, name);
  }
  /** SP_EL0 and SP_EL1 as EL2 sees them: banked while the CPU is there, else perhaps the current SP. */
  #stackPointerPort(el: 0 | 1): RegisterPort {
    const { cpu } = this;
    return cell64Port(cpu, () => {
      const current = cpu.get32(cells.SPSEL) === 0 ? 0 : cpu.el;
      return current === el ? cells.SP : cells.SP_EL + 8 * el;
    });
  }

  addressTranslate(operation: Parameters<GuestCpu['addressTranslate']>[0], va: bigint): void {
    this.mmu.at(operation, low32(va), high32(va));
  }
  invalidateVm(): void {
    this.mmu.tlbi('VMALLS12E1', 0, 0);
  }
  invalidateIpa(ipa: bigint): void {
    this.mmu.tlbi('IPAS2E1', low32(ipa >> 12n), high32(ipa >> 12n));
    this.mmu.tlbi('VMALLE1', 0, 0);
  }
}
