import { writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { WorkFolder } from '../session/command-line.fixture.ts';
import type { Dimension } from './dimensions.ts';
import { dimensionsOf, withLeaves } from './dimensions.ts';
import { stacksOf } from './flame.ts';
import { profileTape } from './profile.ts';
import { ProfiledTape } from './profiled-tape.ts';

const work = new WorkFolder();
afterAll(() => work.remove());
const TAPE = 'traces/golden/v3/demo-arm64.tape';
const by = (text: string): readonly Dimension[] => dimensionsOf('--by', text) as readonly Dimension[];

it('stacks are of the exits of the stretch, all of them', () => {
  const whole = new ProfiledTape(TAPE, {});
  const profile = profileTape(whole, withLeaves(by('stack')));
  const listed = [...whole.reader.events({ classes: new Set(['vm-exit']) })];
  expect(profile.total).toBe(listed.length);
  expect(stacksOf(profile, 'exits', 'instructions').total(0)).toBe(listed.length);
  // By symbol and class alone the tape tells the same.
  const classes = profileTape(new ProfiledTape(TAPE, {}), by('symbol,class'));
  const innermost = new Map<string, number>();
  for (const { key, count } of profile.rows) {
    const frames = key.split(';');
    const at = frames.findIndex((frame) => /^[A-Z0-9]+(_[A-Z]+)?x?$/.test(frame));
    const name = frames.slice(at - 1, at + 1).join(';');
    innermost.set(name, (innermost.get(name) ?? 0) + count);
  }
  for (const { key, count } of classes.rows.filter(({ key: of }) => !of.startsWith('(no')))
    expect([key, innermost.get(key)]).toEqual([key, count]);
  const part = profileTape(new ProfiledTape(TAPE, { from: 'event:4000', to: 'event:4100' }), by('stack'));
  expect(part.total).toBe(listed.filter(({ ordinal }) => ordinal >= 4000 && ordinal <= 4100).length);
  expect(part.rows.every(({ key }) => key.startsWith('text_start;'))).toBe(true);
});

it('a task is not known where the guest has none', () => {
  const tape = new ProfiledTape(TAPE, { to: 'event:20' });
  expect(profileTape(tape, by('task')).rows).toMatchObject([{ key: '(no task)', share: 1 }]);
});

it('a replay names code as the kernel’s symbols do, and says what other code is of', () => {
  const rowsOf = (symbols: string | undefined, replay: boolean) =>
    profileTape(new ProfiledTape(TAPE, { symbols }), by('symbol'), { replay }).rows;
  expect(rowsOf(undefined, true)).toEqual(rowsOf(undefined, false));
  const some = work.file('System.map');
  writeFileSync(some, '0000000050000000 T nowhere\n0000000050000100 T elsewhere\n');
  const [alone, replayed] = [false, true].map((replay) => rowsOf(some, replay).map(({ key, count }) => [key, count]));
  const total = alone?.reduce((sum, [, count]) => sum + Number(count), 0);
  expect(alone).toEqual([['(no symbol)', total]]);
  expect(replayed?.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(total);
  expect(replayed?.map(([key]) => key).sort()).toEqual(['[program]', '[unknown]']);
});
