import { bootFlagLetters, isEnvironmentLine } from './loaders/freebsd/boot-arguments.ts';

/** What a FreeBSD kernel is given beside its command line, as loader(8) would. Stands in the tape's header where the kernel is one. */
export interface FreebsdConfig {
  /** The kernel's environment, `name=value` each; of the same name, the last counts. */
  readonly environment: readonly string[];
  /** Boot flags (boot(8)), without the dash: `sv`. */
  readonly flags: string;
  /** What the modules are; the n-th one's content is the image `module` and n. */
  readonly modules: readonly FreebsdModuleConfig[];
}
/** What a module is, without what it holds. */
export type FreebsdModuleConfig = {
  /** The file's name, without folders. */
  readonly file: string;
  /** `elf module`, `md_image`, or another that the kernel looks for. */
  readonly type: string;
  /** What an ELF module is given (MODINFO_ARGS). */
  readonly args?: string;
};

/** Where nothing is said. */
export const FREEBSD_DEFAULT: FreebsdConfig = { environment: [], flags: '', modules: [] };
/** Modules of a machine, bytes of its kernel's environment, and of names. */
export const MODULES_MAX = 16;
const ENVIRONMENT_BYTES_MAX = 65_536;
const NAME_BYTES_MAX = 128;
const MODULE_ARGS_BYTES_MAX = 1024;

const isName = (text: string): boolean =>
  /^[\x20-\x2e\x30-\x7e]+$/.test(text) && Buffer.byteLength(text) <= NAME_BYTES_MAX;

/** Says in a line what is wrong; undefined where nothing is. */
export function freebsdProblem({ environment, flags, modules }: FreebsdConfig): string | undefined {
  const line = environment.find((one) => !isEnvironmentLine(one));
  if (line !== undefined) return `--env ${line}: give name=value`;
  if (Buffer.byteLength(environment.join('\n')) > ENVIRONMENT_BYTES_MAX)
    return `--env: at most ${ENVIRONMENT_BYTES_MAX} bytes in all`;
  const flag = [...flags].find((letter) => !bootFlagLetters.includes(letter));
  if (flag !== undefined) return `--boot-flags: no flag ${JSON.stringify(flag)}; there are ${bootFlagLetters}`;
  if (modules.length > MODULES_MAX) return `--module: at most ${MODULES_MAX} modules`;
  for (const { file, type, args = '' } of modules) {
    if (!isName(file) || !isName(type))
      return `--module ${file}: a name and a type of 1 to ${NAME_BYTES_MAX} characters of ASCII`;
    if (args.includes('\0') || Buffer.byteLength(args) > MODULE_ARGS_BYTES_MAX)
      return `--module ${file}: flags of at most ${MODULE_ARGS_BYTES_MAX} bytes, none of them NUL`;
  }
  return undefined;
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';

/** That of a tape's header; undefined where it is none. */
export function decodeFreebsd(value: unknown): FreebsdConfig | undefined {
  if (!isRecord(value)) return undefined;
  const { environment, flags, modules } = value;
  if (!Array.isArray(environment) || !environment.every(isText) || !isText(flags) || !Array.isArray(modules))
    return undefined;
  const known: FreebsdModuleConfig[] = [];
  for (const module of modules) {
    if (!isRecord(module) || !isText(module.file) || !isText(module.type)) return undefined;
    const { args } = module;
    if (args !== undefined && !isText(args)) return undefined;
    known.push({ file: module.file, type: module.type, ...(args === undefined ? {} : { args }) });
  }
  return { environment, flags, modules: known };
}
