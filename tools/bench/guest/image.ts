import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../../src/base/failure.ts';
import { programInitramfs } from '../../guests/initramfs.ts';

const COMPILER = 'aarch64-linux-gnu-gcc';
const FLAGS = ['-O2', '-static', '-Wall'];
const SOURCE = fileURLToPath(new URL('bench.c', import.meta.url));

/** The initramfs of the bench program, built if need be into a folder; undefined where there is no cross compiler, or no source. */
export function benchInitramfs(folder: string): string | undefined {
  const version = spawnSync(COMPILER, ['--version'], { encoding: 'utf8' });
  if (version.status !== 0 || !existsSync(SOURCE)) return undefined;
  const key = createHash('sha256').update(readFileSync(SOURCE)).update(FLAGS.join(' ')).update(version.stdout);
  const path = join(folder, `bench-${key.digest('hex').slice(0, 16)}.cpio.gz`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'bench-arm64');
  const { status, stderr } = spawnSync(COMPILER, [...FLAGS, '-o', program, SOURCE], { encoding: 'utf8' });
  if (status !== 0) throw new Failure(`bench: ${COMPILER} cannot build ${SOURCE}: ${stderr.trim().split('\n')[0]}`);
  writeFileSync(`${path}.new`, programInitramfs(readFileSync(program)));
  renameSync(`${path}.new`, path);
  rmSync(program);
  return path;
}
