import { expect, it } from 'vitest';
import { frameOf } from '../code-images.ts';
import { fakeBtf } from './btf.fixture.ts';
import { Btf } from './btf.ts';
import { FakeMemory } from './fake-memory.fixture.ts';
import { Modules } from './modules.ts';

/** Where members of `struct module` lie, and of what they are made. */
const LIST = 8;
const NAME = 24;
const KALLSYMS = 0x80;
const MEM = 0x100;
const PART_BYTES = 0x48;
const INT = 1;
const member = (name: string, at: number, type = INT) => ({ name, at, type });

/** Types of a kernel before Linux 6.4, or since then. */
function typesOf(kind: 'layouts' | 'mem'): Btf {
  const code =
    kind === 'mem'
      ? [member('mem', MEM, 5)]
      : [member('core_layout', MEM, 4), member('init_layout', MEM + PART_BYTES, 4)];
  const sizeOfCode = kind === 'mem' ? 'size' : 'text_size';
  return Btf.read(
    fakeBtf([
      { kind: 'int', name: 'int', bytes: 4 },
      { kind: 'int', name: 'char', bytes: 1 },
      { kind: 'array', type: 2, count: 56 },
      {
        kind: 'struct',
        name: kind === 'mem' ? 'module_memory' : 'module_layout',
        bytes: PART_BYTES,
        members: [member('base', 0), member(sizeOfCode, kind === 'mem' ? 8 : 12)],
      },
      { kind: 'array', type: 4, count: 7 },
      {
        kind: 'struct',
        name: 'module',
        bytes: 0x400,
        members: [member('list', LIST), member('name', NAME, 3), member('kallsyms', KALLSYMS), ...code],
      },
      {
        kind: 'struct',
        name: 'mod_kallsyms',
        bytes: 32,
        members: [member('symtab', 0), member('num_symtab', 8), member('strtab', 16)],
      },
    ]),
  ) as Btf;
}

const HEAD = 0xffff_8000_0900_0000n;
const STRUCTS = [0xffff_8000_0010_0000n, 0xffff_8000_0020_0000n] as const;
const CODE = [0xffff_8000_0011_0000n, 0xffff_8000_0021_0000n] as const;

/** Puts a module with the functions of its symbol table there. */
function load(memory: FakeMemory, n: 0 | 1, kind: 'layouts' | 'mem', name: string, functions: readonly string[]): void {
  const [at, code] = [STRUCTS[n], CODE[n]];
  memory.text(at + BigInt(NAME), name, 56);
  for (let part = 0; part < (kind === 'mem' ? 7 : 2); part++) {
    const there = at + BigInt(MEM + part * PART_BYTES);
    memory.put(there, part === 0 ? code : 0n);
    memory.put(there + (kind === 'mem' ? 8n : 12n), part === 0 ? 0x200n : 0n, 4);
  }
  const [table, symbols, strings] = [at + 0x1000n, at + 0x2000n, at + 0x8000n];
  memory.put(at + BigInt(KALLSYMS), table);
  memory.put(table, symbols);
  memory.put(table + 8n, BigInt(functions.length + 1), 4);
  memory.put(table + 16n, strings);
  let nameAt = 4;
  for (const [i, function_] of ['', ...functions].entries()) {
    const symbol = symbols + BigInt(24 * i);
    memory.put(symbol, BigInt(function_ === '' ? 0 : nameAt), 4);
    // Type: function; section: 1. The first symbol is none.
    memory.put(symbol + 4n, function_ === '' ? 0n : 0x1_0002n, 4);
    memory.put(symbol + 8n, function_ === '' ? 0n : code + BigInt(0x100 * (i - 1)), 8);
    memory.put(symbol + 16n, 0x80n, 8);
    memory.text(strings + BigInt(nameAt), function_, 32);
    nameAt += 32;
  }
}

it.each(['layouts', 'mem'] as const)('code of modules has their names, by %s', (kind) => {
  const memory = new FakeMemory(8);
  const modules = Modules.of(typesOf(kind), memory) as Modules;
  const nodes = STRUCTS.map((at) => at + BigInt(LIST));
  const nameOf = (pc: bigint): string | undefined => {
    const place = modules.placeOf(pc, HEAD);
    return place && frameOf(place).name;
  };
  memory.list([HEAD], true);
  expect([modules.isList(HEAD), nameOf(CODE[0])]).toEqual([false, undefined]);

  load(memory, 0, kind, 'dummy', ['dummy_xmit', 'dummy_setup']);
  memory.list([HEAD, nodes[0] as bigint], true);
  expect(modules.isList(HEAD)).toBe(true);
  expect(modules.isList(HEAD + 0x40n)).toBe(false);
  expect(nameOf(CODE[0] + 0x7cn)).toBe('dummy_xmit [dummy]');
  expect(nameOf(CODE[0] + 0x100n)).toBe('dummy_setup [dummy]');
  // Code without a symbol, as stubs of jumps are, and what is no code.
  expect(nameOf(CODE[0] + 0x1fcn)).toBe('[dummy]+0x1fc');
  expect([nameOf(CODE[0] + 0x200n), nameOf(CODE[0] - 4n), nameOf(CODE[1])]).toEqual([undefined, undefined, undefined]);

  // One comes, and another goes.
  load(memory, 1, kind, 'loop', ['lo_open']);
  memory.list([HEAD, ...nodes], true);
  expect(nameOf(CODE[1])).toBe('lo_open [loop]');
  memory.list([HEAD, nodes[1] as bigint], true);
  memory.text(STRUCTS[0] + BigInt(NAME), '', 56);
  expect([nameOf(CODE[0]), nameOf(CODE[1])]).toEqual([undefined, 'lo_open [loop]']);
  // Another has its place in memory.
  load(memory, 0, kind, 'veth', ['veth_open']);
  memory.list([HEAD, ...nodes], true);
  expect(nameOf(CODE[0])).toBe('veth_open [veth]');
});

it('a list that does not come back, and counts beyond everything, end', () => {
  const memory = new FakeMemory(8);
  const modules = Modules.of(typesOf('layouts'), memory) as Modules;
  load(memory, 0, 'layouts', 'dummy', ['dummy_xmit']);
  const node = STRUCTS[0] + BigInt(LIST);
  memory.list([HEAD, node], true);
  memory.put(STRUCTS[0] + 0x1000n + 8n, 0xffff_ffffn, 4);
  expect(frameOf(modules.placeOf(CODE[0], HEAD) as never).name).toBe('dummy_xmit [dummy]');
  memory.put(node, node);
  expect(modules.isList(HEAD)).toBe(false);
  expect(modules.placeOf(CODE[1], HEAD)).toBe(undefined);
});

it('types of something else are of no modules', () => {
  const types = Btf.read(fakeBtf([{ kind: 'int', name: 'int', bytes: 4 }])) as Btf;
  expect(Modules.of(types, new FakeMemory(8))).toBe(undefined);
});
