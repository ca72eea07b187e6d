import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, with a slash at its end. */
export const projectRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/** An import or re-export of a file. */
export interface Import {
  /** A path from the project's root, or the name of a package. */
  readonly target: string;
  readonly kind: 'file' | 'package';
  readonly typeOnly: boolean;
  /** Read when the program comes to it, by a call. */
  readonly isLazy: boolean;
  readonly line: number;
}
/** A text file of the project; `path` is from its root, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}
/** Something that a check found; one line of its report. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** On one line, as compilers do. */
export const describeFinding = ({ path, line, what }: Finding): string => `${path}:${line}: ${what}`;
/** By its name. */
export const isTest = (path: string): boolean => path.endsWith('.test.ts');
/** What stands beside tests for them to build on: samples, fakes, machines set up. */
export const isFixture = (path: string): boolean => path.endsWith('.fixture.ts');
/** No part of the program. */
export const isTestOnly = (path: string): boolean => isTest(path) || isFixture(path);

/** Folders that hold nothing of ours. */
const SKIPPED = ['node_modules', 'dist', '.cache', '.git'];

/** The files below folders of the project that end as told, sorted. */
export function readSources(folders: readonly string[], endings: readonly string[], root = projectRoot): Source[] {
  const paths: string[] = [];
  const enter = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.includes(entry.name)) enter(path);
      else if (entry.isFile() && endings.some((e) => entry.name.endsWith(e))) paths.push(path);
    }
  };
  for (const folder of folders) enter(join(root, folder));
  return paths.sort().map((path) => ({
    path: relative(root, path).split(sep).join('/'),
    text: readFileSync(path, 'utf8'),
  }));
}

/** Number of the line, from 1 on, that the character at an index is in. */
export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** One alternative for each kind of token whose content is no code; a slash is a regular expression only where no value stands before it. */
const NOT_CODE =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(?<=[(,=:[!&|?{};>\n]\s*|return\s)\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|`(?:[^`\\]|\\.)*`/g;

/** The text with comments, strings and regular expressions blanked, its lines and columns kept; of templates the expressions stay. */
export function codeOf(text: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  return text.replace(NOT_CODE, (token) =>
    token.startsWith('`') ? token.replace(/(\$\{[^}]*\})|[^$]|\$/g, (c, code) => code ?? blank(c)) : blank(token),
  );
}

const IMPORT = /^[ \t]*(import|export)\b(\s+type\b)?([^'"`;]*?\bfrom\b)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** What a TypeScript file imports. A list all of whose names are marked `type` counts as types only. */
export function importsOf({ path, text }: Source): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const [, , type, names, named, called] = match;
    const from = named ?? called ?? '';
    const list = names?.match(/^\s*\{([\s\S]*)\}\s*from$/)?.[1]?.split(',') ?? [];
    const members = list.map((n) => n.trim()).filter((n) => n !== '');
    const isFile = from.startsWith('.');
    return {
      target: isFile
        ? normalize(join(dirname(path), from))
            .split(sep)
            .join('/')
        : from,
      kind: isFile ? 'file' : 'package',
      isLazy: called !== undefined,
      typeOnly: type !== undefined || (members.length > 0 && members.every((n) => n.startsWith('type '))),
      line: lineAt(text, match.index),
    };
  });
}
