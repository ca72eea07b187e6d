// bhyve/: bhyve's configuration variables (bhyve_config(5)), and what they mean here.

import { existsSync } from 'node:fs';
import { Failure } from '../../../src/base/failure.ts';
import { pathInfo, readWhole } from '../../../src/host/files.ts';

/** Of a configuration file, of all variables, and of one value once the variables that it refers to stand in it. */
const FILE_BYTES_MAX = 256 * 1024;
const VARIABLES_MAX = 4096;
const VALUE_CHARACTERS_MAX = 4096;
/** How deep variables refer to others (FreeBSD usr.sbin/bhyve/config.c), and how many references one value takes. */
const DEPTH_MAX = 15;
const REFERENCES_MAX = 256;

/** A variable as it was set, and where: `vm.conf:12`, or the option. */
export interface Setting {
  readonly key: string;
  /** Before `%(…)` is replaced. */
  readonly raw: string;
  readonly where: string;
}

/** A message about a variable. */
export const about = ({ where, key }: Setting, what: string): string => `${where}: ${key}: ${what}`;

/** `key=value`; undefined where it is none. */
function parseLine(line: string): { readonly key: string; readonly raw: string } | undefined {
  const [, key, raw] = /^([^=]+)=(.+)$/s.exec(line) ?? [];
  return key === undefined || raw === undefined ? undefined : { key, raw };
}

