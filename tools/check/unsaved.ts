import { codeOf, type Finding, isTestOnly, type Source } from './sources.ts';

// A machine that is saved and restored runs on identically only if whatever changes is saved. So what can change says so: it is
// named in its class's `save`, or its comment says why not.

/** Rooms and parts whose objects live as long as a machine. */
const STATEFUL = ['src/hyp/', 'src/devices/', 'src/machine/', 'src/core/system/'];
/** What is over before the machine is: it makes its memory's contents. */
const BEFORE = ['src/machine/fdt/', 'src/machine/loaders/'];

/** In a field's comment: it follows from other state, or another class's `save` has it. */
const EXCUSE = /\bderived\b|\bsaved by\b/i;

const FIELD =
  /^ {2}((?:(?:private|protected|public|static|override|declare|readonly|accessor) )*)(#?\w+)[!?]?(?:\s*[:=;]|$)/;
const CLASS = /^(?:export )?(?:default )?(?:abstract )?class (\w+)/;

interface Class {
  readonly name: string;
  /** Lines of its body: from the one behind `class` to the closing brace, by number from 0. */
  readonly first: number;
  readonly end: number;
}

function classesOf(lines: readonly string[]): Class[] {
  return lines.flatMap((line, at) => {
    const name = line.match(CLASS)?.[1];
    if (name === undefined) return [];
    // As formatted, a class of the file's own ends with the first brace in column 0.
    const close = lines.findIndex((other, i) => i >= at && (other === '}' || /\{\s*\}$/.test(other)));
    return [{ name, first: at + 1, end: close < 0 ? lines.length : close }];
  });
}

/** The text of a method, empty where the class has none. */
function methodOf(lines: readonly string[], { first, end }: Class, name: string): string {
  const from = lines.findIndex((line, i) => i >= first && i < end && new RegExp(`^ {2}${name}\\(`).test(line));
  if (from < 0) return '';
  const to = lines.findIndex((line, i) => i >= from && /^ {2}\}/.test(line));
  return lines.slice(from, to + 1).join('\n');
}

const escaped = (name: string): string => name.replace(/[#$]/g, '\\$&');
const MUTATORS = 'set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin';
/** What changes the thing that `of` names: a field of it, an element, or by a method of a container. */
const changes = (of: string): RegExp =>
  new RegExp(
    [
      `${of}(?:\\.\\w+|\\[[^\\]]*\\])+\\s*(?:=(?![=>])|[-+*/%&|^]=|<<=|>>>?=|\\*\\*=|\\+\\+|--)`,
      `(?:\\+\\+|--)${of}[.[]`,
      `${of}(?:\\.\\w+|\\[[^\\]]*\\])*\\??\\.(?:${MUTATORS})\\(`,
      `Object\\.assign\\(${of}\\b`,
    ].join('|'),
  );

/** Does the class itself make what the field holds, and is that data? What another class makes is that class's own concern. */
function isOwnData(body: string, field: string, declaration: string): boolean {
  const made = [
    declaration,
    ...[...body.matchAll(new RegExp(`this\\.${escaped(field)} = ([^;]*)`, 'g'))].map((m) => ` = ${m[1]}`),
  ];
  return made.some((text) =>
    / = (?:[{[]|new (?:Map|Set|WeakMap|Array|\w+Array)\b|Array\.|Object\.fromEntries|(?:this\.)?#?\w+\(\)|[\w.#]+\.map\()/.test(
      text,
    ),
  );
}

/** Is a field that always names the same thing changed within? Names that a method gives it for short are followed. */
function isChangedWithin(body: string, field: string): boolean {
  const self = `this\\.${escaped(field)}`;
  if (changes(self).test(body)) return true;
  const short = [
    ...body.matchAll(new RegExp(`const (\\w+) = ${self}(?:\\[[^\\]]*\\]|\\.\\w+)*(?: as [^;]+)?;`, 'g')),
  ].map((m) => m[1]);
  const taken = [...body.matchAll(new RegExp(`const \\{([^}]*)\\} = ${self};`, 'g'))].flatMap((m) =>
    (m[1] ?? '').split(',').map((name) => name.split(':').at(-1)?.trim() ?? ''),
  );
  return [...short, ...taken].some(
    (name) => name !== undefined && /^\w+$/.test(name) && changes(`\\b${name}`).test(body),
  );
}

/** The comment above a line, or behind it. */
function commentAt(lines: readonly string[], at: number): string {
  const above: string[] = [];
  for (let i = at - 1; i >= 0 && /^\s*(\/\*\*|\*|\/\/)/.test(lines[i] as string); i--)
    above.unshift(lines[i] as string);
  return [...above, lines[at]?.match(/\/\/.*$/)?.[0] ?? ''].join('\n');
}

/** Fields, and variables of modules, that change and are neither saved nor excused. */
export function unsavedFindings(sources: readonly Source[]): Finding[] {
  return sources
    .filter(({ path }) => !isTestOnly(path) && STATEFUL.some((s) => path.startsWith(s)))
    .filter(({ path }) => !BEFORE.some((b) => path.startsWith(b)))
    .flatMap(({ path, text }) => {
      const lines = text.split('\n');
      const code = codeOf(text).split('\n');
      const unsaved = (line: number, name: string): Finding => ({
        path,
        line: line + 1,
        what: `${name} changes: name it in save(), or say in its comment what it is derived from, or by whom it is saved`,
      });
      const modules = code.flatMap((line, i) => {
        const name = line.match(/^(?:export )?let (\w+)/)?.[1];
        return name === undefined || EXCUSE.test(commentAt(lines, i)) ? [] : [unsaved(i, name)];
      });
      const fields = classesOf(code).flatMap((of) => {
        const body = code.slice(of.first, of.end).join('\n');
        const saved = methodOf(code, of, 'save') + methodOf(code, of, 'get parts');
        return code.flatMap((line, i) => {
          if (i < of.first || i >= of.end) return [];
          const [, modifiers = '', name] = line.match(FIELD) ?? [];
          if (name === undefined || modifiers.includes('declare')) return [];
          const changed =
            !modifiers.includes('readonly') || (isOwnData(body, name, line) && isChangedWithin(body, name));
          if (!changed || new RegExp(`this\\.${escaped(name)}\\b`).test(saved) || EXCUSE.test(commentAt(lines, i)))
            return [];
          return [unsaved(i, `${of.name}.${name}`)];
        });
      });
      return [...modules, ...fields];
    });
}
