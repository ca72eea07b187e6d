import { expect, test } from 'vitest';
import { describeFinding, readSources } from './sources.ts';
import { unsavedFindings } from './unsaved.ts';

test('what changes in a machine is saved, or says why not', () => {
  expect(unsavedFindings(readSources(['src'], ['.ts'])).map(describeFinding)).toEqual([]);
});

/** A class with a field, a method that does something with it, and a `save`. */
const found = (field: string, method = '', save = 'return {};', path = 'src/devices/a/a.ts'): string[] => {
  const text = [
    'export class A implements Stateful {',
    ...field.split('\n').map((line) => `  ${line}`),
    '  constructor() {',
    '    this.#own = this.#make();',
    '  }',
    '  act(): void {',
    `    ${method}`,
    '  }',
    '  save(): PlainMap {',
    `    ${save}`,
    '  }',
    '}',
  ].join('\n');
  return unsavedFindings([{ path, text }]).map(({ line, what }) => `${line} ${what.split(' ')[0]}`);
};

test.each([
  ['a field that is not readonly', '#count = 0;', ''],
  ['a public one', 'count = 0;', ''],
  ['one that is declared and set later', 'private count!: number;', ''],
  ['a typed one', 'readonly a = 1;\n#port: Port | undefined;', ''],
  ['a map', 'readonly #map = new Map<number, string>();', "this.#map.set(1, 'a');"],
  ['a list', 'readonly #list: number[] = [];', 'this.#list.push(1);'],
  ['a list that is cut', 'readonly #list: number[] = [];', 'this.#list.length = 0;'],
  ['a typed array', 'readonly #bytes = new Uint8Array(4);', 'this.#bytes[0] = 1;'],
  ['an object', 'readonly #state = { a: 0 };', 'this.#state.a++;'],
  ['an object within an object', 'readonly #state = { a: [0] };', 'this.#state.a[0] |= 1;'],
  ['an object with a short name', 'readonly #state = { a: 0 };', 'const s = this.#state;\n    s.a = 1;'],
  ['a part of an object', 'readonly #state = { a: [0] };', 'const { a } = this.#state;\n    a.push(1);'],
  ['all of an object', 'readonly #state = { a: 0 };', 'Object.assign(this.#state, other);'],
  ['what the constructor makes', 'readonly #own;', 'this.#own[1] = 2;'],
  ['one whose comment says nothing', '/** How many. */\n#count = 0;', ''],
])('%s is found', (_what, field, method) => {
  expect(found(field, method)).toHaveLength(1);
});

test.each([
  ['a field that is saved', '#count = 0;', '', 'return { count: this.#count };'],
  ['one that is derived', '/** Derived from the others. */\n#count = 0;', '', ''],
  ['one that says so over several lines', '/**\n * How many:\n * derived.\n */\n#count = 0;', '', ''],
  ['one that another saves', 'count = 0; // saved by B', '', ''],
  ['one that is readonly', 'readonly #count = 0;', '', ''],
  ['a table that nobody changes', 'readonly #map = new Map([[1, 2]]);', 'use(this.#map.get(1));', ''],
  ['a comparison', 'readonly #state = { a: 0 };', 'if (this.#state.a === 1 || this.#state.a <= 2) act();', ''],
  ['what another class makes', 'readonly #b = new B();', 'this.#b.count = 1;', ''],
  ['what is given', 'readonly #given: B;', 'this.#given.count = 1;', ''],
  ['a type alone', 'declare readonly gich: Port;', '', ''],
])('%s is not', (_what, field, method, save) => {
  expect(found(field, method, save)).toEqual([]);
});

test('it looks at variables of modules too, and at no tests, tools or loaders', () => {
  const at = (path: string, text: string): number => unsavedFindings([{ path, text }]).length;
  expect(at('src/machine/a.ts', 'let count = 0;\nexport let other = 1;\n')).toBe(2);
  expect(at('src/machine/a.ts', '// Derived.\nlet count = 0;\nfunction f() {\n  let local = 1;\n}\n')).toBe(0);
  for (const path of ['src/machine/a.test.ts', 'src/machine/loaders/a.ts', 'tools/a.ts', 'src/trace/a.ts'])
    expect(at(path, 'let count = 0;\n')).toBe(0);
});
