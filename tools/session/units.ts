/** Numbers for people. */

const scaled = (value: number, base: number, units: readonly string[]): string => {
  let step = 0;
  while (value >= base && step < units.length - 1) {
    value /= base;
    step++;
  }
  return `${step === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[step]}`;
};

/** A size for a person. */
export const bytesText = (bytes: number): string => scaled(bytes, 1024, ['bytes', 'KiB', 'MiB', 'GiB']);
/** With commas between thousands. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');
/** A time for a person. */
export const secondsText = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

/** An instruction count, and the virtual time that it is. */
export const momentText = (icount: number): string => `icount ${countText(icount)} (${(icount / 1e9).toFixed(6)} s)`;

/** Counts by name, the largest first; equal ones by name. */
export const byCount = (counts: ReadonlyMap<string, number>): [string, number][] =>
  [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
