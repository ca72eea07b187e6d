import { Failure } from '../../base/failure.ts';
import type { SuspendWish } from '../../machine/edits.ts';
import type { Ended, Outcome } from '../../machine/machine.ts';
import type { RunSession } from '../../replay/record.ts';
import { type EventDecl, type EventSink, type FieldsOf, isEmitted, vmExit } from '../../trace/events/index.ts';
import { type GuestOptions, openSession } from '../record.ts';
import { exitOf, type VmExit } from './exits.ts';
import { type BhyveEnd, bhyveEndOf } from './statuses.ts';
import { Vm } from './vm.ts';

/** How far a VM is run. */
export interface VmRunOptions {
  /** Up to this count. */
  readonly until?: number;
  /** Up to the next exit of one of these kinds, by bhyve's or KVM's name (`INST_EMUL`, `DABT_LOW`), or of any. */
  readonly exits?: readonly string[] | 'all';
}

/** Why `run` came back. */
export type VmRunResult =
  /** The exit has been handled: device, firmware and interrupt controller are here, as they are in bhyve and its kernel module. */
  | { readonly kind: 'exit'; readonly exit: VmExit }
  | { readonly kind: 'count' }
  /** VM_EXITCODE_SUSPENDED, and how bhyve would have ended. */
  | { readonly kind: 'suspended'; readonly how: SuspendWish; readonly bhyve: BhyveEnd | null }
  /**
   * The guest has ended otherwise: at an exit that nobody handles, in a panic, in a circle. With `waiting` only what comes from outside can bring it
   * on: a line that rises, input.
   */
  | { readonly kind: 'ended'; readonly outcome: Outcome; readonly reason: string; readonly waiting: boolean };

/** What is seen of the exits on their way to the tape. */
class ExitWatch implements EventSink {
  readonly #next: EventSink;
  readonly #saw: (exit: VmExit) => void;

  constructor(next: EventSink, saw: (exit: VmExit) => void) {
    this.#next = next;
    this.#saw = saw;
  }
  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    this.#next.emit(decl, fields);
    if (isEmitted(vmExit, decl, fields)) this.#saw(exitOf(fields));
  }
}

/** A VM of one's own, FreeBSD's `struct vmctx`: made, run from exit to exit or as far as wanted, and ended. */
export class VmContext extends Vm {
  readonly #session: RunSession;
  /** How the guest has ended, where that came with an exit that was asked for. */
  #ended: Ended | undefined;
  #isDestroyed = false;

  private constructor(session: RunSession) {
    super(session.machine, (vcpu) => {
      const last = session.counter.lastExits[vcpu];
      return last && exitOf(last);
    });
    this.#session = session;
  }
  /**
   * vm_create, vm_setup_memory and vm_set_topology: a VM with its memory, vCPUs, devices, guest, and perhaps a tape.
   * @throws Failure of one line where there is no such machine, or the tape cannot be written
   */
  static create(options: GuestOptions): VmContext {
    return new VmContext(openSession(options, options.onConsole ?? (() => {})));
  }

  /** vm_run. Nothing of the host reaches the guest: where it is stopped changes nothing for it. @throws Failure where it has been destroyed */
  run({ until = Number.POSITIVE_INFINITY, exits = [] }: VmRunOptions = {}): VmRunResult {
    this.#check();
    const { counter, machine } = this.#session;
    const { next } = counter;
    const wanted = exits === 'all' ? undefined : new Set(exits);
    let seen: VmExit | undefined;
    if (wanted === undefined || wanted.size > 0)
      counter.next = new ExitWatch(next, (exit) => {
        if (seen !== undefined || (!(wanted?.has(exit.exitcode) ?? true) && !wanted?.has(exit.class))) return;
        seen = exit;
        machine.requestStop();
      });
    try {
      for (;;) {
        const ended = this.#ended ?? this.#step(until);
        this.#ended = undefined;
        if (seen !== undefined) {
          this.#ended = ended;
          return { kind: 'exit', exit: seen };
        }
        if (ended !== undefined) return this.#endOf(ended);
        if (this.icount >= until) return { kind: 'count' };
      }
    } finally {
      counter.next = next;
    }
  }
  #step(until: number): Ended | undefined {
    const stop = this.#session.run(until);
    return stop.kind === 'ended' ? stop : undefined;
  }
  #endOf({ outcome, reason, waiting }: Ended): VmRunResult {
    const how = this.suspended;
    if (how === undefined) return { kind: 'ended', outcome, reason, waiting: waiting !== undefined };
    return { kind: 'suspended', how, bhyve: bhyveEndOf(outcome, true) };
  }

  /** What is typed at the guest's console, an input of the run. @throws Failure where it takes no more at present */
  input(text: string): void {
    this.#check();
    const bytes = new TextEncoder().encode(text);
    const { machine } = this.#session;
    if (bytes.length > machine.inputRoom)
      throw new Failure(
        `input: the guest takes ${machine.inputRoom} bytes at present; give the rest when it has run on`,
      );
    machine.input(bytes);
  }

  /** vm_destroy: ends the run where it is. Its tape, where there is one, is whole. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    const stop = this.#session.run(this.icount);
    const { outcome, reason } =
      stop.kind === 'ended' ? stop : ({ outcome: 'interrupted', reason: 'the VM was destroyed' } as const);
    this.#session.finish(outcome, reason);
  }
  #check(): void {
    if (this.#isDestroyed) throw new Failure('the VM has been destroyed');
  }
}
