import { afterAll, describe, expect, test } from 'vitest';
import { WorkFolder } from '../command-line.fixture.ts';
import { BhyveVariables } from './variables.ts';

const work = new WorkFolder();
afterAll(() => work.remove());
const lines = (...given: string[]) => new BhyveVariables(given);

test('a file has a variable a line; comments and empty lines are none; blanks belong to what they stand in', () => {
  const file = work.write('vm.conf', '# cpus=3\n\nname=demo\r\ncpus= 2\npath=a=b c\n');
  const variables = new BhyveVariables([file]);
  expect(variables.all.slice(1)).toEqual([
    { key: 'name', raw: 'demo', where: `${file}:3` },
    { key: 'cpus', raw: ' 2', where: `${file}:4` },
    { key: 'path', raw: 'a=b c', where: `${file}:5` },
  ]);
  expect(() => variables.integer('cpus', 1, 8)).toThrow(`${file}:4: cpus: " 2": give 1 to 8`);
});

test('the later counts, of files and of single lines, in the order that they are given', () => {
  const file = work.write('vm.conf', 'cpus=2\ncpus=4\n');
  expect(new BhyveVariables([file]).text('cpus')).toBe('4');
  expect(new BhyveVariables(['cpus=1', file]).text('cpus')).toBe('4');
  expect(new BhyveVariables([file, 'cpus=1']).text('cpus')).toBe('1');
});

describe('references', () => {
  test('are replaced when all is set, also by what is set later and by what is set where nobody sets it', () => {
    const variables = lines('disk=/vm/%(name)/%(memory.size).img', 'name=%(who)%%1\\%', 'who=a');
    expect(variables.text('disk')).toBe('/vm/a%1%/256M.img');
    expect([variables.isReferredTo('who'), variables.isReferredTo('disk')]).toEqual([true, false]);
  });
  test('a backslash in a value without any stays', () => {
    expect(lines('path=a\\b').text('path')).toBe('a\\b');
  });
  test.each([
    [['a=%(b)'], 'it refers to "b", which is not set'],
    [['a=%()'], 'it refers to "", which is not set'],
    [['a=100%'], '% begins no %(variable)'],
    [['a=%(b'], '% begins no %(variable)'],
    [['a=%(a)'], 'more than 15 deep'],
    [['a=%(b)', 'b=%(a)'], 'more than 15 deep'],
    [
      [
        'a=%(b)%(b)',
        ...Array.from({ length: 14 }, (_, i) => `b${'b'.repeat(i)}=%(${'b'.repeat(i + 2)})%(${'b'.repeat(i + 2)})`),
        `${'b'.repeat(15)}=x`,
      ],
      'more than 256 variables',
    ],
    [['a=%(b)%(b)', `b=${'x'.repeat(3000)}`], 'more than 4096 characters'],
  ])('%j is refused', (given, message) => {
    expect(() => lines(...given).text('a')).toThrow(`--bhyve: a: "${(given[0] as string).slice(2)}": `);
    expect(() => lines(...given).text('a')).toThrow(message);
  });
});

test.each([
  [['a.b=1', 'a=2'], '--bhyve: a: it has variables of its own, as a.b (--bhyve)'],
  [['a.b=1', 'a.b.c=2'], '--bhyve: a.b.c: a.b is a variable itself (--bhyve)'],
  [['a..b=1'], 'a name between its dots is empty'],
  [['.a=1'], 'a name between its dots is empty'],
  [['nothing'], '--bhyve-config nothing: no such file'],
  [['/'], 'is no regular file'],
  [Array.from({ length: 4097 }, (_, i) => `v${i}=1`), 'more than 4096 variables'],
])('%j is refused', (given, message) => {
  expect(() => lines(...given)).toThrow(message);
});

test.each([
  ['cpus', 'is no key=value'],
  ['cpus=', 'is no key=value'],
  ['=2', 'is no key=value'],
])('a line %j of a file is refused, with its number', (line, message) => {
  const file = work.write('vm.conf', `# a VM\n${line}\n`);
  expect(() => new BhyveVariables([file])).toThrow(`${file}:2: ${JSON.stringify(line)} ${message}`);
});

test('a file beyond all reason is not read', () => {
  const file = work.write('vm.conf', '#'.repeat(256 * 1024 + 1));
  expect(() => new BhyveVariables([file])).toThrow('262145 bytes are too many; at most 262144');
});

test('values are read as bhyve reads them', () => {
  const one = (value: string) => lines(`v=${value}`);
  for (const yes of ['true', 'ON', 'yes', '1']) expect(one(yes).boolean('v')).toBe(true);
  for (const no of ['False', 'off', 'no', '0']) expect(one(no).boolean('v')).toBe(false);
  expect(() => one('maybe').boolean('v')).toThrow('give true or false');
  for (const [text, value] of Object.entries({ '10': 10, '0x10': 16, '010': 8 }))
    expect(one(text).integer('v', 0, 99)).toBe(value);
  for (const [text, mebibytes] of Object.entries({
    '512': 512,
    '512M': 512,
    '1g': 1024,
    '2GB': 2048,
    '1048576': 1,
    '0x200': 512,
    '4096k': 4,
  }))
    expect(one(text).bytes('v')).toBe(mebibytes * 2 ** 20);
  for (const wrong of ['1.5G', 'much', 'G', '-1', '1 G'])
    expect(() => one(wrong).bytes('v')).toThrow('give a size as 512M');
});
