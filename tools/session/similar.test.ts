import { expect, test } from 'vitest';
import { similarTo } from './similar.ts';

const verbs = ['run', 'record', 'replay', 'info', 'events', 'guest', 'bench'];

test.each([
  ['rplay', 'replay'],
  ['recrod', 'record'],
  ['event', 'events'],
  ['Replay', 'replay'],
  ['fly', undefined],
  ['', undefined],
])('%j is near %j', (word, near) => expect(similarTo(word, verbs)).toBe(near));
