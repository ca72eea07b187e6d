import { basename, dirname, join, resolve } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { pathInfo } from '../../src/host/files.ts';
import { isElf } from '../../src/machine/loaders/elf-file.ts';
import type { LoaderConf, LoaderModule } from '../../src/machine/loaders/freebsd/loader-conf.ts';
import { ELF_MODULE } from '../../src/machine/loaders/freebsd/plan.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';

/** Where a module's file is, and what it is. */
export interface GivenModule {
  readonly path: string;
  readonly type: string;
  readonly args?: string;
}

/** Where loader(8) looks for modules, behind the kernel's own folder (FreeBSD stand/common/module.c). */
const MODULE_PATH_DEFAULT = ['/boot/kernel', '/boot/modules'];
/** What a module's file may be called (module.c, kld_ext_list). */
const EXTENSIONS = ['.ko', '', '.debug'];

/** The root of the file system that a loader.conf is of: what `boot` lies in; else the folder of the file itself. */
function rootOf(file: string): string {
  const folder = dirname(resolve(file));
  for (let at = folder; at !== dirname(at); at = dirname(at)) if (basename(at) === 'boot') return dirname(at);
  return folder;
}

function isFile(path: string): boolean {
  try {
    return pathInfo(path).kind === 'file';
  } catch {
    return false;
  }
}

/** The value that a variable has last. */
const variableOf = ({ environment }: LoaderConf, name: string): string | undefined =>
  environment.findLast((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);

/**
 * The files that loader.conf files load (`NAME_load="YES"`): names beginning with a slash from the root that the file is of; others in the
 * folder of the kernel that is given, and in those of module_path there. @throws Failure where one is not there
 */
export function loadedModules(conf: LoaderConf, kernel: string | undefined): GivenModule[] {
  const blacklist = variableOf(conf, 'module_blacklist')?.split(/[;, ]+/) ?? [];
  return conf.modules
    .filter(({ key, name = key }) => !blacklist.includes(name))
    .map((module): GivenModule => {
      const { type, flags } = module;
      const path = fileOf(module, conf, kernel);
      if (type !== undefined && type !== ELF_MODULE) return { path, type };
      if (!isElf(readImage(path).bytes))
        throw new Failure(
          `${path} is no ELF (${module.where}: ${module.key}_load); say what it is, by ${module.key}_type="…"`,
        );
      return { path, type: ELF_MODULE, ...(flags === undefined ? {} : { args: flags }) };
    });
}

function fileOf(
  { key, name = key, type, where, file }: LoaderModule,
  conf: LoaderConf,
  kernel: string | undefined,
): string {
  const root = rootOf(file);
  const folders = variableOf(conf, 'module_path')?.split(';') ?? MODULE_PATH_DEFAULT;
  const inFolders = [
    ...(kernel === undefined ? [] : [dirname(kernel)]),
    ...folders.map((folder) => join(root, folder)),
  ];
  const places = name.includes('/') ? [join(root, dirname(name))] : inFolders;
  const names = type === undefined ? EXTENSIONS.map((extension) => `${basename(name)}${extension}`) : [basename(name)];
  for (const place of places)
    for (const one of names) {
      const path = join(place, one);
      if (isFile(path)) return path;
    }
  throw new Failure(
    `${where}: ${key}_load="YES": there is no ${names[0]} in ${places.join(', ')}; put it there, or give another --loader-conf with ${key}_load="NO"`,
  );
}
