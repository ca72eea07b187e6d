// check/: what the tests say of the sources themselves: directions of imports, tidiness, documentation.

import { type Finding, type Import, importsOf, isFixture, isTestOnly, type Source } from './sources.ts';

/**
 * The project's top: base <- host <- core, devices, trace <- hyp <- machine <- replay <- timeline, inspect <- debug, explain <- tools;
 * analysis, on trace alone, beside them.
 */
const source = [
  'src/base',
  'src/host',
  'src/core',
  'src/devices',
  'src/trace',
  'src/hyp',
  'src/machine',
  'src/inspect',
  'src/replay',
  'src/timeline',
  'src/debug',
  'src/analysis',
  'src/explain',
  'src/library',
];
/** What each room may import beside itself. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  'src/host': ['src/base'],
  'src/core': ['src/base', 'src/host'],
  'src/devices': ['src/base'],
  'src/trace': ['src/base', 'src/host'],
  'src/hyp': ['src/base', 'src/core', 'src/devices', 'src/trace'],
  'src/machine': ['src/base', 'src/host', 'src/core', 'src/devices', 'src/trace', 'src/hyp'],
  'src/inspect': ['src/base', 'src/host', 'src/core', 'src/hyp', 'src/machine'],
  'src/replay': ['src/base', 'src/core', 'src/devices', 'src/trace', 'src/hyp', 'src/machine'],
  'src/timeline': ['src/base', 'src/core', 'src/devices', 'src/trace', 'src/hyp', 'src/machine', 'src/replay'],
  'src/debug': [
    'src/base',
    'src/core',
    'src/devices',
    'src/trace',
    'src/hyp',
    'src/machine',
    'src/replay',
    'src/inspect',
    'src/timeline',
  ],
  'src/analysis': ['src/base', 'src/trace'],
  'src/explain': [
    'src/base',
    'src/core',
    'src/devices',
    'src/trace',
    'src/hyp',
    'src/machine',
    'src/replay',
    'src/inspect',
    'src/timeline',
    'src/analysis',
  ],
  'src/library': [
    'src/base',
    'src/host',
    'src/core',
    'src/devices',
    'src/trace',
    'src/hyp',
    'src/machine',
    'src/replay',
    'src/inspect',
    'src/timeline',
    'src/analysis',
    'src/explain',
  ],
  bin: [],
  // How the program is launched: the benchmark and the tests launch theirs alike.
  tools: [...source, 'bin'],
  examples: [],
  test: [...source, 'tools', 'bin'],
};

/** Within a room: what each part may import beside itself. A part is a folder or, at the top of the room, a file. */
export const parts: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'src/core': {
    fields: [],
    state: ['fields'],
    helpers: ['state'],
    ir: ['state', 'fields', 'helpers'],
    decode: ['ir', 'state'],
    simd: ['ir', 'state'],
    lifting: ['ir', 'state', 'fields', 'helpers'],
    wasm: ['ir', 'state', 'helpers'],
    exception: ['state', 'fields'],
    mmu: ['state', 'fields'],
    snapshot: ['state', 'fields', 'exception', 'system'],
    system: ['state', 'fields', 'ir', 'mmu', 'exception'],
    engine: ['state', 'helpers', 'ir', 'decode', 'wasm', 'mmu', 'exception', 'system'],
    dependence: [
      'fields',
      'state',
      'helpers',
      'ir',
      'decode',
      'wasm',
      'mmu',
      'exception',
      'system',
      'engine',
      'aarch32',
    ],
    a64: ['state', 'fields', 'helpers', 'ir', 'decode', 'simd', 'lifting', 'exception', 'system'],
    aarch32: ['state', 'fields', 'helpers', 'ir', 'decode', 'simd', 'lifting', 'exception', 'system'],
    a32: ['state', 'ir', 'decode', 'lifting', 'aarch32'],
    t32: ['state', 'ir', 'decode', 'lifting', 'aarch32'],
    architecture: [
      'fields',
      'state',
      'ir',
      'decode',
      'mmu',
      'exception',
      'system',
      'engine',
      'a64',
      'aarch32',
      'a32',
      't32',
    ],
  },
  'src/hyp': { vmm: [], 'arm-common': ['vmm'], arm64: ['vmm', 'arm-common'], armv7: ['vmm', 'arm-common'] },
  'src/devices': {
    bus: [],
    flash: ['bus'],
    fwcfg: ['bus'],
    pl061: ['bus'],
    bvmconsole: ['bus'],
    pl011: ['bus'],
    pl031: ['bus'],
    sp804: ['bus'],
    vexpress: ['bus'],
    pci: ['bus'],
    virtio: ['bus', 'pci'],
  },
  'src/trace': { limits: [], events: ['limits'], codec: ['events', 'limits'] },
};

/** Packages that a room may import; Node's own modules are `tidy`'s business. */
export const packages: Readonly<Record<string, readonly string[]>> = {
  'src/inspect': ['@alexaltea/capstone-js'],
  'src/host': ['zstd-napi'],
  'src/trace': ['msgpackr'],
  tools: [
    '@duckdb/node-api',
    '@vscode/debugadapter',
    '@vscode/debugprotocol',
    'assemblyscript',
    'cli-progress',
    'd3-flame-graph',
    'd3-selection',
    'esbuild',
    'hyparquet',
    'hyparquet-writer',
    'junit-report-builder',
    'pbf',
    'pprof-format',
    'tabulator-tables',
    'uplot',
    'yargs',
  ],
  examples: ['hypertape'],
  test: ['fast-check', 'playwright-core', 'vitest'],
};

