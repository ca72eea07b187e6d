import { expect, it } from 'vitest';
import { TranslationConfigs } from './config.ts';
import { Cpu } from './cpu.ts';
import { resetCpu } from './reset.ts';

it('configurations beyond a bound are forgotten, and no number is given twice', () => {
  const cpu = new Cpu(65536, { frequency: 1, countAt: () => 0n, icountAt: () => Number.POSITIVE_INFINITY });
  resetCpu(cpu, { el: 1, entry: 0n });
  const configs = new TranslationConfigs();
  const base = configs.current(cpu, false);
  const ids = new Set([base.id]);
  const count = 70_000;
  for (let n = 0; n < count; n++) {
    const variant = configs.variant(base, true, n >> 16, n & 0xffff);
    ids.add(variant.id);
    expect(variant.family).toBe(base.family);
  }
  expect(ids.size).toBe(count + 1);
  // The first is new again; the last is known.
  expect(ids.has(configs.variant(base, true, (count - 1) >> 16, (count - 1) & 0xffff).id)).toBe(true);
  expect(ids.has(configs.variant(base, true, 0, 0).id)).toBe(false);
  expect(configs.current(cpu, false)).toMatchObject({ el: base.el, aarch32: base.aarch32 });
});
