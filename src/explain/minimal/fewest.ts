/** Whether these items still show what is looked for. */
export type Shows<T> = (items: readonly T[]) => Promise<boolean>;

/** The items without a stretch of them. */
const without = <T>(items: readonly T[], from: number, to: number): T[] => [
  ...items.slice(0, from),
  ...items.slice(to),
];

/** A short beginning of the items that shows it: of all lengths the first found by doubling, then by halving. */
async function beginningOf<T>(items: readonly T[], shows: Shows<T>): Promise<readonly T[]> {
  let short = 0;
  let long = 1;
  while (long < items.length && !(await shows(items.slice(0, long)))) {
    short = long;
    long *= 2;
  }
  long = Math.min(long, items.length);
  while (long - short > 1) {
    const middle = Math.floor((short + long) / 2);
    if (await shows(items.slice(0, middle))) long = middle;
    else short = middle;
  }
  return items.slice(0, long);
}

/**
 * Items that show what all of them show, none of which can be left out alone: delta debugging by complements (Zeller and Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", 2002). What comes behind the moment of a failure goes first, at once.
 * @param items these show it
 */
export async function fewest<T>(items: readonly T[], shows: Shows<T>): Promise<readonly T[]> {
  if (items.length === 0 || (await shows([]))) return [];
  let left = await beginningOf(items, shows);
  for (let pieces = 2; left.length > 1; ) {
    const length = Math.ceil(left.length / pieces);
    let next: readonly T[] | undefined;
    for (let from = 0; from < left.length && next === undefined; from += length) {
      const rest = without(left, from, from + length);
      if (rest.length > 0 && (await shows(rest))) next = rest;
    }
    if (next === undefined && length === 1) return left;
    pieces = next === undefined ? pieces * 2 : Math.max(2, pieces - 1);
    left = next ?? left;
    pieces = Math.min(pieces, left.length);
  }
  return left;
}
