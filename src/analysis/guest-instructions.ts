import type { EventFrame } from '../trace/codec/event-frame.ts';
import { type EventDecl, idleSkip, irqAck, irqInject, vcpuTurn, vmExit } from '../trace/events/index.ts';

/** Events that tell which vCPU was running, and when none was. */
export const instructionEvents: readonly EventDecl[] = [vmExit, idleSkip, vcpuTurn, irqInject, irqAck];

/**
 * How many instructions each vCPU has executed, from the events that tell: an icount is the instructions of all vCPUs and the time
 * that passed while none ran (FORMAT.md, idle-skip). A skip is told as a whole at its start; what wakes the guest earlier cuts it short.
 * Frames are to be given in the order of the tape, none left out that holds one of `instructionEvents`.
 */
export class GuestInstructions {
  /** Time skipped so far, and the skip that has not ended yet. */
  #skipped = 0;
  #skip: { readonly at: number; readonly to: number } | undefined;
  #running: number | undefined;
  /** Instructions of all vCPUs when the turn began. */
  #turnBegan = 0;
  readonly #executed: number[] = [];
  readonly #atExit: (number | undefined)[] = [];

  /** @param begin icount at which the events begin */
  constructor(begin = 0) {
    this.#skipped = begin;
  }

  /**
   * For each exit of the frame, in order: the instructions of its vCPU since that one's exit before it; NaN for a vCPU's first.
   */
  sinceExit(frame: EventFrame): Float64Array {
    const { tags, at, vcpus } = frame;
    const exits = frame.table(vmExit)?.count ?? 0;
    const since = new Float64Array(exits);
    const skips = frame.table(idleSkip)?.column('to');
    const turns = frame.table(vcpuTurn);
    const [from, to] = [turns?.column('from'), turns?.column('to')];
    let [exit, skip, turn] = [0, 0, 0];
    for (let place = 0; place < frame.count; place++) {
      const tag = tags[place] as number;
      const icount = at[place] as number;
      if (tag === vmExit.tag) since[exit++] = this.#exit(vcpus[place] as number, icount);
      else if (tag === idleSkip.tag) this.#idle(icount, skips?.[skip++] as number);
      else if (tag === irqInject.tag || tag === irqAck.tag) this.#awake(icount);
      else if (tag === vcpuTurn.tag) {
        this.#turn(icount, from?.[turn] as number, to?.[turn] as number);
        turn++;
      }
    }
    return since;
  }

  /** Instructions that all vCPUs have executed at an icount, which is that of the last event or a later one. */
  total(icount: number): number {
    const { at, to } = this.#skip ?? { at: 0, to: 0 };
    const inSkip = Math.max(0, Math.min(icount, to) - at);
    return icount - this.#skipped - inSkip;
  }

  #idle(at: number, to: number): void {
    this.#awake(at);
    this.#skip = { at, to };
  }
  /** The guest runs at this icount: a skip is over. */
  #awake(icount: number): void {
    if (this.#skip === undefined) return;
    this.#skipped += Math.max(0, Math.min(icount, this.#skip.to) - this.#skip.at);
    this.#skip = undefined;
  }
  #turn(icount: number, from: number, to: number): void {
    this.#executes(from, icount);
    this.#running = to;
  }
  #exit(vcpu: number, icount: number): number {
    this.#awake(icount);
    const executed = this.#executes(vcpu, icount);
    const before = this.#atExit[vcpu];
    this.#atExit[vcpu] = executed;
    return before === undefined ? Number.NaN : executed - before;
  }
  /** Up to this icount it was this vCPU that ran, unless a turn told of another: returns its own count. */
  #executes(vcpu: number, icount: number): number {
    const total = this.total(icount);
    const running = this.#running ?? vcpu;
    this.#executed[running] = (this.#executed[running] ?? 0) + total - this.#turnBegan;
    this.#turnBegan = total;
    this.#running = vcpu;
    return this.#executed[vcpu] ?? 0;
  }
}