function linesOf(file: string): Setting[] {
  let text: string;
  try {
    const { kind, bytes } = pathInfo(file);
    if (kind !== 'file') throw new Failure(`--bhyve-config ${file}: is no regular file; give a file`);
    if (bytes > FILE_BYTES_MAX)
      throw new Failure(`--bhyve-config ${file}: ${bytes} bytes are too many; at most ${FILE_BYTES_MAX}`);
    text = Buffer.from(readWhole(file)).toString('utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'no such file; check the path' : `cannot be read (${code ?? message})`;
    throw new Failure(`--bhyve-config ${file}: ${reason}`);
  }
  return text.split(/\r?\n/).flatMap((line, n) => {
    if (line === '' || line.startsWith('#')) return [];
    const where = `${file}:${n + 1}`;
    const parsed = parseLine(line);
    if (parsed === undefined)
      throw new Failure(`${where}: ${JSON.stringify(line.slice(0, 60))} is no key=value; mend it`);
    return [{ ...parsed, where }];
  });
}

/** What stands before the last dot, and before the one before, and so on. */
const nodesOf = (key: string): string[] =>
  [...key.matchAll(/\./g)].map(({ index }) => key.slice(0, index)).filter((node) => node !== '');

/** The variables that files and single lines set, the later ones counting, as bhyve's `-k` and `-o` do. */
export class BhyveVariables {
  /** Where a variable is set that nobody has set. */
  static readonly DEFAULT = 'the default';
  readonly #settings = new Map<string, Setting>();
  /** Names before a dot, with a variable that is behind it. */
  readonly #nodes = new Map<string, Setting>();
  /** Those that another refers to. */
  readonly #referred = new Set<string>();

  /** @param given a file's path or a line `key=value` each; a file that is there is one @throws Failure that says where */
  constructor(given: readonly string[]) {
    // As bhyve_init_config() in usr.sbin/bhyve/aarch64/bhyverun_machdep.c
    this.#set({ key: 'memory.size', raw: '256M', where: BhyveVariables.DEFAULT });
    for (const text of given) {
      const parsed = existsSync(text) ? undefined : parseLine(text);
      const settings = parsed === undefined ? linesOf(text) : [{ ...parsed, where: '--bhyve' }];
      for (const setting of settings) this.#set(setting);
    }
  }

  #set(setting: Setting): void {
    const { key } = setting;
    if (key.split('.').includes('')) throw new Failure(about(setting, 'a name between its dots is empty; mend it'));
    const below = this.#nodes.get(key);
    if (below) throw new Failure(about(setting, `it has variables of its own, as ${below.key} (${below.where})`));
    for (const node of nodesOf(key)) {
      const above = this.#settings.get(node);
      if (above) throw new Failure(about(setting, `${node} is a variable itself (${above.where})`));
      this.#nodes.set(node, setting);
    }
    // Where it was set last is its place.
    this.#settings.delete(key);
    this.#settings.set(key, setting);
    if (this.#settings.size > VARIABLES_MAX)
      throw new Failure(about(setting, `there are more than ${VARIABLES_MAX} variables`));
  }

  get all(): readonly Setting[] {
    return [...this.#settings.values()];
  }
  isReferredTo(key: string): boolean {
    return this.#referred.has(key);
  }
  setting(key: string): Setting | undefined {
    return this.#settings.get(key);
  }

  /** The value, with the variables that it refers to in it; undefined where it is not set. @throws Failure where one is not */
  text(key: string): string | undefined {
    const setting = this.#settings.get(key);
    return setting && this.#expanded(setting);
  }
  /** @throws Failure where it says neither */
  boolean(key: string): boolean | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    if (/^(true|on|yes|1)$/i.test(text)) return true;
    if (/^(false|off|no|0)$/i.test(text)) return false;
    throw this.unusable(key, 'give true or false');
  }
  /** As strtol(3) reads it: 10, 0xa, 012. @throws Failure where it is none, or out of range */
  integer(key: string, min: number, max: number): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const value = strtol(text);
    if (value === undefined || value < min || value > max) throw this.unusable(key, `give ${min} to ${max}`);
    return value;
  }
  /** A size as expand_number(3) reads it; a bare number below a mebibyte is of mebibytes (vm_parse_memsize() of libvmmapi). @throws Failure */
  bytes(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const [, digits = '', letter = ''] = /^([0-9a-fx]+?)(?:([kmgtpe])b?)?$/i.exec(text) ?? [];
    const value = strtol(digits);
    const power = ' kmgtpe'.indexOf(letter.toLowerCase() || ' ');
    if (value === undefined) throw this.unusable(key, 'give a size as 512M or 2G');
    const isPlain = letter === '' && value < 2 ** 20;
    return value * 2 ** (isPlain ? 20 : 10 * power);
  }

  /** What is wrong with a variable's value. */
  unusable(key: string, what: string): Failure {
    const setting = this.#settings.get(key);
    return new Failure(
      setting ? about(setting, `${JSON.stringify(setting.raw.slice(0, 80))}: ${what}`) : `${key}: ${what}`,
    );
  }

  /** A value without a percent sign is as it is, backslashes included. */
  #expanded(setting: Setting): string {
    if (!setting.raw.includes('%')) return setting.raw;
    let references = 0;
    const refuse = (what: string): never => {
      throw this.unusable(setting.key, what);
    };
    const expand = (raw: string, depth: number): string => {
      if (depth > DEPTH_MAX) refuse(`variables refer to each other more than ${DEPTH_MAX} deep`);
      const value = raw.replace(/%%|\\(.?)|%(\(([^)]*)\))?/gs, (found, escaped, _, name: string | undefined) => {
        if (found === '%%') return '%';
        if (escaped !== undefined) return escaped;
        const other = name === undefined ? refuse('% begins no %(variable); a percent sign is %%') : name;
        const to = this.#settings.get(other) ?? refuse(`it refers to ${JSON.stringify(other)}, which is not set`);
        this.#referred.add(other);
        references++;
        if (references > REFERENCES_MAX) refuse(`it takes more than ${REFERENCES_MAX} variables`);
        return expand(to.raw, depth + 1);
      });
      if (value.length > VALUE_CHARACTERS_MAX) refuse(`more than ${VALUE_CHARACTERS_MAX} characters`);
      return value;
    };
    return expand(setting.raw, 0);
  }
}

function strtol(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : undefined;
}
