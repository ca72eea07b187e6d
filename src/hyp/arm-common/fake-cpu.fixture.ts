import { fromHalves, high32, low32 } from '../../base/bits.ts';
import type { SystemCounter } from '../../core/state/pe-state.ts';
import type { EnterResult, GichPort, HostCpu, HostMemory, RegisterPort } from './host-cpu.ts';

const HOST_BYTES = 16 * 1024 * 1024;

/** What a test's CPU calls its registers. */
export interface FakeNames {
  readonly syndrome: string;
  readonly elr: string;
  readonly spsr: string;
  readonly hpfar: string;
  /** All that take a faulting address. */
  readonly far: readonly string[];
  readonly timerCtl: string;
  readonly timerCval: string;
  /** Where an address translation leaves its result. */
  readonly par: string;
}

/** A CPU for tests: registers that hold what is written, and a guest that is a list of what it does at each entry. */
export abstract class FakeHostCpu implements HostCpu {
  readonly pes = 1;
  readonly loaded = 0;
  readonly isExclusive = false;
  icount = 0;
  readonly stall = { at: 0, exceptions: 0 };
  readonly counter: SystemCounter = {
    frequency: 62_500_000,
    countAt: (icount) => BigInt(Math.floor(icount / 16)),
    icountAt: (count) => (count >= 1n << 48n ? Number.POSITIVE_INFINITY : Number(count) * 16),
  };
  readonly host: HostMemory;
  readonly gich: GichPort | null = null;
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
  /** What the guest does, an element an entry. */
  readonly script: ((untilIcount: number) => EnterResult)[] = [];
  protected readonly names: FakeNames;

  protected constructor(names: FakeNames) {
    this.names = names;
    const memory = new ArrayBuffer(HOST_BYTES);
    const bytes = new Uint8Array(memory);
    const words = new Uint32Array(memory);
    this.host = {
      bytes,
      words,
      write: (pa, from) => bytes.set(from, pa),
      zero: (pa, count) => void bytes.fill(0, pa, pa + count),
      store: (pa, low, high) => words.set([low, high], pa >>> 2),
    };
  }

  load(): void {}
  endTurn(): void {}
  peek<T>(_pe: number, look: () => T): T {
    return look();
  }
  retire(): void {
    this.icount++;
  }

  register(name: string): RegisterPort {
    const known = this.ports.get(name);
    if (known) return known;
    const read = (): bigint => this.get(name) | (name === this.names.timerCtl && this.#timerMet() ? 4n : 0n);
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
  /** ISTATUS of the virtual timer. */
  #timerMet(): boolean {
    const { timerCtl, timerCval } = this.names;
    return (this.get(timerCtl) & 1n) !== 0n && this.counter.countAt(this.icount) >= this.get(timerCval);
  }
  get(name: string): bigint {
    return this.registers.get(name) ?? 0n;
  }
  set(name: string, value: bigint): void {
    this.registers.set(name, value);
  }

  /** An identity translation. */
  addressTranslate(_operation: string, va: bigint | number): void {
    this.set(this.names.par, BigInt(va) & 0xffff_ffff_f000n);
  }
  invalidateVm(): void {}
  guestPc(): bigint {
    return this.get(this.names.elr);
  }
  setGuestPc(value: bigint): void {
    this.set(this.names.elr, value);
  }
  guestPstate(): number {
    return low32(this.get(this.names.spsr));
  }
  setGuestPstate(value: number): void {
    this.set(this.names.spsr, BigInt(value));
  }
  enter(untilIcount: number): EnterResult {
    const step = this.script.shift();
    if (step) return step(untilIcount);
    this.icount = Math.max(this.icount, untilIcount);
    return 'budget';
  }

  /** A general-purpose register of the guest's mode. */
  abstract gpr(n: number): bigint;
  abstract setGpr(n: number, value: bigint): void;
  /** Exception classes of calls, which are retired by being taken. */
  protected abstract isCall(ec: number): boolean;

  /** The guest takes a synchronous exception to the hypervisor. */
  trap(ec: number, iss: number, fault: { far?: bigint; ipa?: number } = {}, length: 2 | 4 = 4): 'sync' {
    const { syndrome, far, hpfar } = this.names;
    const il = length === 4 ? 1 << 25 : 0;
    this.set(syndrome, BigInt(((ec << 26) | il | iss) >>> 0));
    for (const name of far) this.set(name, fault.far ?? BigInt(fault.ipa ?? 0));
    this.set(hpfar, BigInt(Math.floor((fault.ipa ?? 0) / 4096)) << 4n);
    if (this.isCall(ec)) {
      this.icount++;
      this.set(this.names.elr, this.get(this.names.elr) + BigInt(length));
    }
    return 'sync';
  }
}
