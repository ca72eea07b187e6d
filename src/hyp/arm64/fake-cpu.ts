import { must } from '../../base/assert.ts';
import { fromHalves, high32, low32 } from '../../base/bits.ts';
import type { SystemCounter } from '../../core/cpu.ts';
import { Ec } from '../../core/exception/types.ts';
import type { EnterResult, RegisterPort } from '../arm-common/host-cpu.ts';
import type { GuestCpu } from './guest-cpu.ts';

const HOST_BYTES = 16 * 1024 * 1024;

/** A CPU for tests: registers that hold what is written, and a guest that is a list of what it does at each entry. */
export class FakeCpu implements GuestCpu {
  icount = 0;
  readonly counter: SystemCounter = {
    frequency: 62_500_000,
    countAt: (icount) => BigInt(Math.floor(icount / 16)),
    icountAt: (count) => (count >= 1n << 48n ? Number.POSITIVE_INFINITY : Number(count) * 16),
  };
  readonly host;
  readonly registers = new Map<string, bigint>();
  readonly ports = new Map<string, RegisterPort>();
  readonly lines = new Set<number>();
  readonly enabled = new Set<number>();
  readonly interrupts = {
    level: (ppi: number): boolean => this.lines.has(ppi),
    setEnabled: (ppi: number, on: boolean): void => {
      if (on) this.enabled.add(ppi);
      else this.enabled.delete(ppi);
    },
  };
  readonly #x = new Array<bigint>(31).fill(0n);
  readonly #v = new Array<bigint>(64).fill(0n);
  /** What the guest does, an element an entry. */
  readonly script: ((untilIcount: number) => EnterResult)[] = [];

  constructor() {
    const memory = new ArrayBuffer(HOST_BYTES);
    this.host = { bytes: new Uint8Array(memory), words: new Uint32Array(memory) };
    // Four list registers, as a Cortex-A57.
    this.registers.set('ICH_VTR_EL2', 3n);
  }

  retire(): void {
    this.icount++;
  }
  x(n: number): bigint {
    return n === 31 ? 0n : must(this.#x[n], 'X register');
  }
  setX(n: number, value: bigint): void {
    if (n !== 31) this.#x[n] = value;
  }
  xLow(n: number): number {
    return low32(this.x(n));
  }
  xHigh(n: number): number {
    return high32(this.x(n));
  }
  setXHalves(n: number, low: number, high: number): void {
    this.setX(n, fromHalves(low, high));
  }
  v(n: number, half: 0 | 1): bigint {
    return must(this.#v[2 * n + half], 'V register');
  }
  setV(n: number, half: 0 | 1, value: bigint): void {
    this.#v[2 * n + half] = value;
  }

  register(name: string): RegisterPort {
    const known = this.ports.get(name);
    if (known) return known;
    const read = (): bigint => this.get(name) | (name === 'CNTV_CTL_EL0' && this.#timerMet() ? 4n : 0n);
    const port: RegisterPort = {
      read,
      write: (value) => void this.registers.set(name, BigInt.asUintN(64, value)),
      low: () => low32(read()),
      high: () => high32(read()),
      writeHalves: (low, high) => void this.registers.set(name, fromHalves(low, high)),
    };
    this.ports.set(name, port);
    return port;
  }
  /** CNTV_CTL_EL0.ISTATUS. */
  #timerMet(): boolean {
    return (this.get('CNTV_CTL_EL0') & 1n) !== 0n && this.counter.countAt(this.icount) >= this.get('CNTV_CVAL_EL0');
  }
  get(name: string): bigint {
    return this.registers.get(name) ?? 0n;
  }
  set(name: string, value: bigint): void {
    this.registers.set(name, value);
  }

  /** An identity translation. */
  addressTranslate(_operation: string, va: bigint): void {
    this.set('PAR_EL1', va & 0xffff_ffff_f000n);
  }
  invalidateVm(): void {}
  invalidateIpa(): void {}
  guestPc(): bigint {
    return this.get('ELR_EL2');
  }
  setGuestPc(value: bigint): void {
    this.set('ELR_EL2', value);
  }
  guestPstate(): number {
    return low32(this.get('SPSR_EL2'));
  }
  setGuestPstate(value: number): void {
    this.set('SPSR_EL2', BigInt(value));
  }
  enter(untilIcount: number): EnterResult {
    const step = this.script.shift();
    if (step) return step(untilIcount);
    this.icount = Math.max(this.icount, untilIcount);
    return 'budget';
  }

  /** The guest takes a synchronous exception to EL2. Only a call is retired by that. */
  trap(ec: number, iss: number, fault: { far?: bigint; ipa?: number } = {}): 'sync' {
    this.set('ESR_EL2', BigInt(((ec << 26) | (1 << 25) | iss) >>> 0));
    this.set('FAR_EL2', fault.far ?? BigInt(fault.ipa ?? 0));
    this.set('HPFAR_EL2', BigInt(Math.floor((fault.ipa ?? 0) / 4096)) << 4n);
    if (ec === Ec.hvc64) this.icount++;
    return 'sync';
  }
}
