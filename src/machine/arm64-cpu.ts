import { must } from '../base/assert.ts';
import { high32, low32 } from '../base/bits.ts';
import { ArmArchitecture } from '../core/architecture.ts';
import { Cpu, type SystemCounter } from '../core/cpu.ts';
import { Engine } from '../core/engine/engine.ts';
import { exceptionReturn, takeException } from '../core/exception/index.ts';
import { Pstate, readSpsr, selectLevel, writeNzcv } from '../core/exception/pstate.ts';
import { normalizeState } from '../core/snapshot.ts';
import * as cells from '../core/state/cells.ts';
import { BREAKPOINTS, LIST_REGISTERS, WATCHPOINTS } from '../core/system/cells.ts';
import { SystemRegister } from '../core/system/index.ts';
import { resetCpu } from '../core/system/reset.ts';
import type { Plain } from '../devices/bus/saved.ts';
import type { EnterResult, HostInterrupts, HostMemory, RegisterPort } from '../hyp/arm-common/host-cpu.ts';
import type { GichPort } from '../hyp/arm-common/vgic/gich.ts';
import { saveContext } from '../hyp/arm64/context.ts';
import type { GuestCpu } from '../hyp/arm64/guest-cpu.ts';
import { HOST_GICV } from './host-map.ts';

const numbered = (count: number, ...names: readonly ((n: number) => string)[]): string[] =>
  Array.from({ length: count }, (_, n) => names.map((name) => name(n))).flat();

/** What belongs to the guest beside a vCPU's context: what lies in list registers, and its breakpoints. */
const hiddenRegisters: readonly string[] = [
  ...numbered(LIST_REGISTERS, (n) => `ICH_LR${n}_EL2`),
  ...numbered(
    BREAKPOINTS,
    (n) => `DBGBVR${n}_EL1`,
    (n) => `DBGBCR${n}_EL1`,
  ),
  ...numbered(
    WATCHPOINTS,
    (n) => `DBGWVR${n}_EL1`,
    (n) => `DBGWCR${n}_EL1`,
  ),
];

/** The emulated host's processor with its memory, as the resident hypervisor uses it. */
export class Arm64Cpu implements GuestCpu {
  readonly cpu: Cpu;
  readonly engine: Engine;
  readonly host: HostMemory;
  readonly interrupts: HostInterrupts;
  readonly gich: GichPort | null;
  readonly #arch: ArmArchitecture;
  readonly #registers = new Map<string, RegisterPort>();
  /** Kind of the exception that brought the CPU to EL2; null while the guest merely paused. */
  #inEl2: boolean;

  constructor(hostBytes: number, counter: SystemCounter, gicVersion: 2 | 3) {
    const cpu = new Cpu(hostBytes, counter);
    this.cpu = cpu;
    let architecture: ArmArchitecture | undefined;
    this.engine = new Engine(cpu, (engine) => (architecture = new ArmArchitecture(cpu, engine.code.jumps)));
    this.#arch = must(architecture, 'architecture');
    this.host = {
      bytes: cpu.u8.subarray(cells.HOST_MEMORY, cells.HOST_MEMORY + hostBytes),
      words: cpu.u32.subarray(cells.HOST_MEMORY >>> 2, (cells.HOST_MEMORY + hostBytes) >>> 2),
    };
    const { physical, gich, gicv, devices } = cpu.system;
    this.interrupts = {
      level: (ppi) => physical.level(ppi),
      setEnabled: (ppi, on) => physical.setEnabled(ppi, on),
    };
    this.gich = gicVersion === 2 ? gich : null;
    if (gicVersion === 2) devices.attach(HOST_GICV, gicv);
    resetCpu(cpu, { el: 2, entry: 0n, gicVersion });
    this.#inEl2 = true;
  }

  get icount(): number {
    return this.cpu.icount;
  }
  retire(): void {
    this.cpu.icount++;
  }
  get counter(): SystemCounter {
    return this.cpu.counter;
  }

  x(n: number): bigint {
    return this.cpu.x(n);
  }
  setX(n: number, value: bigint): void {
    this.cpu.setX(n, value);
  }
  xLow(n: number): number {
    return n === 31 ? 0 : this.cpu.get32(cells.X + 8 * n);
  }
  xHigh(n: number): number {
    return n === 31 ? 0 : this.cpu.get32(cells.X + 8 * n + 4);
  }
  setXHalves(n: number, low: number, high: number): void {
    if (n === 31) return;
    this.cpu.set32(cells.X + 8 * n, low);
    this.cpu.set32(cells.X + 8 * n + 4, high);
  }
  v(n: number, half: 0 | 1): bigint {
    return this.cpu.get64(cells.V + 16 * n + 8 * half);
  }
  setV(n: number, half: 0 | 1, value: bigint): void {
    this.cpu.set64(cells.V + 16 * n + 8 * half, value);
  }

