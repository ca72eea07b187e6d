import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { Failure } from '../../src/base/failure.ts';
import { type FreebsdConfig, MODULES_MAX } from '../../src/machine/freebsd-config.ts';
import { type ImageRole, modulePaths } from '../../src/machine/images.ts';
import { isElf } from '../../src/machine/loaders/elf-file.ts';
import { readLoaderConfs } from '../../src/machine/loaders/freebsd/loader-conf.ts';
import { ELF_MODULE } from '../../src/machine/loaders/freebsd/plan.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import { type GivenModule, loadedModules } from './loaded-modules.ts';

/** Those that may be given several times. */
export const freebsdLists = ['module', 'env', 'loader-conf', 'loaderConf'] as const;

/** The options of a FreeBSD kernel, which say what loader(8) would. */
export const freebsdOptions = <T>(yargs: Argv<T>) =>
  yargs
    .option('module', {
      type: 'string',
      array: true,
      describe: 'a FreeBSD kernel\'s module, F[:type]: type md_image is a memory disk; default: of an ELF "elf module"',
    })
    .option('env', { type: 'string', array: true, describe: "of a FreeBSD kernel's environment: name=value" })
    .option('loader-conf', {
      type: 'string',
      array: true,
      describe: 'a loader.conf: more of the same, --env wins; and what it loads, from there',
    })
    .option('boot-flags', { type: 'string', describe: "a FreeBSD kernel's boot flags: s single user, v verbose, ..." })
    .requiresArg([...freebsdLists.filter((name) => name !== 'loaderConf'), 'boot-flags']);

/** Options that say what a FreeBSD kernel is given. */
export interface FreebsdArgs {
  readonly kernel?: string | undefined;
  readonly module?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly loaderConf?: readonly string[] | undefined;
  readonly bootFlags?: string | undefined;
}

/** A colon in the name of a file that is there is part of the name. */
function moduleOf(text: string): GivenModule {
  const colon = text.lastIndexOf(':');
  const [path, type] = colon < 0 || existsSync(text) ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  if (colon >= 0 && path !== text && type === '') throw new Failure(`--module ${text}: no type behind the colon`);
  return { path, type: type === '' ? (isElf(readImage(path).bytes) ? ELF_MODULE : 'md_image') : type };
}

/** What the options say, undefined where they say nothing, and the paths of the modules' images. @throws Failure with one line */
export function freebsdOf({ kernel, module = [], env = [], loaderConf = [], bootFlags }: FreebsdArgs): {
  readonly freebsd: FreebsdConfig | undefined;
  readonly paths: { readonly [R in ImageRole]?: string };
} {
  if (module.length + env.length + loaderConf.length === 0 && bootFlags === undefined)
    return { freebsd: undefined, paths: {} };
  const conf = readLoaderConfs(
    loaderConf.map((name) => ({ name, text: Buffer.from(readImage(name).bytes).toString('utf8') })),
  );
  const modules = [...loadedModules(conf, kernel), ...module.map(moduleOf)];
  if (modules.length > MODULES_MAX) throw new Failure(`--module, --loader-conf: at most ${MODULES_MAX} modules`);
  return {
    freebsd: {
      environment: [...conf.environment, ...env],
      flags: (bootFlags ?? '').replace(/^-/, ''),
      modules: modules.map(({ path, ...rest }) => ({ file: basename(path), ...rest })),
    },
    paths: modulePaths(modules.map(({ path }) => path)),
  };
}
