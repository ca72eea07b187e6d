import { hex } from '../base/bits.ts';
import { Failure } from '../base/failure.ts';
import type { Machine } from '../machine/machine.ts';
import { stepInstruction } from '../machine/step.ts';
import type { EventCounter } from '../replay/record.ts';
import type { KernelPlaces } from '../replay/symbols/kernel-places.ts';
import { type EventDecl, eventOf, type FieldsOf, lineOf } from '../trace/events/index.ts';
import type { Debuggee, DebugRun, DebugStop, Direction, Space } from './debuggee.ts';
import { GuestDebuggee } from './guest-debuggee.ts';
import { armBreakpoints, armWatchpoints, NO_POINTS } from './points.ts';

/** What runs, and is perhaps recorded. */
export interface LiveSession {
  readonly machine: Machine;
  readonly counter: EventCounter;
}

/**
 * A guest that runs for the first time, as a debugger sees it: forwards only. It is run by whoever brings it its input, as far as
 * `mayRun` says; what a debugger changes is an input too.
 */
export class LiveDebuggee extends GuestDebuggee implements Debuggee {
  readonly runsItself = true;
  readonly isReversible = false;
  /** The guest may run; else it stands still for the debugger. */
  mayRun = false;
  /** The debugger wants it to end. */
  ends = false;
  readonly #counter: EventCounter;
  /** What the run at hand has come to. */
  #stop: DebugStop | undefined;
  #disarm: () => void = () => {};
  /** A watchpoint was told of behind its access: the step over it, which the client asks for next, is made already. */
  #isBehindAccess = false;
  #exited: DebugStop | undefined;

  constructor({ machine, counter }: LiveSession, places: () => KernelPlaces) {
    super(machine, places);
    this.#counter = counter;
    // The guest is switched on with the first run.
    machine.run(machine.icount);
  }

  /** By pages, so that all of it is known to be memory before any is written. */
  write(space: Space, at: bigint, bytes: Uint8Array, vcpu: number): void {
    const parts: { readonly ipa: number; readonly bytes: Uint8Array }[] = [];
    const pieces = this.view.of(vcpu, () => [...this.view.pieces(space, at, bytes.length)]);
    for (const { at: from, done, bytes: size, ipa } of pieces) {
      if (ipa === undefined || this.view.physical(ipa, size).length < size)
        throw new Failure(`there is no memory at ${hex(from)}`);
      parts.push({ ipa, bytes: bytes.subarray(done, done + size) });
    }
    for (const part of parts) this.machine.edit({ kind: 'memory', ...part });
  }
  writeRegister(name: string, value: bigint, vcpu: number): void {
    this.machine.edit({ kind: 'register', name: name === 'lr' ? 'r14' : name, value, vcpu });
  }
  /** Where its kernel will lie the guest has yet to decide. */
  witnesses(): [] {
    return [];
  }

  step(direction: Direction): DebugStop {
    if (direction === 'backwards') throw new Failure('a guest that runs goes forwards only; its tape goes backwards');
    if (this.#exited !== undefined) return this.#exited;
    if (this.#isBehindAccess) {
      this.#isBehindAccess = false;
      return { kind: 'step' };
    }
    const { machine } = this;
    const disarm = this.#armWatchpoints();
    stepInstruction({
      machine,
      run: (until) => machine.run(until),
      requestStop: () => machine.requestStop(),
    });
    disarm();
    const stop = this.#stop;
    this.#stop = undefined;
    return stop ?? { kind: 'step' };
  }

  run(): DebugRun {
    this.#stop = this.#exited;
    this.#isBehindAccess = false;
    if (this.#stop === undefined) {
      const undo = [
        armBreakpoints(this.machine, this.points, () => this.#came({ kind: 'breakpoint' })),
        this.#armWatchpoints(),
        this.#armEvents(),
      ];
      this.#disarm = () => {
        for (const disarm of undo) disarm();
      };
      this.mayRun = true;
    }
    return {
      slice: () => {
        if (this.#stop !== undefined) this.rest();
        return this.#stop;
      },
      interrupt: () => {
        this.#stop ??= { kind: 'interrupted' };
      },
    };
  }
  /** The guest stands still from here on. */
  rest(): void {
    this.mayRun = false;
    this.#disarm();
    this.#disarm = () => {};
  }
  /** The guest runs on by itself. */
  release(): void {
    this.rest();
    this.setPoints(NO_POINTS);
    this.mayRun = this.#exited === undefined;
  }
  /** The guest is no more. */
  exited(text: string): void {
    this.rest();
    this.#exited = { kind: 'exited', text };
    this.#stop = this.#exited;
  }

  #came(stop: DebugStop): void {
    this.#stop ??= stop;
    this.mayRun = false;
    this.machine.requestStop();
  }
  #armWatchpoints(): () => void {
    const watchpoints = this.placed(this.points.watchpoints);
    return armWatchpoints(this.machine, watchpoints, (which) => {
      const { at, kind } = (watchpoints[which] as (typeof watchpoints)[number]).range;
      this.#isBehindAccess = true;
      this.#came({ kind: 'watchpoint', at, access: kind });
    });
  }
  #armEvents(): () => void {
    if (this.eventPoints.all.length === 0) return () => {};
    const counter = this.#counter;
    const { next } = counter;
    counter.next = {
      emit: <E extends EventDecl>(decl: E, fields: FieldsOf<E>) => {
        next.emit(decl, fields);
        const event = eventOf(decl, fields);
        if (this.eventPoints.find(event) !== undefined) this.#came({ kind: 'event', text: lineOf(event) });
      },
    };
    return () => {
      counter.next = next;
    };
  }
}