  register(name: string): RegisterPort {
    let port = this.#registers.get(name);
    if (!port) this.#registers.set(name, (port = makePort(this.cpu, name)));
    return port;
  }
  addressTranslate(operation: 'S1E1R' | 'S1E0R', va: bigint): void {
    this.#arch.mmu.at(operation, low32(va), high32(va));
  }
  invalidateVm(): void {
    this.#arch.mmu.tlbi('VMALLS12E1', 0, 0);
  }
  invalidateIpa(ipa: bigint): void {
    this.#arch.mmu.tlbi('IPAS2E1', low32(ipa >> 12n), high32(ipa >> 12n));
    this.#arch.mmu.tlbi('VMALLE1', 0, 0);
  }

  guestPc(): bigint {
    return this.#inEl2 ? this.register('ELR_EL2').read() : this.cpu.pc;
  }
  setGuestPc(value: bigint): void {
    if (this.#inEl2) this.register('ELR_EL2').write(value);
    else this.cpu.pc = value;
  }
  guestPstate(): number {
    return this.#inEl2 ? this.register('SPSR_EL2').low() : readSpsr(this.cpu);
  }
  setGuestPstate(value: number): void {
    if (this.#inEl2) this.register('SPSR_EL2').write(BigInt(value));
    else this.#setPstate(value);
  }
  #setPstate(value: number): void {
    const { cpu } = this;
    writeNzcv(cpu, value);
    cpu.set32(cells.DAIF, value & Pstate.daif);
    cpu.set32(cells.PSTATE_SS_IL, value & (Pstate.ss | Pstate.il));
    selectLevel(cpu, (value >>> 2) & 3, value & 1);
    cpu.configStale = true;
  }

  enter(untilIcount: number): EnterResult {
    const { cpu } = this;
    if (this.#inEl2) {
      exceptionReturn(cpu);
      this.#inEl2 = false;
    }
    const stop = this.engine.run(untilIcount);
    if (stop === 'count') return 'budget';
    if (stop === 'wfi') return 'idle';
    this.#inEl2 = true;
    if (stop === 'livelock') {
      // A guest whose vectors fault for ever makes no progress; the hypervisor is shown a system error.
      takeException(cpu, { kind: 'serror', target: 2, ec: 0x2f, iss: 0, returnOffset: 0 });
      return 'serror';
    }
    return this.engine.lastKind;
  }

  /** The clock went on without the CPU: its timers follow. */
  timePassed(): void {
    this.cpu.system.timers.poll();
  }

  /** The architectural state that a guest can see, by name. */
  describe(): { readonly [name: string]: Plain } {
    const { cpu } = this;
    normalizeState(cpu);
    return {
      ...saveContext(this),
      hidden: hiddenRegisters.map((name) => this.register(name).read()),
      exclusive: [cpu.get32(cells.EXCLUSIVE_SIZE), cpu.get64(cells.EXCLUSIVE_ADDRESS)],
      event: cpu.get32(cells.EVENT_REGISTER),
    };
  }
}

/** A system register, or one of the few special ones that are state of PSTATE's kind. */
function makePort(cpu: Cpu, name: string): RegisterPort {
  if (name === 'FPCR' || name === 'FPSR') return cellPort(cpu, name === 'FPCR' ? cells.FPCR : cells.FPSR);
  if (name === 'SP_EL0' || name === 'SP_EL1') return stackPointerPort(cpu, name === 'SP_EL0' ? 0 : 1);
  return new SystemRegister(cpu, name);
}

/** SP_EL0 and SP_EL1 as EL2 sees them: banked while the CPU is there, else perhaps the current SP. */
function stackPointerPort(cpu: Cpu, el: 0 | 1): RegisterPort {
  const cell = (): number => {
    const current = cpu.get32(cells.SPSEL) === 0 ? 0 : cpu.el;
    return current === el ? cells.SP : cells.SP_EL + 8 * el;
  };
  return {
    read: () => cpu.get64(cell()),
    write: (value) => cpu.set64(cell(), value),
    low: () => cpu.get32(cell()),
    high: () => cpu.get32(cell() + 4),
    writeHalves: (low, high) => {
      cpu.set32(cell(), low);
      cpu.set32(cell() + 4, high);
    },
  };
}

function cellPort(cpu: Cpu, cell: number): RegisterPort {
  return {
    read: () => BigInt(cpu.get32(cell)),
    write: (value) => cpu.set32(cell, low32(value)),
    low: () => cpu.get32(cell),
    high: () => 0,
    writeHalves: (low) => cpu.set32(cell, low),
  };
}
