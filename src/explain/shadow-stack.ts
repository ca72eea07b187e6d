/** How often calls are nested at most; of deeper ones the outermost half is forgotten. */
const DEPTH_MAX = 1024;

/** A call that has not returned yet. */
export interface OpenCall {
  /** Where it returns to, as unsigned halves. */
  readonly lo: number;
  readonly hi: number;
  /** It has returned where the guest comes to that address with a stack pointer (its low half) of this or more. */
  readonly returned: number;
  /** It is over in any case where the stack pointer is above this. */
  readonly over: number;
  /** What called it, as whoever keeps the stack counts. */
  readonly caller: number;
  /** An exception, and not a call. */
  readonly isException: boolean;
}

/** The calls on one of a guest's stacks, followed from call to return. */
export class ShadowStack {
  /** What the outermost function on it was called by. */
  base: number;
  readonly #calls: OpenCall[] = [];

  constructor(base: number) {
    this.base = base;
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }
  /** What the running function was called by. */
  get caller(): number {
    return this.#calls.at(-1)?.caller ?? this.base;
  }
  push(call: OpenCall): void {
    if (this.#calls.length === DEPTH_MAX) this.#calls.splice(0, DEPTH_MAX / 2);
    this.#calls.push(call);
  }
  /** The guest is at an address with a stack pointer: what has returned by now is taken off. */
  arrive(lo: number, hi: number, sp: number): void {
    const calls = this.#calls;
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const isBack = isReturn(call, lo, hi, sp);
      if (!isBack && sp <= call.over) return;
      calls.pop();
      if (isBack) return;
    }
  }
  /** An exception's handler has returned, wherever to. */
  returnFromException(): void {
    const at = this.#calls.findLastIndex(({ isException }) => isException);
    if (at >= 0) this.#calls.length = at;
  }
  /** Whether the guest's arrival is a return of the innermost call. */
  returnsTo(lo: number, hi: number, sp: number): boolean {
    const call = this.#calls.at(-1);
    return call !== undefined && isReturn(call, lo, hi, sp);
  }
  clear(): void {
    this.#calls.length = 0;
  }
}

const isReturn = ({ lo, hi, returned }: OpenCall, toLo: number, toHi: number, sp: number): boolean =>
  lo === toLo && hi === toHi && sp >= returned;
