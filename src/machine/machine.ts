// machine/: boards, loaders, device tree, clock and console; joins CPU, hypervisor, devices and recorder.

import { must } from '../base/assert.ts';
import { icount, ipa, pa } from '../base/brands.ts';
import { hexOf } from '../base/bytes.ts';
import { BadField, count, flag, nullable, record, u64 } from '../base/fields.ts';
import type { PlainMap } from '../base/plain.ts';
import type { Stateful } from '../base/stateful.ts';
import type { InstructionObserver } from '../core/engine/observation.ts';
import type { BlockObserver } from '../core/engine/observed-code.ts';
import type { StopPlace } from '../core/engine/stops.ts';
import type { WatchHit, WatchRange } from '../core/engine/watchpoints.ts';
import type { ObservedInstructions } from '../core/ir/config.ts';
import type { DeadlineSource } from '../devices/bus/ports.ts';
import type { Pl061Device } from '../devices/pl061/pl061.ts';
import type { ArmHypervisor } from '../hyp/arm-common/hypervisor.ts';
import type { HypExit } from '../hyp/arm-common/trap.ts';
import { GuestMemory } from '../hyp/vmm/memory.ts';
import { Vm } from '../hyp/vmm/vm.ts';
import {
  consoleIn,
  type EventSink,
  edit,
  type FieldsOf,
  IrqSource,
  idleSkip,
  irqAck,
  irqEoi,
  type runEnd,
  SuspendHow,
  stateHash,
  timerFire,
  timerProgram,
} from '../trace/events/index.ts';
import { answeringDevices, answeringFrames, type DeviceAnswers } from './answers.ts';
import { ramOf } from './boards/board.ts';
import { boardBus, boardDevices } from './boards/devices.ts';
import { boardByName } from './boards/index.ts';
import { dmaOf, virtioDevices, virtioObserver } from './boards/virtio.ts';
import { affinitiesOf, bootPlan } from './boot.ts';
import { MachineClock } from './clock.ts';
import { type MachineConfig, scheduleOf } from './config.ts';
import { Console } from './console.ts';
import type { UnfinishedLine } from './console-line.ts';
import { ConsolePorts } from './console-ports.ts';
import type { BaseDisk } from './disks/base-disk.ts';
import { type Disk, DiskPages, disksOf } from './disks/disk.ts';
import { Door } from './door.ts';
import { carryOutEdit, type Edit, fieldsOfEdit } from './edits.ts';
import type { EmulatedCpu } from './emulated-cpu.ts';
import { firmwarePorts } from './firmware.ts';
import { FlashBank } from './flash-bank.ts';
import { GuestRam } from './guest-ram.ts';
import type { MachineImages } from './images.ts';
import { loadPlan } from './loaders/load.ts';
import { makeMachineHost } from './machine-host.ts';
import { type MachineState, restoreMachine, saveMachine } from './machine-state.ts';
import { PowerCycle } from './power-cycle.ts';
import { GuestProgress } from './progress/guest-progress.ts';
import { stateDigest } from './state-digest.ts';
import { type MachineStop, suspended, unhandled } from './stops.ts';

/**
 * After so many instructions the first state hash goes on the tape, then after four times as many each, and from 2^26 on every
 * 2^26: short runs have some too. Instructions alone count: an idle guest needs none.
 */
const HASH_FIRST = 2 ** 20;
const HASH_EVERY = 2 ** 26;
/** Instructions that an exit may retire beyond a bound. */
const BEYOND_MAX = 2;
const nextHashAfter = (instructions: number): number => {
  let at = HASH_FIRST;
  while (at <= instructions && at < HASH_EVERY) at *= 4;
  return at > instructions ? at : (Math.floor(instructions / HASH_EVERY) + 1) * HASH_EVERY;
};
const editFields = record<{ answer: bigint | null }>({ answer: nullable(u64) });
const stateFields = record({ started: flag, nextHash: count });

export type { Ended, MachineStop, Outcome } from './stops.ts';
/** The last event of a run, with its hashes. */
export type EndOfRun = FieldsOf<typeof runEnd>;

