import { expect, it } from 'vitest';
import { GuestView } from '../inspect/guest-view.ts';
import { Timeline } from '../timeline/timeline.ts';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import { callFrames } from './call-frames.ts';
import { ExitLooks } from './exit-looks.ts';
import { namesOf } from './names.fixture.ts';

const reader = TapeReader.open('traces/golden/v3/demo-arm64.tape');
const exits = [...reader.events({ classes: new Set(['vm-exit']) })];

/** The stack of each of some exits, as a line. */
function stacksOf(wanted: readonly (typeof exits)[number][]): string[] {
  const timeline = new Timeline(reader);
  const view = new GuestView(timeline.machine);
  const names = namesOf(reader);
  const stacks = new ExitLooks(timeline, () =>
    callFrames(view, names)
      .map(({ name }) => name)
      .join(';'),
  );
  const lines = wanted.map(({ at, ordinal }) => stacks.at(at, ordinal));
  stacks.close();
  expect(timeline.session.onEvent).toBe(undefined);
  return lines;
}

it('has the stack at every exit, the outermost function first', () => {
  const all = stacksOf(exits);
  const counts = new Map<string, number>();
  for (const line of all) counts.set(line, (counts.get(line) ?? 0) + 1);
  expect(counts.get('text_start;main;print;console_put')).toBe(1154);
  expect(counts.get('text_start;main;exception_check;save;report;print;console_put')).toBe(482);
  expect(counts.get('text_start;main;gic_init')).toBe(47);
  // What is in the midst of the tape is found from there.
  const part = exits.slice(1000, 1400);
  expect(stacksOf(part)).toEqual(all.slice(1000, 1400));
  const some = exits.filter((_, n) => n % 97 === 0);
  expect(stacksOf(some)).toEqual(all.filter((_, n) => n % 97 === 0));
});

it('says so where an exit is none of the tape', () => {
  const last = exits.at(-1) as (typeof exits)[number];
  expect(() => stacksOf([{ ...last, ordinal: last.ordinal + 100 }])).toThrow(
    'is not in the replay, which came to event',
  );
});
