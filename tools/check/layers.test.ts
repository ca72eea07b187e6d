import { expect, test } from 'vitest';
import {
  cycleFindings,
  cyclesAmong,
  debtFindings,
  directionFindings,
  parts,
  rooms,
  vmmNameFindings,
} from './layers.ts';
import { describeFinding, readSources } from './sources.ts';

// AssemblyScript's imports are its own: the helpers' sources know nobody.
const project = readSources(['src', 'tools', 'test', 'examples'], ['.ts']).filter(
  (s) => !s.path.startsWith('src/core/helpers/as/'),
);

test('every import goes the way of the layers', () => {
  expect(directionFindings(project).map(describeFinding)).toEqual([]);
});

test('there are no import cycles', () => {
  expect(cycleFindings(project).map(describeFinding)).toEqual([]);
});

test('the debt only shrinks', () => {
  expect(debtFindings().map(describeFinding)).toEqual([]);
  expect(debtFindings(2, 1).map((f) => f.what)).toEqual(['the debt has grown']);
  expect(debtFindings(1, 2).map((f) => f.what)).toEqual(['DEBT_ENTRIES can be lowered to 1']);
});

test('the machine-independent vmm names no architecture', () => {
  expect(vmmNameFindings(project).map(describeFinding)).toEqual([]);
});

test('the tables name rooms and parts that they describe', () => {
  for (const known of Object.values(rooms)) for (const room of known) expect(rooms).toHaveProperty([room]);
  for (const map of Object.values(parts))
    for (const known of Object.values(map)) for (const part of known) expect(map).toHaveProperty([part]);
  const edgesOf = (table: Readonly<Record<string, readonly string[]>>) =>
    new Map(Object.entries(table).map(([name, known]) => [name, new Set(known)]));
  for (const table of [rooms, ...Object.values(parts)]) expect(cyclesAmong(edgesOf(table))).toEqual([]);
});

const wrong: readonly { readonly path: string; readonly text: string; readonly finding: RegExp }[] = [
  {
    path: 'src/core/snapshot.ts',
    text: "import { Vm } from '../hyp/vmm/vm.ts';",
    finding: /src\/core may not import src\/hyp/,
  },
  {
    path: 'src/base/bits.ts',
    text: "import type { A } from '../core/a.ts';",
    finding: /src\/base may not import src\/core/,
  },
  {
    path: 'src/core/ir/ops.ts',
    text: "import {\n  a,\n} from '../engine/a.ts';",
    finding: /ir may not import .*engine/,
  },
  { path: 'src/core/decode/row.ts', text: "export * from '../a64/a.ts';", finding: /decode may not import .*a64/ },
  { path: 'src/hyp/vmm/vm.ts', text: "import '../arm64/traps.ts';", finding: /vmm may not import .*arm64/ },
  { path: 'src/hyp/arm64/a.ts', text: "import '../armv7/a.ts';", finding: /arm64 may not import .*armv7/ },
  { path: 'src/devices/bus/a.ts', text: "import yargs from 'yargs';", finding: /may not import the package yargs/ },
  { path: 'src/replay/a.ts', text: "const a = await import('../../tools/cli.ts');", finding: /may not import tools/ },
  {
    path: 'src/hyp/vmm/vm.ts',
    text: "import { m } from './vm.fixture.ts';",
    finding: /only tests may import src\/hyp\/vmm\/vm\.fixture\.ts/,
  },
  { path: 'src/extra/a.ts', text: "import '../base/bits.ts';", finding: /src\/extra is no room/ },
];
test.each(wrong)('$path: $text is found', ({ path, text, finding }) => {
  expect(directionFindings([{ path, text }], []).map(describeFinding)).toEqual([expect.stringMatching(finding)]);
});

test('a debt excuses its import, and is found once it is paid', () => {
  const debt = [{ from: 'src/base/a.ts', to: 'src/core/b.ts', reason: 'a test' }];
  expect(directionFindings([{ path: 'src/base/a.ts', text: "import '../core/b.ts';" }], debt)).toEqual([]);
  expect(directionFindings([{ path: 'src/base/a.ts', text: '' }], debt).map((f) => f.what)).toEqual([
    'no longer imports src/core/b.ts: strike it from the debt',
  ]);
});

test('a cycle is found, between files and between parts, be its imports of types alone', () => {
  const a = { path: 'src/core/ir/a.ts', text: "import { b } from './b.ts';" };
  const b = { path: 'src/core/ir/b.ts', text: "import type { X } from './a.ts';" };
  expect(cycleFindings([a, b]).map((f) => f.what)).toEqual([
    'import cycle: src/core/ir/a.ts -> src/core/ir/b.ts -> src/core/ir/a.ts',
  ]);
  const c = { path: 'src/core/ir/c.ts', text: "import type { D } from '../wasm/d.ts';" };
  const e = { path: 'src/core/wasm/e.ts', text: "import { f } from '../ir/f.ts';" };
  expect(cycleFindings([c, e]).map((f) => f.what)).toEqual([
    'import cycle: src/core/ir -> src/core/wasm -> src/core/ir',
  ]);
  const fixture = { path: 'src/core/ir/c.fixture.ts', text: c.text };
  expect(cycleFindings([fixture, e])).toEqual([]);
});

test('a name of an architecture in the vmm is found', () => {
  for (const path of ['src/hyp/vmm/vm.ts', 'src/library/vmmapi/vm.ts']) {
    const findings = vmmNameFindings([{ path, text: '// as on\n// AArch64' }]);
    expect(findings.map(describeFinding)).toEqual([`${path}:2: the machine-independent vmm names AArch64`]);
  }
  expect(vmmNameFindings([{ path: 'src/library/record.ts', text: '// arm64' }])).toEqual([]);
});