const COUNT: MachineStop = { kind: 'count' };
/** Looks at a machine as it runs, where the run alone decides. */
export interface Look {
  /** Instructions after which it looks next, or the count at which it does. */
  readonly at: { readonly instructions: number } | { readonly icount: number };
  /** Called once that is reached, before the guest runs on, as if between two runs; sets `at` to what comes later. */
  look(): void;
}
/** What a machine is made of, and who is told of it. */
export interface MachineOptions {
  readonly config: MachineConfig;
  readonly images: MachineImages;
  /** What the disks of the configuration begin with, in their order. */
  readonly disks?: readonly BaseDisk[];
  readonly events: EventSink;
  /** Takes the output of the guest's consoles as it comes: of the UART, which is number 0, and of a virtio console, number 1. */
  readonly consoleOut: (byte: number, console: number) => void;
  /** Who answers instead of the devices. The machine then takes no console input, and finds out nothing about the guest's progress. */
  readonly answers?: DeviceAnswers;
}

/** A whole emulated host with its hypervisor and one guest: the one place that joins CPU, vmm, devices and recorder. */
export class Machine implements Stateful {
  readonly name = 'machine';
  readonly version = 1;
  readonly config: MachineConfig;
  readonly clock = new MachineClock();
  readonly vm: Vm<HypExit>;
  readonly cpu: EmulatedCpu;
  readonly hypervisor: ArmHypervisor;
  readonly #events: EventSink;
  readonly #console: Console;
  /** Undefined without a virtio console. */
  readonly #ports: ConsolePorts | undefined;
  readonly ram: GuestRam;
  /** What comes from outside, the console's input aside. */
  readonly door: Door;
  readonly disks: readonly Disk[];
  readonly powerKey: Pl061Device | undefined;
  /** Null while the machine is built. */
  readonly #progress: GuestProgress | null = null;
  readonly #isAnswered: boolean;
  /** Everything that holds state, memory aside. */
  readonly parts: readonly Stateful[];
  /** Instructions at which the next state hash is due. */
  #nextHash = HASH_FIRST;
  /** Of a run: derived, as nothing stops between two. */
  #stopRequested = false;
  /** No state: whoever runs the machine gives it; derived by nobody. */
  #look: Look | null = null;
  /** Starts the first vCPU, with the first run: a machine that has not run emits nothing. */
  #powerOn: (() => void) | null;
  readonly #firstStart: () => void;
  /** Null where a reset ends the run. */
  readonly #powerCycle: PowerCycle | null;

