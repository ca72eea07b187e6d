/** Generic timers, numbered as the tape numbers them. */
export const TimerIndex = { virtual: 0, physical: 1, hyp: 2 } as const;
export type TimerIndex = (typeof TimerIndex)[keyof typeof TimerIndex];

/** What the CPU tells of itself to whoever records it. No method may change the CPU's state. */
export interface SystemObserver {
  /** A timer's control, compare value or offset was written. */
  timerProgram?(timer: TimerIndex, ctl: number, cval: bigint): void;
  /** A timer's output went high. */
  timerFire?(timer: TimerIndex, intid: number): void;
  /** The guest acknowledged a virtual interrupt (ICC_IAR). */
  irqAck?(intid: number): void;
  /** A virtual interrupt's handling ended: EOIR, or DIR where the priority drop is split off. */
  irqEoi?(intid: number): void;
  /** The maintenance interrupt went high; ICH_MISR_EL2 at that point. */
  maintenance?(misr: number): void;
}
