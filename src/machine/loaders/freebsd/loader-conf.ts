import { Failure } from '../../../base/failure.ts';

/** What a loader.conf has loaded beside the kernel. */
export interface LoaderModule {
  /** By what its lines begin: `NAME_load`. */
  readonly key: string;
  /** What is loaded: a path of loader(8)'s, or a name that it looks for; absent: the key. */
  readonly name?: string;
  /** Absent: an ELF module. */
  readonly type?: string;
  readonly flags?: string;
  /** Where it is asked for: `loader.conf:3`. */
  readonly where: string;
  /** The file that asks. */
  readonly file: string;
}
/** One or several of them, the later counting. */
export interface LoaderConf {
  /** Variables, `name=value` each, in their order. */
  readonly environment: readonly string[];
  readonly modules: readonly LoaderModule[];
}

const LINE = /^([\w.-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s"#]+))[ \t]*(?:#.*)?$/;
/** Variables that say of a module what is to be done with it, and are none of the kernel's (loader.conf(5); FreeBSD stand/lua/config.lua). */
const MODULE_LINE = /^([\w-]+)_(load|name|type|flags|before|after|error)$/;
/** What is loader(8)'s own business. */
const LOADERS_OWN: readonly string[] = ['exec', 'loader_conf_files'];

type ModuleSettings = { -readonly [K in keyof LoaderModule]?: LoaderModule[K] } & { load?: boolean };

/** The lines of loader.conf(5) files: `name="value"`, `name=value`, comments. @param files their texts, and what messages call them @throws Failure */
export function readLoaderConfs(files: readonly { readonly name: string; readonly text: string }[]): LoaderConf {
  const environment: string[] = [];
  const modules = new Map<string, ModuleSettings>();
  for (const { name: file, text } of files)
    for (const [n, whole] of text.split(/\r?\n/).entries()) {
      const line = whole.trim();
      if (line === '' || line.startsWith('#')) continue;
      const where = `${file}:${n + 1}`;
      const [found, variable = '', quoted, bare = ''] = LINE.exec(line) ?? [];
      if (found === undefined)
        throw new Failure(
          `${where}: ${JSON.stringify(line.slice(0, 60))} is no name="value" of a loader.conf; mend it`,
        );
      const value = quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1');
      const [, key, what] = MODULE_LINE.exec(variable) ?? [];
      if (key === undefined) {
        if (!LOADERS_OWN.includes(variable)) environment.push(`${variable}=${value}`);
        continue;
      }
      const settings = modules.get(key) ?? {};
      modules.set(key, settings);
      if (what === 'load') Object.assign(settings, { load: value.toLowerCase() === 'yes', where, file });
      else if (what === 'name' || what === 'type' || what === 'flags') settings[what] = value;
    }
  return {
    environment,
    modules: [...modules].flatMap(([key, { load, where = '', file = '', ...rest }]) =>
      load === true ? [{ key, where, file, ...rest }] : [],
    ),
  };
}
