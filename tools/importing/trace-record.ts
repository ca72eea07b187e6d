// importing/: traces of real hosts' KVM, as events of a tape that has no machine.

/** Values of a tracepoint by the names that the kernel gives them. */
export type TraceValues = Readonly<Record<string, number | bigint | string>>;

/** A tracepoint that a host passed, as its trace tells it. */
export interface TraceRecord {
  /** Of the host's clock. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** The thread, by its number and name. */
  readonly pid: number;
  readonly comm: string;
  readonly name: string;
  readonly values: TraceValues;
}

/** What of a trace could not be used. */
export interface Strange {
  /** Not understood at all: the first of them, how many. */
  lines: number;
  first: string | undefined;
  /** Events that mean nothing to a tape, by name. */
  readonly others: Map<string, number>;
}

/** Names that are counted one by one; what comes beyond is counted as one. */
const OTHERS_MAX = 1024;

/** Counts an event that a tape has no use for. */
export function countOther({ others }: Strange, name: string): void {
  const key = others.has(name) || others.size < OTHERS_MAX ? name : '(others)';
  others.set(key, (others.get(key) ?? 0) + 1);
}
/** Counts what was not understood. */
export function countStrange(strange: Strange, line: string): void {
  strange.lines++;
  strange.first ??= line.slice(0, 160);
}
