// base/: what knows nothing of the project: bits, branded addresses, bounds, failures, a seeded generator.

/** A programmer's error: a broken invariant of our own. Never thrown for bad input or for what a guest does. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** @throws AssertionError where a condition that always holds does not */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the default of a switch that handles every kind: a new kind is a compile error. @throws AssertionError */
export function unreachable(value: never, what = 'value'): never {
  throw new AssertionError(`unreachable ${what}: ${String(value)}`);
}

/** @throws AssertionError: what an invariant of ours says is there is not */
export function missing(what: string): never {
  throw new AssertionError(`missing ${what}`);
}

/** `value`, which an invariant of ours says is there. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) missing(what);
  return value;
}
