import { type Ipa, ipa, pa } from '../../base/brands.ts';
import { MmioBus, type MmioDevice } from '../../devices/bus/mmio-bus.ts';
import type { DeadlineSource } from '../../devices/bus/ports.ts';
import type { EventDecl, EventSink, FieldsOf } from '../../trace/events/index.ts';
import type { Architecture, VmPorts } from './arch.ts';
import type { MmioRead, MmioWrite, VmExit } from './exits.ts';
import { GuestMemory, type Segment } from './memory.ts';
import type { TurnEnd } from './schedule.ts';
import { Vm } from './vm.ts';

export const RAM = 0x4000_0000;
export const DEVICE = 0x900_0000;
const RAM_BYTES = 0x1_0000;

/** One stop of the guest of a script: the count that it retires before it, and why it stops. */
export interface Stop {
  readonly retires?: number;
  readonly exit: VmExit<string>;
}

/** An architecture whose guest is a script of stops, and which notes what it is asked for. */
export class ScriptedArchitecture implements Architecture<string> {
  readonly statNames = ['stops'] as const;
  readonly capabilities = { hlt_exit: true };
  readonly log: string[] = [];
  /** Counts that runs were bounded by. */
  readonly bounds: number[] = [];
  ports!: VmPorts;
  now = 0;
  woken = false;
  readonly stall = { at: 0, exceptions: 0 };
  /** The vCPU on the CPU. */
  loaded = 0;
  isExclusive = false;
  due = Infinity;
  wakeDue = Infinity;
  /** By vCPU. */
  readonly #scripts: Stop[][];
  // Nothing of it is saved: the script goes on.
  readonly parts = [];

  constructor(scripts: readonly (readonly Stop[])[]) {
    this.#scripts = scripts.map((script) => [...script]);
  }
  attach(ports: VmPorts): void {
    this.ports = ports;
  }
  icount(): number {
    return this.now;
  }
  reset(vcpu: number, entry: bigint, args: readonly bigint[]): void {
    this.log.push(`reset ${vcpu} ${entry} ${args}`);
  }
  load(vcpu: number): void {
    if (vcpu !== this.loaded) this.log.push(`load ${vcpu}`);
    this.loaded = vcpu;
  }
  endTurn(vcpu: number): void {
    this.log.push(`end of turn ${vcpu}`);
  }
  flush(vcpu: number): void {
    this.log.push(`flush ${vcpu}`);
  }
  /** Runs to the next stop of the script, or to the bound if that is before; at its end to the bound. */
  run(vcpu: number, until: number): VmExit<string> {
    if (vcpu !== this.loaded) throw new Error(`vCPU ${vcpu} is to run, and ${this.loaded} is loaded`);
    const script = this.#scripts[vcpu] ?? [];
    if (until <= this.now) throw new Error(`an entry at ${this.now} that is to end at ${until}`);
    this.bounds.push(until);
    const [next] = script;
    const stopAt = next === undefined ? Infinity : this.now + (next.retires ?? 1);
    if (stopAt > until) {
      if (next !== undefined) script[0] = { ...next, retires: stopAt - until };
      this.now = until;
      return { kind: 'budget-spent' };
    }
    script.shift();
    this.now = stopAt;
    return (next as Stop).exit;
  }
  completeRead(_vcpu: number, exit: MmioRead, value: bigint): void {
    this.log.push(`loaded ${value} into ${exit.rt}`);
  }
  completeWrite(_vcpu: number, exit: MmioWrite): void {
    this.log.push(`stored ${exit.value}`);
  }
  externalAbort(_vcpu: number, exit: MmioRead | MmioWrite): void {
    this.log.push(`abort ${exit.kind} ${exit.ipa}`);
  }
  map(segment: Segment, at: Ipa): { readonly ipa: Ipa; readonly bytes: number } {
    this.log.push(`map ${segment.name}`);
    return { ipa: ipa(BigInt.asUintN(64, at & ~0xfffn)), bytes: 0x1000 };
  }
  wakes(_vcpu: number): boolean {
    return this.woken;
  }
  poll(vcpu: number): void {
    this.log.push(`poll ${vcpu} at ${this.now}`);
  }
  deadline(): number {
    return this.due;
  }
  wakeDeadline(_vcpu: number): number {
    return this.wakeDue;
  }
  readRegister(vcpu: number, name: string): bigint {
    return BigInt(vcpu) + BigInt(name.length);
  }
  writeRegister(vcpu: number, name: string, value: bigint): void {
    this.log.push(`${name} of ${vcpu} = ${value}`);
  }
}

/** A device of one register, which notes its accesses. */
export class NotingDevice implements MmioDevice {
  readonly name = 'noting';
  readonly size = 0x100;
  readonly log: string[];
  constructor(log: string[]) {
    this.log = log;
  }
  read(offset: number, size: number): bigint {
    this.log.push(`read ${offset} ${size}`);
    return 0x55n;
  }
  write(offset: number, size: number, value: bigint): void {
    this.log.push(`write ${offset} ${size} ${value}`);
  }
  save(): never {
    throw new Error('not saved here');
  }
  restore(): void {}
}

/** A VM of scripted vCPUs with memory and a device; its events as `name at fields`. */
export function scriptedVm(script: readonly Stop[], deadlines: readonly DeadlineSource[] = [], vcpus = 1) {
  return scriptedTurns([script], { deadlines, vcpus });
}

/** The same with a script a vCPU. */
export function scriptedTurns(
  scripts: readonly (readonly Stop[])[],
  {
    deadlines = [],
    vcpus = scripts.length,
    ...schedule
  }: {
    deadlines?: readonly DeadlineSource[];
    vcpus?: number;
    turnCounts?: number;
    seed?: bigint;
    turnEnds?: readonly TurnEnd[];
  } = {},
) {
  const architecture = new ScriptedArchitecture(scripts);
  const { log } = architecture;
  const events: Record<string, unknown>[] = [];
  const sink: EventSink = {
    emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
      log.push(`event ${decl.name}`);
      events.push({ event: decl.name, ...(fields as object) });
    },
  };
  const bytes = new Uint8Array(2 * RAM_BYTES);
  const memory = new GuestMemory({
    bytes,
    write: (at, from) => bytes.set(from, at),
    zero: (at, count) => void bytes.fill(0, at, at + count),
  });
  memory.add({ name: 'ram', ipa: RAM, bytes: RAM_BYTES, pa: pa(RAM_BYTES) });
  const bus = new MmioBus();
  bus.attach(ipa(BigInt(DEVICE)), new NotingDevice(log));
  const host = {
    stop: false,
    /** What waiting does; by default time passes to where it is to go. */
    idle: (until: number): boolean => {
      if (until <= architecture.now) throw new Error(`a wait at ${architecture.now} until ${until}`);
      architecture.now = until;
      return true;
    },
    stopRequested: (): boolean => host.stop,
  };
  const vm = new Vm({
    architecture,
    vcpus,
    schedule: { turnCounts: 100, ...schedule },
    memory,
    bus,
    events: sink,
    host: { ...host, ...proxied(host) },
    deadlines,
  });
  return { vm, architecture, host, events, log };
}

/** The host's methods as they are when they are called: tests put others in their place. */
const proxied = (host: { idle(until: number): boolean; stopRequested(): boolean }) => ({
  idle: (until: number) => host.idle(until),
  stopRequested: () => host.stopRequested(),
});