/** Exceptions, each with its reason. One that no import needs is a finding too. */
export interface Debt {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}
/** Imports that go another way, for now. */
export const debt: readonly Debt[] = [];
/** How many there are: the number may only fall. */
export const DEBT_ENTRIES = 0;

/** Architectures that the machine-independent parts, of the hypervisor and of its library, do not name, comments included. */
const VMM = ['src/hyp/vmm/', 'src/library/vmmapi/'];
const ARCHITECTURES = /\b(arm64|armv[78]|aarch(64|32))\b/gi;

const roomOf = (path: string): string => path.match(/^(src\/[^/]+|[^/]+)/)?.[0] ?? path;
const partOf = (path: string): string => path.slice(roomOf(path).length + 1).match(/^[^/.]+/)?.[0] ?? '';
const packageOf = (name: string): string => name.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? name;

interface Edge extends Import {
  readonly from: string;
}
const edgesOf = (sources: readonly Source[]): Edge[] =>
  sources.flatMap((s) => importsOf(s).map((i) => ({ ...i, from: s.path })));

function problemOf(edge: Edge): string | undefined {
  const room = roomOf(edge.from);
  if (edge.kind === 'package') {
    const name = packageOf(edge.target);
    if (name.startsWith('node:') || (name === 'vitest' && isTestOnly(edge.from))) return undefined;
    return packages[room]?.includes(name) ? undefined : `${room} may not import the package ${name}`;
  }
  if (isFixture(edge.target) && !isTestOnly(edge.from)) return `only tests may import ${edge.target}`;
  const target = roomOf(edge.target);
  if (target !== room) {
    const known = rooms[room];
    if (known === undefined) return `${room} is no room: name it in tools/check/layers.ts`;
    return known.includes(target) ? undefined : `${room} may not import ${target} (${edge.target})`;
  }
  const map = parts[room];
  const from = partOf(edge.from);
  const to = partOf(edge.target);
  // A test may build on what stands beside its part.
  if (map === undefined || from === to || isTestOnly(edge.from)) return undefined;
  if (map[from] === undefined) return `${room}/${from} is no part of ${room}: name it in tools/check/layers.ts`;
  return map[from].includes(to) ? undefined : `${room}/${from} may not import ${room}/${to} (${edge.target})`;
}

/** Imports that go another way than the tables say. */
export function directionFindings(sources: readonly Source[], allowed: readonly Debt[] = debt): Finding[] {
  const used = new Set<Debt>();
  const findings: Finding[] = [];
  for (const edge of edgesOf(sources)) {
    const what = problemOf(edge);
    if (what === undefined) continue;
    const excuse = allowed.find((d) => d.from === edge.from && d.to === edge.target);
    if (excuse) used.add(excuse);
    else findings.push({ path: edge.from, line: edge.line, what });
  }
  for (const d of allowed)
    if (!used.has(d))
      findings.push({ path: d.from, line: 1, what: `no longer imports ${d.to}: strike it from the debt` });
  return findings;
}

/** More debt than is known, or less: then the number is to be lowered. */
export function debtFindings(entries: number = debt.length, known: number = DEBT_ENTRIES): Finding[] {
  if (entries === known) return [];
  const what = entries > known ? 'the debt has grown' : `DEBT_ENTRIES can be lowered to ${entries}`;
  return [{ path: 'tools/check/layers.ts', line: 1, what }];
}

/** Cycles among the nodes, each told once, from its first member in order. */
export function cyclesAmong(edges: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): void => {
    const at = path.indexOf(node);
    if (at >= 0) cycles.push(path.slice(at));
    if (at >= 0 || done.has(node)) return;
    path.push(node);
    for (const next of [...(edges.get(node) ?? [])].sort()) visit(next);
    path.pop();
    done.add(node);
  };
  for (const node of [...edges.keys()].sort()) visit(node);
  return cycles;
}

const wholePart = (path: string): string => `${roomOf(path)}/${partOf(path)}`;

/**
 * Import cycles between files, between parts of a room and between rooms. An import of types alone counts as any other: who
 * reads the one file must read the other.
 */
export function cycleFindings(sources: readonly Source[]): Finding[] {
  const edges = edgesOf(sources).filter((e) => e.kind === 'file');
  const graphOf = (nodeOf: (path: string) => string, all: readonly Edge[]): Map<string, Set<string>> => {
    const graph = new Map<string, Set<string>>();
    for (const edge of all) {
      const [from, to] = [nodeOf(edge.from), nodeOf(edge.target)];
      if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
    return graph;
  };
  const ofProgram = edges.filter((e) => !isTestOnly(e.from));
  const withinRooms = ofProgram.filter((e) => roomOf(e.from) === roomOf(e.target));
  const cycles = [
    ...cyclesAmong(graphOf((path) => path, edges)),
    ...cyclesAmong(graphOf(wholePart, withinRooms)),
    ...cyclesAmong(graphOf(roomOf, ofProgram)),
  ];
  return cycles.map((cycle) => ({
    path: cycle[0] ?? '',
    line: 1,
    what: `import cycle: ${[...cycle, cycle[0]].join(' -> ')}`,
  }));
}

/** Names of architectures in the machine-independent parts. */
export function vmmNameFindings(sources: readonly Source[]): Finding[] {
  return sources
    .filter((s) => VMM.some((folder) => s.path.startsWith(folder)) && !isTestOnly(s.path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, i) => {
        const names = line.match(ARCHITECTURES) ?? [];
        return names.map((name) => ({ path, line: i + 1, what: `the machine-independent vmm names ${name}` }));
      }),
    );
}
