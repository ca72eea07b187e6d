/** The first place at which a replay is not the recording: both sides in the guest's terms. */
export interface Divergence {
  /** Number of the event on the tape, from 0. */
  readonly event: number;
  readonly at: number;
  readonly vcpu: number;
  readonly pc: string;
  /** The function that the PC lies in, with the offset there, where its symbols are known. */
  readonly symbol?: string;
  /** What differs: an event's field, which event it is, or the end of the run. */
  readonly what: string;
  readonly recorded: string;
  readonly replayed: string;
  /** The whole event on the tape, where one of its fields differs. */
  readonly context?: string;
}

/** Ends a replay from within, at its first mismatch. */
export class DivergenceFound extends Error {
  override readonly name = 'DivergenceFound';
  readonly divergence: Divergence;
  constructor(divergence: Divergence) {
    super(`replay differs at icount ${divergence.at}: ${divergence.what}`);
    this.divergence = divergence;
  }
}
