import { ExitReason } from '../state/codes.ts';

/** Why the jump cache did not know the code at a VA. */
export const JumpMiss = { empty: 0, otherContext: 1, conflict: 2 } as const;
export type JumpMiss = (typeof JumpMiss)[keyof typeof JumpMiss];

/** What the engine did so far, counted where it is slow anyway: nothing of it is seen by the guest, or saved. */
export class EngineCounters {
  /** Times that the run loop looked for the code at PC; those of single instructions, and of code that only it enters, among them. */
  lookups = 0;
  /** Of these, by how the jump cache missed. */
  readonly jumpMisses = new Float64Array(Object.keys(JumpMiss).length);
  /** Entries into translated code, and by ExitReason the ways out of it. */
  entries = 0;
  readonly leaves = new Float64Array(Object.keys(ExitReason).length);
  /** Blocks evaluated instead, and the instructions that this retired. */
  evaluations = 0;
  evaluated = 0;
  /** Runs of one instruction a block. */
  singles = 0;
  /** Accesses that were not made in place. */
  slowLoads = 0;
  slowStores = 0;
  /** Reads, writes and operations of registers by way of the run time; and what observers are told. */
  calls = 0;
  /** Exceptions taken (Arm ARM DDI 0487, D1), and those of them that went to the resident hypervisor. */
  exceptions = 0;
  toHypervisor = 0;
  /** Milliseconds of the host's; null where nobody wants times. */
  clock: (() => number) | null = null;
  /** What it took to find code that the jump cache did not know: modules that were made for it aside, and with them. */
  findMs = 0;
  translateMs = 0;

  /** So much as is counted, by names. */
  get counts(): Readonly<Record<string, number>> {
    const named = (prefix: string, names: Readonly<Record<string, number>>, values: Float64Array) =>
      Object.fromEntries(Object.entries(names).map(([name, at]) => [`${prefix} ${name}`, values[at] as number]));
    const { lookups, entries, evaluations, evaluated, singles, slowLoads, slowStores, calls } = this;
    return {
      'look-ups': lookups,
      ...named('jump cache:', JumpMiss, this.jumpMisses),
      entries,
      ...named('left:', ExitReason, this.leaves),
      evaluations,
      'instructions evaluated': evaluated,
      'runs of one instruction a block': singles,
      'slow loads': slowLoads,
      'slow stores': slowStores,
      'calls of the run time': calls,
      exceptions: this.exceptions,
      'exceptions to the hypervisor': this.toHypervisor,
    };
  }
}
