import { expect, test } from 'vitest';
import { bhyveEndOf } from './statuses.ts';

test("a guest's own ends are bhyve's; what bhyve does not find out, or no guest asked for, has none", () => {
  const ends = ['reset', 'poweroff', 'halt'].map((outcome) => bhyveEndOf(outcome, true));
  expect(ends).toEqual([
    { status: 0, reason: 'RESET' },
    { status: 1, reason: 'POWEROFF' },
    { status: 2, reason: 'HALT' },
  ]);
  expect(bhyveEndOf('fault', false)).toEqual({ status: 4, reason: 'ERROR' });
  expect(bhyveEndOf('halt', false)).toBeNull();
  for (const outcome of ['panic', 'stuck', 'until', 'limit', 'interrupted', 'constructor'])
    expect(bhyveEndOf(outcome, false)).toBeNull();
});