  constructor({ config, images, disks: bases = [], events, consoleOut, answers }: MachineOptions) {
    const board = boardByName(config.board);
    this.config = config;
    this.#events = {
      emit: (decl, fields) => {
        this.#progress?.watch.saw(decl, fields);
        events.emit(decl, fields);
      },
    };
    const { host, ramAt } = makeMachineHost(config, board, this.#events);
    this.cpu = host.cpu;
    this.hypervisor = host.hypervisor;
    this.clock.attach(this.cpu.cpu);

    const memory = new GuestMemory(this.cpu.host);
    const ram = { name: 'ram', ipa: ramOf(board, config.memoryBytes).base, bytes: config.memoryBytes, pa: pa(ramAt) };
    memory.add(ram);
    const { clock } = this;
    this.disks = disksOf(config.disks ?? [], bases, clock);
    const banks = FlashBank.ofBoard(memory, board, pa(ramAt + config.memoryBytes), (s) => this.hypervisor.unmap(s));
    this.ram = new GuestRam(this.cpu.engine, memory, new DiskPages(this.disks));
    this.#console = new Console(
      this.#events,
      () => this.icount,
      (byte, console) => {
        this.#progress?.watch.sawByte(byte);
        consoleOut(byte, console);
      },
    );
    this.#ports = config.console && new ConsolePorts(config.console, this.#events, this.#console, () => this.door);
    const irq = (intid: number) => ({
      // Who answers says what lines do, at the places where devices would.
      set: (level: boolean) =>
        answers ? answers.wrote() : this.hypervisor.vgic.setLine(0, intid, level, IrqSource.device),
    });
    const message = (intid: number) => (answers ? answers.wrote() : this.hypervisor.vgic.deliverMessage(intid));
    const observer = virtioObserver(this.#events, () => this.icount);
    this.door = new Door(this.#events, () => this.icount);
    const { door } = this;
    const ports = (port: number, bytes: Uint8Array) => this.#ports?.send(port, bytes);
    const dma = dmaOf(memory);
    const virtio = virtioDevices(board, config, this.disks, { clock, irq, dma, observer, door, ports, message });
    const devices = boardDevices(board, {
      clock,
      irq,
      virtio,
      console: this.#console,
      rtcEpochSeconds: config.rtcEpochSeconds,
      power: { off: () => this.vm.suspend(SuspendHow.POWEROFF), reset: () => this.vm.suspend(SuspendHow.RESET) },
      flash: (bank) => must(banks[bank], 'bank of flash'),
      ...firmwarePorts(config, images, memory),
    });
    this.#console.attach(devices.console);
    this.powerKey = devices.gpio;
    for (const [bank, device] of devices.flash.entries()) banks[bank]?.attach(device);

    const deadlines = answers ? [...virtio.deadlines, this.#polled(answers)] : [...devices.deadlines, this.#console];
    const gic = answers ? answeringFrames(this.hypervisor.gic, answers) : this.hypervisor.gic;
    this.#isAnswered = answers !== undefined;

    this.vm = new Vm({
      architecture: this.hypervisor,
      vcpus: config.vcpus,
      schedule: scheduleOf(config),
      memory,
      bus: boardBus(board, gic, answers ? answeringDevices(devices.placed, answers) : devices.placed),
      events: this.#events,
      host: {
        idle: (until) => this.#idle(until),
        stopRequested: () => this.#stopRequested || this.#progress?.watch.due === true,
      },
      deadlines,
    });
    this.#observe();
    const { segments, entry, x0, x1, x2, x3 } = bootPlan(config, board, images, affinitiesOf(config.vcpus));
    loadPlan(segments, memory);
    const edits: Stateful = {
      name: 'edits',
      version: 1,
      hashed: false,
      save: () => ({ answer: this.vm.bus.answer }),
      restore: (saved) => void (this.vm.bus.answer = editFields.read(saved, '').answer),
    };
    const guest = [...this.vm.parts, ...devices.parts, this.#console, ...(this.#ports ? [this.#ports] : []), edits];
    this.#progress = new GuestProgress({
      vm: this.vm,
      cpu: this.cpu,
      hypervisor: this.hypervisor,
      board,
      consoleDevice: devices.console,
      receiving: virtio.receiving,
      kernel: segments
        .filter(({ what }) => what === 'kernel')
        .map(({ ipa: at, bytes }) => ({ base: Number(at), size: bytes.length })),
      parts: guest,
      memoryRoot: () => this.ram.hash().root,
    });
    this.parts = [...this.cpu.parts, this.clock, ...guest, ...this.#progress.watch.parts, this];
    // Not the whole plan: what a closure here names lives as long as the machine, and the plan holds the images.
    this.#firstStart = () => this.vm.start(0, entry, [x0, x1, x2, x3]);
    this.#powerOn = this.#firstStart;
    this.#powerCycle = config.reboot ? new PowerCycle(this) : null;
  }

  get icount(): number {
    return this.clock.icount();
  }
  get instructions(): number {
    return this.clock.instructions();
  }
  get virtualNs(): bigint {
    return this.clock.nanoseconds();
  }
  /** Where the guest goes on. */
  get pc(): bigint {
    return this.cpu.guestPc();
  }

  /** Device and register at a guest-physical address, by the names of their manuals. */
  registerAt(at: bigint): string | undefined {
    return this.vm.bus.nameAt(ipa(at));
  }

  /** With the first run, or with what comes before it. */
  #start(): void {
    this.#powerOn?.();
    this.#powerOn = null;
  }
  /** Runs until the instruction count, or until the guest ends; or, after `requestStop`, to the end of the exit at hand. */
  run(until: number): MachineStop {
    this.#stopRequested = false;
    this.#start();
    const progress = must(this.#progress, 'progress');
    for (;;) {
      const byHash = this.icount + this.#nextHash - this.instructions;
      const byLook = this.#look === null ? Number.POSITIVE_INFINITY : this.#icountOf(this.#look);
      const result = this.vm.run(Math.min(until, byHash, byLook, progress.watch.nextAt));
      switch (result.kind) {
        case 'budget-spent': {
          // First the hash: whoever asked for the stop may have input for the machine before it runs on.
          if (this.instructions >= this.#nextHash) this.#hashState();
          const end = progress.look();
          if (end !== undefined && !this.#isAnswered) return end;
          if (this.#look !== null && this.icount >= this.#icountOf(this.#look)) this.#look.look();
          if (this.#stopRequested || this.icount >= until) return COUNT;
          break;
        }
        case 'suspended':
          if (result.how === SuspendHow.RESET && this.#powerCycle !== null) {
            this.vm.rest();
            this.#powerCycle.cycle();
            this.cpu.engine.resumed();
            // A guest that does nothing else must not keep whoever runs it.
            return COUNT;
          }
          return suspended(result.how, this.icount, progress.watch.toldPanic);
        case 'stuck':
          return progress.idle();
        case 'livelock':
          return progress.livelock();
        default:
          return unhandled(result.md, this.icount);
      }
    }
  }
  /**
   * Tells each time that the guest is about to execute the instruction at one of these places, with the count and PC of that moment;
   * physical addresses are the guest's. `told` may ask for a stop, which then is exactly there.
   */
  stopBefore(places: readonly StopPlace[], told: () => void): void {
    const stops = places.flatMap((place): StopPlace[] => {
      if (!('pa' in place)) return [place];
      const segment = this.vm.memory.find(place.pa);
      return segment ? [{ ...place, pa: segment.pa + (place.pa - segment.ipa) }] : [];
    });
    this.cpu.engine.stopBefore(stops);
    this.cpu.onPlace = told;
  }
  /** The first count at which it may look, as far as is known now. */
  #icountOf({ at }: Look): number {
    return 'icount' in at ? at.icount : this.icount + at.instructions - this.instructions;
  }
  /** From now on the machine is looked at; between two runs. */
  lookAt(look: Look): void {
    this.#look = look;
  }
  /** Tells of instructions of the guest, and of each exception, with guest-physical addresses, until it is called again. */
  observe(observer: InstructionObserver | null, which: ObservedInstructions = 'instructions'): void {
    const { segments } = this.vm.memory;
    const paOf = (at: number): number => {
      const s = segments.find((one) => at >= one.pa && at < one.pa + one.bytes);
      return s ? s.ipa + (at - s.pa) : -1;
    };
    this.cpu.engine.observe(observer, paOf, which);
  }
  /** Tells of each block of code instead, until it is called again: of what is executed as much, many times faster. */
  observeBlocks(observer: BlockObserver | null): void {
    this.cpu.engine.observed.byBlocks(observer);
  }
  /**
   * Tells of accesses to ranges of the guest's memory, with guest-physical addresses, once the instruction is through that made them;
   * from now on of these ranges alone. `told` may ask for a stop, which then is behind that instruction. Nothing shows in the guest.
   */
  watch(ranges: readonly WatchRange[], told: (hit: WatchHit) => void): void {
    const { segments } = this.vm.memory;
    const inHost = ranges.flatMap(({ pa: at, bytes, kind }) =>
      segments.flatMap((s) => {
        const [from, end] = [Math.max(at, s.ipa), Math.min(at + bytes, s.ipa + s.bytes)];
        return from < end ? [{ pa: s.pa + (from - s.ipa), bytes: end - from, kind }] : [];
      }),
    );
    this.cpu.engine.watch(inHost, (hit) => {
      const s = segments.find((one) => hit.pa >= one.pa && hit.pa < one.pa + one.bytes);
      const { ipa: base, pa: at } = must(s, 'segment of a watched access');
      // Between two runs it is the hypervisor that the CPU is in.
      told({ ...hit, pa: base + (hit.pa - at), ...(hit.by === 'cpu' ? {} : { pc: this.pc, el: this.cpu.guestEl() }) });
      return this.#stopRequested;
    });
  }
  /** Lets time pass while the guest waits for what only comes from outside. */
  passTime(until: number): void {
    this.#events.emit(idleSkip, { at: this.icount, vcpu: 0, to: until });
    this.clock.skipTo(until);
    this.cpu.timePassed();
  }
  /** To be called from within a run (from `consoleOut`). */
  requestStop(): void {
    this.#stopRequested = true;
  }

  /** What the guest has sent of lines that are no events yet, by UART, virtio console and its ports. */
  get consoleLines(): readonly UnfinishedLine[] {
    return [this.#console.line, ...(this.#ports?.lines ?? [])];
  }
  /** So many bytes of console input the machine takes at present. */
  get inputRoom(): number {
    return this.#console.inputRoom;
  }
  /** Console input, at the present instruction count: not more than there is room for. */
  input(bytes: Uint8Array): void {
    this.#start();
    this.#events.emit(consoleIn, { at: this.icount, vcpu: 0, device: 0, bytes: Uint8Array.from(bytes) });
    this.#console.input(bytes);
  }

  /** A change from outside, at the present instruction count. @throws Failure where it cannot be made */
  edit(change: Edit): void {
    this.#start();
    carryOutEdit(this, change, () =>
      this.#events.emit(edit, { at: this.icount, ...fieldsOfEdit(change, this.vm.current) }),
    );
  }

  /** Puts on the tape what consoles have said of lines without an end. */
  endLines(): void {
    this.#console.flush();
    this.#ports?.flush();
  }
  /** How the run ended: closes the console's last line and takes the final hashes. */
  end(outcome: string, reason: string): EndOfRun {
    this.endLines();
    const consoleSha256 = this.#console.sha256();
    return { at: this.icount, vcpu: 0, outcome, reason, stateHash: this.stateHash(), consoleSha256 };
  }

  /** A digest of everything the guest could see: CPU, devices and all memory. */
  stateHash(): string {
    return hexOf(this.#digest());
  }
  #digest(): Uint8Array {
    return stateDigest(this.parts, this.ram.hash().root);
  }
  #hashState(): void {
    this.#nextHash = nextHashAfter(this.instructions);
    this.#events.emit(stateHash, { at: this.icount, vcpu: 0, hash: this.#digest().subarray(0, 16) });
  }

  // --- state ---------------------------------------------------------------------------------------------------------
  /** Everything that a machine of the same configuration needs to run on as this one does. Between two runs. */
  saveAll(): MachineState {
    return saveMachine(this);
  }
  /**
   * Takes over a state of a machine of the same configuration, whatever this one has done. Nothing is told of it, and code of
   * pages that stay as they are stays translated. Between two runs.
   * @throws Failure where the state is damaged, or another machine's; until another restore this one is of no use then
   */
  restoreAll(state: MachineState): void {
    restoreMachine(this, state);
    this.cpu.engine.resumed();
  }

  /** The machine's own. */
  save(): PlainMap {
    return { started: this.#powerOn === null, nextHash: this.#nextHash };
  }
  restore(saved: PlainMap): void {
    const { started, nextHash } = stateFields.read(saved, '');
    // One that has just come due may wait for the next run.
    if (nextHash !== nextHashAfter(this.instructions) && nextHash !== nextHashAfter(this.instructions - BEYOND_MAX))
      throw new BadField('nextHash', 'not the next one');
    if (!started && this.vm.vcpus.some((vcpu) => vcpu.power === 'on')) throw new BadField('started', 'a vCPU is on');
    this.#powerOn = started ? null : this.#firstStart;
    this.#nextHash = nextHash;
  }

  #polled(answers: DeviceAnswers): DeadlineSource {
    return {
      poll: () => answers.poll(),
      nextDeadline: () => {
        const at = answers.nextDeadline(this.vm.waits);
        return at === undefined ? undefined : icount(at);
      },
    };
  }
  #idle(until: number): boolean {
    // Console input is all that could come by itself, and it comes between runs.
    if (!Number.isFinite(until)) return false;
    this.clock.skipTo(until);
    this.cpu.timePassed();
    return true;
  }

  /** What the CPU does without an exit goes on the tape too. */
  #observe(): void {
    const events = this.#events;
    const stamp = () => ({ at: this.icount, vcpu: this.cpu.loaded });
    Object.assign(this.cpu.cpu.system.observer, {
      timerProgram: (timer: 0 | 1 | 2, ctl: number, cval: bigint) =>
        events.emit(timerProgram, { ...stamp(), timer, ctl, cval }),
      timerFire: (timer: 0 | 1 | 2, intid: number) => events.emit(timerFire, { ...stamp(), timer, intid }),
      irqAck: (intid: number) => events.emit(irqAck, { ...stamp(), intid }),
      irqEoi: (intid: number) => events.emit(irqEoi, { ...stamp(), intid }),
    });
  }
}
