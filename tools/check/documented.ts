import { type Finding, isTestOnly, type Source } from './sources.ts';

// What the sources say of themselves: each folder by its main file, exports by docstrings, facts by where they come from. What is
// missing is counted, and the numbers may only fall.

/** Compiled by itself, and told of by helpers/. */
const ASSEMBLYSCRIPT = 'src/core/helpers/as/';
/** Rows and lifters have the names and the order of the manual's encoding classes. */
const isEncodingClass = (path: string): boolean => /\.(table|lift)\.ts$/.test(path);

const inProgram = ({ path }: Source): boolean =>
  /^(src|tools)\//.test(path) && !isTestOnly(path) && !path.endsWith('.d.ts') && !path.startsWith(ASSEMBLYSCRIPT);
const within = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
/** `// NAME/: what it is`, in the first line, or behind a `#!`. */
const headsFolder = ({ path, text }: Source): boolean =>
  text.replace(/^#![^\n]*\n/, '').startsWith(`// ${folderOf(path).split('/').at(-1)}/: `);

/** Folders of the program of which not exactly one file says in its first line what they are. */
export function folderFindings(sources: readonly Source[]): Finding[] {
  const files = sources.filter(inProgram);
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))];
  return folders.flatMap((folder) => {
    const heads = files.filter((s) => folderOf(s.path) === folder && headsFolder(s));
    if (heads.length === 1) return [];
    const what = `${heads.length} of its files begin with "// ${folder.split('/').at(-1)}/: …": its main file says what it is`;
    return [{ path: folder, line: 1, what }];
  });
}

const EXPORT = /^export (?:abstract |async )*(function\*?|class|const|interface|type) (\w+)/;

/** Names that a file exports without a docstring above. A type is told of with the constant of its name, or that it is made of. */
export function undocumentedIn({ path, text }: Source): string[] {
  if (isEncodingClass(path)) return [];
  const lines = text.split('\n');
  const exported = lines.flatMap((line, i) => {
    const [, kind, name] = line.match(EXPORT) ?? [];
    const made = line.match(/\(typeof (\w+)\)|keyof typeof (\w+)/);
    // A verb has its help.
    return name === undefined || line.endsWith(' = command({')
      ? []
      : [{ kind, name, of: made?.[1] ?? made?.[2] ?? '', above: lines[i - 1]?.trim() ?? '' }];
  });
  const constants = new Set(exported.filter((e) => e.kind === 'const').map((e) => e.name));
  return exported
    .filter(
      ({ kind, name, of, above }) =>
        !above.endsWith('*/') && !(kind === 'type' && (constants.has(of) || constants.has(name))),
    )
    .map((e) => e.name);
}

/** Manuals, specifications, standards, and what other systems do: by the names under which comments cite them. */
const CITATION =
  /\b(DDI|DEN|DUI|IHI) ?0\d{3}|\bLinux\b|Devicetree Specification|\bbindings\b|\bRFC \d|System V ABI|ELF for the Arm|PE\/COFF|POSIX|\bbhyve\b|\bKVM\b|\bQEMU\b|\bvirt\b|\bvirtio \d\.\d|\bPCI (?:Express )?\d\.\d|kexec-tools|\bXen\b|\bFreeBSD\b/;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** No comment of the file says where its facts come from. */
export const isUncited = ({ text }: Source): boolean =>
  !(text.match(COMMENT) ?? []).some((comment) => CITATION.test(comment));

/** A number for each folder. */
export type Counts = Readonly<Record<string, number>>;

/** Exports without a docstring. */
export const undocumentedKnown: Counts = {
  'src/base': 0,
  'src/core': 314,
  'src/devices': 0,
  'src/host': 0,
  'src/hyp': 0,
  'src/library': 0,
  'src/machine': 0,
  'src/replay': 0,
  'src/trace': 0,
  tools: 0,
};

/** Files without a citation. */
export const uncitedKnown: Counts = {
  'src/core': 183,
  'src/devices': 3,
  'src/hyp': 23,
  'src/machine': 21,
  'src/machine/fdt': 0,
  'src/machine/loaders': 1,
  'src/replay': 11,
};

/** Counted over the program's files in each folder that the table of known numbers names. */
export function countIn(folders: readonly string[], sources: readonly Source[], count: (s: Source) => number): Counts {
  const files = sources.filter(inProgram);
  return Object.fromEntries(
    folders.map((folder) => [
      folder,
      files.filter((s) => within(s.path, folder)).reduce((sum, s) => sum + count(s), 0),
    ]),
  );
}

/** Folders where more is missing than is known, and those where the known number can be lowered. */
export function ratchetFindings(what: string, counted: Counts, known: Counts): Finding[] {
  return Object.entries(known).flatMap(([folder, limit]) => {
    const found = counted[folder] ?? 0;
    if (found === limit) return [];
    const advice = found > limit ? 'write what is missing' : `lower the known number to ${found}`;
    return [{ path: folder, line: 1, what: `${found} ${what}, ${limit} are known: ${advice}` }];
  });
}
