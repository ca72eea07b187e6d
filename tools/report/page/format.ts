/** Numbers for people. */

const groups = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** With commas between thousands. */
export const countText = (count: number): string => groups.format(count);

/** In three digits: `47.6 k`. */
export function shortCount(count: number): string {
  const size = Math.abs(count);
  for (const [unit, name] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (size >= unit * 0.9995) return `${digits(count / unit)} ${name}`;
  }
  return Number.isInteger(count) ? String(count) : digits(count);
}

/** Three digits, without zeros behind the point. */
const digits = (value: number): string => {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2)));
};

/** `12.3 %`; what is there is never `0 %`. */
export function shareText(share: number): string {
  if (share === 0) return '0 %';
  const percent = share * 100;
  if (percent < 0.01) return '< 0.01 %';
  return `${percent.toFixed(percent >= 10 ? 1 : 2)} %`;
}

/** A length of time in three digits: `12.3 µs`. */
export function durationText(ns: number): string {
  const size = Math.abs(ns);
  if (size < 1000) return `${Number.isInteger(ns) ? ns : digits(ns)} ns`;
  if (size < 999_500) return `${digits(ns / 1e3)} µs`;
  if (size < 999_500_000) return `${digits(ns / 1e6)} ms`;
  return `${digits(ns / 1e9)} s`;
}

/** A moment in seconds, with the digits that multiples of a length of time have. */
export function momentText(ns: number, step = 1): string {
  let decimals = 0;
  while (decimals < 9 && Math.abs(Math.round(step / 10 ** (9 - decimals)) * 10 ** (9 - decimals) - step) > step * 1e-6)
    decimals++;
  return `${(ns / 1e9).toFixed(decimals)} s`;
}

/** A size. */
export function bytesText(bytes: number): string {
  for (const [unit, name] of [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ] as const) {
    if (bytes >= unit) return `${digits(bytes / unit)} ${name}`;
  }
  return `${bytes} bytes`;
}

/** `1 exit`, `2 exits`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;

/** The least of 1, 2, 5, 10, 20, … that is no less. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least * 0.999_999) ?? 10;
  return step * power;
}
