import { expect, test } from 'vitest';
import { parsePlace } from './places.ts';

const at = (text: string) => {
  const { moment, occurrence, offset } = parsePlace('--until', text);
  return { ...moment, occurrence, offset };
};

test.each([
  ['icount:5,000', { kind: 'icount', icount: 5000 }],
  ['1M', { kind: 'icount', icount: 1_000_000 }],
  ['1.2s', { kind: 'icount', icount: 1_200_000_000 }],
  ['time:30ms+5', { kind: 'icount', icount: 30_000_000, offset: 5 }],
  ['100-1', { kind: 'icount', icount: 100, offset: -1 }],
  ['event:12', { kind: 'event', ordinal: 12 }],
  ['console:login: ', { kind: 'console', text: 'login: ' }],
  ['console:6.1.0-56', { kind: 'console', text: '6.1.0-56' }],
  ['console:tick#3', { kind: 'console', text: 'tick', occurrence: 3 }],
  ['console:tick#3-1,000', { kind: 'console', text: 'tick', occurrence: 3, offset: -1000 }],
  ['console:"build #1"', { kind: 'console', text: 'build #1' }],
  ['console:"build #1"#2+7', { kind: 'console', text: 'build #1', occurrence: 2, offset: 7 }],
  ['symbol:vfs_open#3+10', { kind: 'symbol', name: 'vfs_open', occurrence: 3, offset: 10 }],
  ['symbol:foo.isra.0', { kind: 'symbol', name: 'foo.isra.0' }],
  ['exit:DABT_LOW#2', { kind: 'exit', classes: new Set(['DABT_LOW']), occurrence: 2 }],
  ['exit:mmio-read', { kind: 'exit', classes: new Set(['mmio-read']) }],
  ['irq:27#5-100', { kind: 'irq', intid: 27, occurrence: 5, offset: -100 }],
  ['end', { kind: 'end' }],
  ['end-1M', { kind: 'end', offset: -1_000_000 }],
])('%s', (text, place) => expect(at(text)).toEqual({ occurrence: 1, offset: 0, ...place }));

test.each([
  ['icount', 'give icount:N, event:N, time:1.2s, console:TEXT'],
  ['icount:x', '--until icount: x: give a number of instructions'],
  ['time:12', 'a time with its unit'],
  ['icount:5#2', 'there is but one'],
  ['end#2', 'give icount:N'],
  ['exit:DABT', 'no such class'],
  ['exit:DABT_LWO', 'did you mean DABT_LOW?'],
  ['symbol:vfs_open#0', 'the first is #1'],
  ['symbol:vfs_open+0x54', 'an offset in bytes is no place'],
])('%s is none', (text, why) => expect(() => at(text)).toThrow(why));
