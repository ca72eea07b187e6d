import { codeOf, type Finding, importsOf, isTest, isTestOnly, lineAt, type Source } from './sources.ts';

/** Something banned by name. `within` and `except` are beginnings of paths. */
interface Ban {
  readonly name: string;
  readonly pattern: RegExp;
  /** `code` leaves comments and strings out. */
  readonly of: 'code' | 'text';
  readonly within: readonly string[];
  readonly inTests: boolean;
  readonly instead: string;
  readonly except?: readonly string[];
}

const everywhere = ['src/', 'tools/', 'test/'];
/** What a guest can see, or what decides it. */
const guestVisible = ['src/'];
const clock = 'time is virtual: machine/clock, or the Clock that a device is given';

/** What is not used, and what is instead. */
export const bans: readonly Ban[] = [
  { name: 'Date', pattern: /\bDate\b/g, of: 'code', within: guestVisible, inTests: false, instead: clock },
  {
    name: 'performance',
    pattern: /\bperformance\b/g,
    of: 'code',
    within: guestVisible,
    inTests: false,
    instead: clock,
  },
  {
    name: 'process.hrtime',
    pattern: /\bprocess\s*\.\s*(hrtime|uptime|cpuUsage)\b/g,
    of: 'code',
    within: guestVisible,
    inTests: false,
    instead: clock,
  },
  {
    name: 'a host timer',
    pattern: /\b(setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)\b/g,
    of: 'code',
    within: guestVisible,
    inTests: false,
    instead: 'a deadline by instruction count (DeadlineSource)',
  },
  {
    name: 'host randomness',
    pattern: /\b(Math\s*\.\s*random|randomBytes|randomFill|randomInt|randomUUID|getRandomValues)\b/g,
    of: 'code',
    within: guestVisible,
    inTests: true,
    instead: 'base/prng, from a recorded seed',
    // Names of temporary files, which no guest sees and nobody may guess.
    except: ['src/host/output-file.ts'],
  },
  {
    name: 'a host float function',
    pattern:
      /\bMath\s*\.\s*(sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|exp|expm1|log|log1p|log10|pow|cbrt|hypot)\b/g,
    of: 'code',
    within: guestVisible,
    inTests: false,
    instead: 'core/helpers: results of these differ between hosts',
  },
  {
    name: "the host's environment",
    pattern: /\bprocess\s*\.\s*(env|platform|arch|pid|argv|cwd|memoryUsage)\b/g,
    of: 'code',
    within: guestVisible,
    inTests: false,
    instead: 'a field of the machine configuration, which the tape records',
  },
  {
    name: "Node's classes and globals",
    pattern: /\b(Buffer|process|NodeJS|require)\b/g,
    of: 'code',
    within: ['src/base/', 'src/core/', 'src/devices/', 'src/trace/', 'src/hyp/'],
    inTests: false,
    instead: 'base/bytes, or src/host: what is below the machine runs without Node',
  },
  {
    name: "the host's locale",
    pattern: /\b(Intl|localeCompare|toLocale\w+)\b/g,
    of: 'code',
    within: guestVisible,
    inTests: true,
    instead: 'comparison with < and formats of our own',
  },
  {
    name: 'for in',
    pattern: /\bfor\s*\(\s*(?:const|let|var)\s+\w+\s+in\b/g,
    of: 'code',
    within: everywhere,
    inTests: true,
    instead: 'for (const … of Object.entries(…)) on a table of ours, or a Map',
  },
  {
    name: 'any',
    pattern: /(?<!\.)\bany\b(?!\s*[:(])/g,
    of: 'code',
    within: everywhere,
    inTests: true,
    instead: 'unknown, or the type',
  },
  {
    // AssemblyScript's decorators are no TypeScript: its files need it.
    name: 'a silenced compiler',
    pattern: /@ts-(ignore|nocheck)/g,
    of: 'text',
    within: everywhere,
    inTests: true,
    instead: 'a type that holds',
    except: ['src/core/helpers/as/', 'tools/check/tidy.'],
  },
  {
    name: "a register's bit",
    pattern:
      /\bconst (HCR|SCTLR|H?CPTR|CPACR|MD[SC]R|MDSCR|TTBCR|HSTR|FPEXC|[CS]PSR|PSTATE|[EHF]SR|CNTK?H?CTL|ICH_\w+)_\w+ = \(?\w+ << \w+/g,
    of: 'code',
    within: guestVisible,
    inTests: false,
    instead: 'src/core/fields: each is written once',
    except: ['src/core/fields/'],
  },
  {
    name: "a page's size",
    pattern: /\bconst \w*PAGE(_BYTES|_SHIFT)? = (4096n?|12|1n? << 12n?);/g,
    of: 'code',
    within: everywhere,
    inTests: false,
    instead: 'base/page',
    except: ['src/base/page.ts'],
  },
  {
    name: 'unfinished work',
    pattern: /\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b/g,
    of: 'text',
    within: everywhere,
    inTests: true,
    instead: 'the work, or an issue',
  },
  {
    name: 'a test left out',
    pattern: /\b(test|it|describe|suite)\s*\.\s*(only|skip|todo)\b/g,
    of: 'code',
    within: everywhere,
    inTests: true,
    instead: 'skipIf with what the test needs',
  },
];

/** Files of src that may touch the host's files, and what for; `src/host` is what they do it by. */
export const fileReaders: Readonly<Record<string, string>> = {
  'src/core/helpers/instantiate.ts': 'reads the helpers, a part of the program',
  'src/library/producer.ts': 'reads package.json, a part of the program',
  'src/machine/disks/qcow2-disk.ts': 'reads disks, of which the tape has what the guest read, or its digests',
  'src/machine/disks/raw-disk.ts': 'likewise',
  'src/machine/kept-translations.ts': 'reads and leaves translations, of which no guest sees anything but time',
  'src/machine/loaders/read-image.ts': 'reads images, which the tape embeds or names by digest',
  'src/trace/codec/image-beside.ts': 'reads images that a tape names by digest',
  'src/trace/codec/tape-file.ts': 'reads tapes',
  'src/trace/codec/tape-repair.ts': 'writes tapes',
  'src/trace/codec/tape-writer.ts': 'writes tapes',
};
/** What reaches the host's files. */
const FILES = /^src\/host\/(files|kept-files|output-file)\.ts$/;
/** Which of Node's modules the rooms of src import. */
export const nodeModules: Readonly<Record<string, readonly string[]>> = {
  'src/host': [
    'node:crypto',
    'node:ffi',
    'node:fs',
    'node:module',
    'node:os',
    'node:path',
    'node:worker_threads',
    'node:zlib',
  ],
};

/** A file has fewer lines. */
export const LINES_MAX = 500;

/** Folders of the machine that something was built on. */
const MACHINE_PATH = new RegExp(`(?<![\\w.$}*-])/(${['work', 'home', 'root', 'Users'].join('|')})/[\\w.]`, 'g');

const lineCount = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
const startsWithAny = (path: string, beginnings: readonly string[]): boolean =>
  beginnings.some((b) => path.startsWith(b));

/** Uses of what is banned. */
export function banFindings(sources: readonly Source[]): Finding[] {
  return sources.flatMap(({ path, text }) => {
    const code = codeOf(text);
    return bans
      .filter(
        (b) =>
          startsWithAny(path, b.within) && (b.inTests || !isTestOnly(path)) && !startsWithAny(path, b.except ?? []),
      )
      .flatMap((b) =>
        [...(b.of === 'code' ? code : text).matchAll(b.pattern)].map((match) => ({
          path,
          line: lineAt(text, match.index),
          what: `${b.name} (${match[0]}): use ${b.instead}`,
        })),
      );
  });
}

/** Imports of Node's modules that `nodeModules` does not have, files of src that touch the host's and do not say why, and tables that say more than is so. */
export function hostModuleFindings(sources: readonly Source[]): Finding[] {
  const used = new Set<string>();
  const findings: Finding[] = [];
  const edges = sources
    .filter(({ path }) => path.startsWith('src/') && !isTestOnly(path))
    .flatMap((source) => importsOf(source).map((edge) => ({ ...edge, path: source.path })));
  for (const { path, line, target } of edges) {
    const room = path.split('/', 2).join('/');
    const isOfNode = target.startsWith('node:');
    const isKnown = nodeModules[room]?.includes(target) === true;
    if (isOfNode && isKnown) used.add(`${room} ${target}`);
    if (isOfNode && !isKnown)
      findings.push({ path, line, what: `imports ${target}: src/host alone has Node's modules` });
    if (!FILES.test(target) || room === 'src/host') continue;
    if (fileReaders[path] !== undefined) used.add(path);
    else
      findings.push({
        path,
        line,
        what: `imports ${target}: what comes from the host passes the recorder, or stands in fileReaders with its reason`,
      });
  }
  const known = [
    ...Object.keys(fileReaders),
    ...Object.entries(nodeModules).flatMap(([room, names]) => names.map((name) => `${room} ${name}`)),
  ];
  const idle = known.filter(
    (one) =>
      !used.has(one) &&
      sources.some(({ path }) => path === one.split(' ')[0] || path.startsWith(`${one.split(' ')[0]}/`)),
  );
  return [
    ...findings,
    ...idle.map((one) => ({ path: 'tools/check/tidy.ts', line: 1, what: `${one}: no longer so, strike it` })),
  ];
}

/** Files that are too long. */
export const sizeFindings = (sources: readonly Source[]): Finding[] =>
  sources
    .map(({ path, text }) => ({ path, lines: lineCount(text) }))
    .filter(({ lines }) => lines >= LINES_MAX)
    .map(({ path, lines }) => ({ path, line: lines, what: `${lines} lines: split it; less than ${LINES_MAX}` }));

/** A test in src or tools is named after what stands beside it, `x.ts` or `x.*.ts`, or after its folder. */
export function strayTestFindings(sources: readonly Source[]): Finding[] {
  const paths = sources.map((s) => s.path);
  const code = paths.filter((path) => !isTestOnly(path));
  return paths
    .filter((path) => isTest(path) && !path.startsWith('test/'))
    .filter((path) => {
      const subject = path.slice(0, -'.test.ts'.length);
      const [name, folder] = subject.split('/').reverse();
      return name !== folder && !code.some((other) => other.startsWith(`${subject}.`));
    })
    .map((path) => ({ path, line: 1, what: 'tests no file beside it; what crosses rooms goes to test/' }));
}

/** Entry points, and sources that are compiled by other means than an import. */
const ENTRIES = [
  'src/core/helpers/as/',
  'src/core/wasm/webassembly.d.ts',
  'src/inspect/capstone-js.d.ts',
  'src/library/index.ts',
  'src/library/webassembly-types.d.ts',
];

/** What only tests use is named `X.fixture.ts`: files of src that only they import, and all of test/ that is no test. */
export function fixtureFindings(sources: readonly Source[]): Finding[] {
  const used = new Set(
    sources.filter(({ path }) => !isTestOnly(path)).flatMap((s) => importsOf(s).map((i) => i.target)),
  );
  return sources
    .filter(({ path }) => !isTestOnly(path) && !startsWithAny(path, ENTRIES))
    .filter(({ path }) => path.startsWith('test/') || (path.startsWith('src/') && !used.has(path)))
    .map(({ path }) => ({ path, line: 1, what: 'only tests use it: name it *.fixture.ts' }));
}

/** Paths of the machine that something was built on. */
export const machinePathFindings = (sources: readonly Source[]): Finding[] =>
  sources.flatMap(({ path, text }) =>
    [...text.matchAll(MACHINE_PATH)].map((match) => ({
      path,
      line: lineAt(text, match.index),
      what: `${match[0]}… is a path of one machine`,
    })),
  );

/** Paths of the project that a document names, in `code` or as a link. */
const MENTION = /(?:`|\]\()((?:\.\/)?(?:src|tools|test|traces)\/[\w./-]+)(?=[`)#])/g;

/** Paths that documents name and that are not there. */
export const mentionFindings = (documents: readonly Source[], exists: (path: string) => boolean): Finding[] =>
  documents.flatMap(({ path, text }) =>
    [...text.matchAll(MENTION)]
      .filter((match) => !exists(match[1] ?? ''))
      .map((match) => ({ path, line: lineAt(text, match.index), what: `mentions ${match[1]}, which is not there` })),
  );

/** Verbs of the command line (tools/commands/VERB.ts) that the README does not mention. */
export function verbFindings(sources: readonly Source[], readme: string): Finding[] {
  return sources
    .map(({ path }) => ({ path, verb: path.match(/^tools\/commands\/([\w-]+)\.ts$/)?.[1] }))
    .filter(({ verb }) => verb !== undefined && !new RegExp(`\`(hypertape )?${verb}\\b`).test(readme))
    .map(({ path, verb }) => ({ path, line: 1, what: `README.md does not mention \`${verb}\`` }));
}
