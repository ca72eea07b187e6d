import { isAbsolute } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { exitOf } from '../../src/library/vmmapi/exits.ts';
import { Vm } from '../../src/library/vmmapi/vm.ts';
import type { SuspendWish } from '../../src/machine/edits.ts';
import type { MachineStop, Outcome } from '../../src/machine/machine.ts';
import type { Recording } from '../../src/replay/record.ts';
import { answersOf, type ControlAnswer, steer } from '../control/answers.ts';
import type { ControlRequest } from '../control/request.ts';
import { type Asked, ControlServer } from '../control/server.ts';
import type { GuestRunResult, RunControl } from './guest-run.ts';

/** Writes the machine as it is to a tape of its own. @throws Failure */
export type WriteCheckpoint = (path: string) => void;

const GONE = { error: 'the VM has ended' } as const;

/**
 * The control socket of a run. What is asked is answered between two pieces of the run, all of a request for one moment; what steers is an
 * input of the run.
 */
export class LiveControl implements RunControl {
  /** Each connection has one at most. */
  readonly #waiting: Asked[] = [];
  #server: ControlServer | undefined;
  #vm: Vm | undefined;
  #writeCheckpoint: WriteCheckpoint = () => {};
  #isPaused = false;
  #isOver = false;
  /** How the run was asked to end. */
  #asked: SuspendWish | undefined;

  /** @throws Failure where there can be no socket at the path */
  static async open(path: string): Promise<LiveControl> {
    const control = new LiveControl();
    control.#server = await ControlServer.open(path, (asked) => {
      if (control.#isOver) asked.reply(GONE);
      else control.#waiting.push(asked);
    });
    return control;
  }
  /** The run that it is for. */
  attach({ machine, counter }: Recording, writeCheckpoint: WriteCheckpoint): void {
    this.#vm = new Vm(machine, (vcpu) => {
      const last = counter.lastExits[vcpu];
      return last && exitOf(last);
    });
    this.#writeCheckpoint = writeCheckpoint;
  }
  /** Takes the socket away; who still waits is told. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const { reply } of this.#waiting.splice(0)) reply(GONE);
    await this.#server?.close();
  }

  get hasSome(): boolean {
    return this.#waiting.length > 0;
  }
  get holds(): boolean {
    return this.#isPaused;
  }
  reasonOf(outcome: Outcome): string | undefined {
    return this.#asked === outcome ? `ctl asked for it: ${outcome}` : undefined;
  }

  attend(): { readonly stop?: MachineStop; readonly end?: GuestRunResult } {
    const vm = this.#vm;
    if (vm === undefined) return {};
    // What has come for the guest since it ran is where it belongs by then, and a guest that has not run yet is switched on.
    const stop = vm.machine.run(vm.icount);
    let isDestroyed = false;
    while (!isDestroyed) {
      const asked = this.#waiting.shift();
      if (asked === undefined) break;
      const { request, reply } = asked;
      try {
        reply({ ok: this.#answer(vm, request) });
        isDestroyed = request.commands.destroy === true;
      } catch (error) {
        // Nobody who asks may end the run but by asking for its end.
        if (!(error instanceof Failure)) throw error;
        reply({ error: error.message });
      }
    }
    // One that was suspended has come to its end; a replay finds it there too.
    const now = stop.kind === 'count' ? vm.machine.run(vm.icount) : stop;
    if (now.kind !== 'count') return { stop: now };
    return isDestroyed ? { end: { outcome: 'interrupted', reason: 'ctl asked for it: destroy' } } : {};
  }

  #answer(vm: Vm, request: ControlRequest): ControlAnswer {
    const { commands } = request;
    const { checkpoint } = commands;
    // What cannot be told is known before anything is done.
    answersOf(vm, request);
    if (typeof checkpoint === 'string' && !isAbsolute(checkpoint))
      throw new Failure(`--checkpoint ${checkpoint}: the VM's process has another folder; give the whole path`);
    const steered = steer(vm, request, 'steer');
    const wasPaused = this.#isPaused;
    if (commands.pause === true) this.#isPaused = true;
    const answers = answersOf(vm, request);
    if (typeof checkpoint === 'string') this.#writeCheckpoint(checkpoint);
    if (commands.resume === true) this.#isPaused = false;
    const ended = steer(vm, request, 'end');
    this.#asked = vm.suspended ?? this.#asked;
    // A guest that is to end runs up to there.
    if (ended.length > 0) this.#isPaused = false;
    const done = [...steered, ...ended, ...(['pause', 'resume', 'destroy'] as const).filter((name) => commands[name])];
    return {
      ...answers,
      ...(this.#isPaused || wasPaused ? { paused: this.#isPaused } : {}),
      ...(typeof checkpoint === 'string' ? { checkpoint } : {}),
      ...(done.length === 0 ? {} : { done }),
    };
  }
}
