/** Signals that ask a run to come to its end, as a terminal, a shell or the system sends them. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Watches for signals. They are seen between two pieces of a run, so that none leaves a machine in the midst of an instruction.
 * To be made before the first output is: a signal that nobody watches for ends the process, and what it began stays behind.
 */
export class Interrupts {
  /** Who is told of SIGPIPE. */
  static #last: Interrupts | undefined;
  /** A signal has come: the run is to end. */
  requested = false;
  /** The reader of an output has gone: nothing ends, but this may be the last moment to save something. */
  onPipe: () => void = () => {};
  readonly #onSignal = (): void => {
    this.requested = true;
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    if (Interrupts.#last === undefined) process.on('SIGPIPE', () => Interrupts.#last?.onPipe());
    Interrupts.#last = this;
  }
  /** From now on signals do what they do to any program. */
  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    // SIGPIPE keeps its handler: Node ignores it from the start, but what the last handler leaves behind is the end of the process.
  }
}
