/** `> 10`, `<= 1e6`, `= 3`; a number alone is the least. */
export function matchesNumber(wanted: string, value: number): boolean {
  const [, sign = '', number = ''] = wanted.trim().match(/^(>=|<=|>|<|=)?\s*(.*)$/) ?? [];
  const scale: Readonly<Record<string, number>> = { k: 1e3, M: 1e6, G: 1e9 };
  const [, digits = '', unit = ''] = number.replaceAll(',', '').match(/^(.*?)\s*([kMG]?)$/) ?? [];
  const limit = Number(digits) * (scale[unit] ?? 1);
  if (digits === '' || Number.isNaN(limit)) return true;
  switch (sign) {
    case '>':
      return value > limit;
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '=':
      return value === limit;
    default:
      return value >= limit;
  }
}
