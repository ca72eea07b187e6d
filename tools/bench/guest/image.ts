// guest/: a kernel that does one kind of work, made for measuring.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../../src/base/failure.ts';
import { makeFolder } from '../../../src/host/files.ts';
import { writeWhole } from '../../../src/host/output-file.ts';
import type { GuestArch } from '../../../src/machine/arch.ts';
import { programInitramfs } from '../../guests/initramfs.ts';

/** Debian's cross compilers, with the packages that bring them. */
export const benchCompilers: { readonly [A in GuestArch]: { readonly program: string; readonly packages: string } } = {
  arm64: { program: 'aarch64-linux-gnu-gcc', packages: 'gcc-aarch64-linux-gnu and libc6-dev-arm64-cross' },
  armv7: { program: 'arm-linux-gnueabihf-gcc', packages: 'gcc-arm-linux-gnueabihf and libc6-dev-armhf-cross' },
};
const FLAGS = ['-O2', '-static', '-pthread', '-Wall'];
/** Kinds of work one after the other; several workers at a time, which check each other. */
export type BenchProgram = 'bench' | 'parallel';

/** The initramfs of a program, built if need be into a folder; undefined where there is no cross compiler. */
export function benchInitramfs(folder: string, arch: GuestArch, name: BenchProgram): string | undefined {
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const compiler = benchCompilers[arch].program;
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return undefined;
  const key = createHash('sha256').update(readFileSync(source)).update(FLAGS.join(' ')).update(version.stdout);
  const path = join(folder, `${name}-${key.digest('hex').slice(0, 16)}.cpio.gz`);
  if (existsSync(path)) return path;
  makeFolder(folder);
  const program = join(folder, `${name}-${arch}`);
  const { status, stderr } = spawnSync(compiler, [...FLAGS, '-o', program, source], { encoding: 'utf8' });
  if (status !== 0) throw new Failure(`bench: ${compiler} cannot build ${source}: ${stderr.trim().split('\n')[0]}`);
  writeWhole(path, programInitramfs(readFileSync(program)));
  rmSync(program);
  return path;
}
