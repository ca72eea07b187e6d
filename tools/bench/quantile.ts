/** The value that so large a part of them does not pass; of two values in the middle the larger. NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** Of what is known. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : quantile(known, 0.5);
}

/** Of two that are known. */
export const ratio = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b;

/** The median of what each round's two come to: what else the host did then fell on both. */
export const pairedRatio = (ours: readonly (number | undefined)[], theirs: readonly (number | undefined)[]) =>
  median(ours.map((value, round) => ratio(value, theirs[round])));
