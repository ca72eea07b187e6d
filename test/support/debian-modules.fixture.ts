import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TestContext } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { ForeignApt } from '../../tools/guests/apt.ts';
import { type GuestFiles, guestsFolder } from '../../tools/guests/catalogue.ts';
import { type CpioEntry, cpio, FileType } from '../../tools/guests/cpio.ts';
import { inWorkFolder } from '../../tools/guests/work-folder.ts';
import { fetched } from './fetched.fixture.ts';

/** What a Debian guest of a test's own does. */
export interface DebianWork {
  /** In the order in which each finds what it needs; those that a kernel has built in are not there. */
  readonly modules: readonly string[];
  /** Its first process, behind what makes a system of busybox and loads the modules: a script. */
  readonly script: string;
}

const BEGINNING = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in /lib/modules/*.ko; do insmod "$m" || echo "FAILED $m"; done
`;

/** A kernel's modules that are not built in, by way of its package; kept beside the fetched guests. */
function modulesOf(name: string, arch: string, modules: readonly string[]): string {
  const manifest = JSON.parse(readFileSync(join(guestsFolder(), name, 'manifest.json'), 'utf8')) as { package: string };
  const which = createHash('sha256').update(modules.join()).digest('hex').slice(0, 8);
  const folder = join(guestsFolder(), 'modules', `${manifest.package}-${which}`);
  if (existsSync(folder)) return folder;
  inWorkFolder(guestsFolder(), `modules-${which}`, (work) => {
    const unpacked = new ForeignApt(arch, work).unpack(manifest.package);
    const all = readdirSync(join(unpacked, 'lib/modules'), { recursive: true, encoding: 'utf8' });
    const made = join(work, 'modules');
    mkdirSync(made);
    for (const module of modules) {
      const path = all.find((one) => one.endsWith(`/${module}.ko`));
      if (path !== undefined)
        writeFileSync(join(made, `${module}.ko`), readFileSync(join(unpacked, 'lib/modules', path)));
    }
    mkdirSync(join(folder, '..'), { recursive: true });
    try {
      renameSync(made, folder);
    } catch (error) {
      // Another test may have been as quick.
      if (!existsSync(folder)) throw error;
    }
  });
  return folder;
}

/** A Debian guest with modules in its initrd, and a script to run. Skipped where its packages cannot be had. */
export function debianFor(
  context: TestContext,
  name: string,
  folder: string,
  { modules, script }: DebianWork,
): GuestFiles & { readonly initrd: string } {
  const files = fetched(context, name);
  let at: string;
  try {
    at = modulesOf(name, files.arch === 'arm64' ? 'arm64' : 'armhf', modules);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return context.skip(error.message);
  }
  const file = (path: string, data: Uint8Array): CpioEntry => ({ name: path, mode: FileType.regular | 0o755, data });
  const entries = modules
    .filter((module) => existsSync(join(at, `${module}.ko`)))
    .map((module, i) =>
      file(`lib/modules/${String(i).padStart(2, '0')}-${module}.ko`, readFileSync(join(at, `${module}.ko`))),
    );
  const init = file('init', Buffer.from(BEGINNING + script));
  const more = cpio([{ name: 'mnt', mode: FileType.directory | 0o755 }, ...entries, init]);
  const initrd = join(folder, 'initrd');
  // Archives behind each other are one to the kernel, and the later file counts (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
  writeFileSync(initrd, Buffer.concat([readFileSync(files.initrd as string), gzipSync(more)]));
  return { ...files, initrd };
}
