import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { readRules } from './read-rules.ts';

const messageOf = (text: string): string => {
  try {
    readRules(text, 'f.json');
  } catch (error) {
    if (error instanceof Failure && !error.message.includes('\n')) return error.message;
    throw error;
  }
  return '';
};
const rule = (more: object): string => JSON.stringify({ rules: [{ name: 'r', ...more }] });
const count = { table: 'exits' };
const irqs = { table: 'irqs' };

test.each<[string, string, RegExp]>([
  ['no JSON', '{', /^f\.json: no JSON/],
  ['no object', '[]', /give an object with rules/],
  ['another key', '{"rules":[],"x":1}', /there is no "x"/],
  ['no rules', '{"rules":[]}', /rules: give a list of 1 to 1000/],
  ['no kind', rule({}), /^f\.json: rule 1 "r": give one of count, every, reach/],
  ['two kinds', rule({ count, atMost: 1, reach: 'end', within: { ns: 1 } }), /give one of count, every, reach/],
  ['no name', JSON.stringify({ rules: [{ count, atMost: 1 }] }), /^f\.json: rule 1: name is missing/],
  [
    'a name twice',
    JSON.stringify({
      rules: [
        { name: 'a', count, atMost: 1 },
        { name: 'a', count, atMost: 2 },
      ],
    }),
    /two rules have the name "a"/,
  ],
  [
    'a key that is of another kind',
    rule({ count, atMost: 1, same: ['vcpu'] }),
    /rule 1 "r": there is no "same"; there are name, why, from, before, count/,
  ],
  ['no limit', rule({ count }), /give atMost, atLeast or both/],
  ['a limit that is none', rule({ count, atMost: 1.5 }), /atMost: give a whole number/],
  ['a negative one', rule({ count, atLeast: -1 }), /atLeast: give a whole number/],
  ['a stretch with another limit', rule({ count, atLeast: 1, per: { ns: 1 } }), /per goes with atMost alone/],
  ['a stretch of nothing', rule({ count, atMost: 1, per: { ns: 0 } }), /per: give a stretch of 1 or more/],
  ['a window too full', rule({ count, atMost: 1e6, per: { ns: 1 } }), /atMost: give a whole number from 0 to 65536/],
  [
    'two units',
    rule({ count, atMost: 1, per: { ns: 1, exits: 2 } }),
    /per: give one of exits, events, instructions, ns/,
  ],
  ['another unit', rule({ count, atMost: 1, per: { ms: 1 } }), /per: there is no "ms"/],
  ['no table', rule({ count: {}, atMost: 1 }), /count: give an object with a table: exits, mmio/],
  ['another table', rule({ count: { table: 'exit' }, atMost: 1 }), /count: there is no table "exit"; there are exits/],
  ['a table that has no events', rule({ count: { table: 'symbols' }, atMost: 1 }), /there is no table "symbols"/],
  [
    'another column',
    rule({ count: { table: 'exits', klass: 'x' }, atMost: 1 }),
    /count: there is no "klass"; there are table, ordinal/,
  ],
  ['a text for a number', rule({ count: { table: 'exits', vcpu: '0' }, atMost: 1 }), /count: vcpu: give a number/],
  ['a number for a text', rule({ count: { table: 'exits', class: 1 }, atMost: 1 }), /count: class: give a text/],
  [
    'a word that is none',
    rule({ count: { table: 'exits', pc: '0xg' }, atMost: 1 }),
    /count: pc: give a number, or a text such as/,
  ],
  ['no value', rule({ count: { table: 'exits', class: [] }, atMost: 1 }), /class: give 1 to 1000 values/],
  ['a range without ends', rule({ count: { table: 'exits', icount: {} }, atMost: 1 }), /icount: give min, max or both/],
  ['a range of texts', rule({ count: { table: 'exits', class: { min: 'a' } }, atMost: 1 }), /class: give a text/],
  ['a value in a list', rule({ count: { table: 'exits', pc: [1, 'x'] }, atMost: 1 }), /pc\[1\]: give a number/],
  ['nothing that follows', rule({ every: irqs, within: { exits: 1 } }), /give one of followedBy, precededBy/],
  [
    'both',
    rule({ every: irqs, followedBy: irqs, precededBy: irqs, within: { exits: 1 } }),
    /give one of followedBy, precededBy/,
  ],
  ['no distance', rule({ every: irqs, followedBy: irqs }), /within is missing/],
  [
    'a column of one table',
    rule({ every: irqs, followedBy: count, within: { exits: 1 }, same: ['intid'] }),
    /same: table exits has no column "intid"/,
  ],
  ['a place with a window', rule({ reach: 'end', within: { ns: 1 }, before: 'end' }), /before: it is reached or not/],
  ['a reason that is none', rule({ count, atMost: 1, why: 7 }), /why: give a text/],
  [
    'a name of an inherited thing',
    rule({ count: { table: 'exits', constructor: 1 }, atMost: 1 }),
    /there is no "constructor"/,
  ],
])('%s', (_, text, message) => expect(messageOf(text)).toMatch(message));

test('what is right is taken', () => {
  const rules = readRules(
    JSON.stringify({
      rules: [
        {
          name: 'a',
          why: 'w',
          count: { table: 'exits', class: ['A*', null], pc: '0xffff800000000000' },
          atMost: 5,
          before: 'console:x',
        },
        { name: 'b', every: irqs, precededBy: irqs, within: { exits: 0 }, same: ['intid', 'vcpu'] },
        { name: 'c', reach: 'time:1s', within: { ns: 5 }, from: 'icount:0' },
      ],
    }),
    'f.json',
  );
  expect(rules).toMatchObject([
    {
      kind: 'budget',
      atMost: 5,
      before: 'console:x',
      why: 'w',
      count: { conditions: [{ column: 'class' }, { column: 'pc', test: { values: [0xffff_8000_0000_0000n] } }] },
    },
    { kind: 'ordering', isBefore: true, within: { unit: 'exits', value: 0 }, same: ['intid', 'vcpu'] },
    { kind: 'reach', reach: 'time:1s', from: 'icount:0' },
  ]);
});
