import type { Ipa } from '../../base/brands.ts';
import type { Stateful } from '../../base/stateful.ts';
import type { MmioBus } from '../../devices/bus/mmio-bus.ts';
import type { EventSink, SuspendHow } from '../../trace/events/index.ts';
import type { MmioRead, MmioWrite, VmExit } from './exits.ts';
import type { GuestMemory, Segment } from './memory.ts';
import type { Stats } from './stats.ts';

/** A vCPU's power state, as firmware calls see it. */
export type PowerState = 'off' | 'on';

/** What firmware calls may ask of the VM. */
export interface PowerPort {
  readonly vcpuCount: number;
  powerState(vcpu: number): PowerState;
  /** Starts a vCPU that is off, at `entry` with `args` in its first registers. */
  start(vcpu: number, entry: bigint, args: readonly bigint[]): void;
  stop(vcpu: number): void;
  /** The vCPU waits for an interrupt, as by a wait instruction. */
  wait(vcpu: number): void;
  suspend(how: SuspendHow): void;
}

/** Exceptions that the guest took since it last retired an instruction, and the count at the last of them. */
export interface Stall {
  at: number;
  exceptions: number;
}

/** What the vmm gives to the architecture. */
export interface VmPorts {
  readonly power: PowerPort;
  readonly bus: MmioBus;
  readonly memory: GuestMemory;
  readonly events: EventSink;
  /** One a vCPU. */
  readonly stats: readonly Stats[];
}

/**
 * The whole of what the vmm knows of an architecture. One vCPU is loaded on the CPU at a time, of which `flush`, `run` and whatever completes
 * an exit are; the others may be asked of any, by number. All methods are called while the guest does not run.
 */
export interface Architecture<Md> {
  /** The counters of `Stats` that the architecture keeps, under bhyve's descriptions. */
  readonly statNames: readonly string[];
  /** What of bhyve's `enum vm_cap_type` each vCPU has, by bhyve's names; none of it changes. */
  readonly capabilities: Readonly<Record<string, boolean>>;
  attach(ports: VmPorts): void;
  icount(): number;
  readonly stall: Stall;
  /** Puts a vCPU into its state at power-on, to start at `entry` with `args` in its first registers. */
  reset(vcpu: number, entry: bigint, args: readonly bigint[]): void;

  /** Puts a vCPU on the CPU. Tells nobody, and no vCPU notices. */
  load(vcpu: number): void;
  /** The loaded vCPU's turn is over: what it did to its interrupts is read back, and it holds no memory exclusively. */
  endTurn(vcpu: number): void;
  /** The loaded vCPU is between an exclusive load and its store. */
  readonly isExclusive: boolean;

  /** Before an entry: interrupt state into the hardware. */
  flush(vcpu: number): void;
  /** Enters the guest, until `untilIcount` at the latest; on return interrupt and timer state is read back and the cause is decoded. */
  run(vcpu: number, untilIcount: number): VmExit<Md>;
  completeRead(vcpu: number, exit: MmioRead, value: bigint): void;
  completeWrite(vcpu: number, exit: MmioWrite): void;
  /** Nothing answers at the address: the guest takes what the hardware would give it. */
  externalAbort(vcpu: number, exit: MmioRead | MmioWrite): void;
  /** Maps the page around `ipa`, which lies in `segment`; returns the mapping's first address and size. */
  map(segment: Segment, ipa: Ipa): { readonly ipa: Ipa; readonly bytes: number };

  /** Would a waiting vCPU wake now? */
  wakes(vcpu: number): boolean;
  /** Does what of the architecture's own (emulated timers) is due by now. */
  poll(vcpu: number): void;
  /** The instruction count at which `poll` must be called at the latest; Infinity where nothing is due. */
  deadline(vcpu: number): number;
  /** The same while the vCPU waits: now also what the CPU itself would raise. */
  wakeDeadline(vcpu: number): number;

  readRegister(vcpu: number, name: string): bigint;
  writeRegister(vcpu: number, name: string, value: bigint): void;
  /** Whatever of it holds state, the CPU aside. */
  readonly parts: readonly Stateful[];
}
