import { expect, it } from 'vitest';
import { States } from './states.ts';

const at = (states: States<string>, icount: number): string | undefined => states.at(icount)?.load();

it('finds the last state that is not behind a count', () => {
  const states = new States<string>(8);
  states.add({ icount: 0, first: true, load: () => 'boot' });
  states.keep(200, true, 'b');
  states.keep(100, true, 'a');
  states.keep(200, true, 'another at the same count');
  expect([0, 99, 100, 199, 200, 1e9].map((n) => at(states, n))).toEqual(['boot', 'boot', 'a', 'a', 'b', 'b']);
  expect(at(states, -1)).toBe(undefined);
});

it('gives up the kept one that was not asked for the longest, and none that stays', () => {
  const states = new States<string>(2);
  states.add({ icount: 0, first: true, load: () => 'boot' });
  states.add({ icount: 50, first: true, load: () => 'of the tape' });
  states.keep(100, true, 'a');
  states.keep(200, true, 'b');
  at(states, 150);
  states.keep(300, true, 'c');
  expect([150, 250, 350].map((n) => at(states, n))).toEqual(['a', 'a', 'c']);
  states.drop(100);
  expect(at(states, 150)).toBe('of the tape');
  states.keep(400, true, 'd');
  states.keep(500, true, 'e');
  expect([250, 350, 450, 550].map((n) => at(states, n))).toEqual(['of the tape', 'of the tape', 'd', 'e']);
  states.drop(50);
  expect(at(states, 350)).toBe('boot');
});

it('takes a state behind the first moment of its count for later counts only', () => {
  const states = new States<string>(2);
  states.add({ icount: 0, first: true, load: () => 'boot' });
  states.keep(100, false, 'at a vector');
  expect([99, 100, 101].map((n) => at(states, n))).toEqual(['boot', 'boot', 'at a vector']);
});
