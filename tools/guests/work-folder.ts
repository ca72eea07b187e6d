import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../src/host/files.ts';

/**
 * Has something made in a folder of its own within `parent`, which is then taken away: several processes may fetch the same at a time.
 * What processes that were killed have left of it goes first.
 */
export function inWorkFolder<T>(parent: string, name: string, make: (folder: string) => T): T {
  makeFolder(parent);
  const prefix = `.fetch-${name}-`;
  for (const entry of readdirSync(parent)) {
    const owner = entry.startsWith(prefix) ? /^(\d+)-[^-]+$/.exec(entry.slice(prefix.length))?.[1] : undefined;
    if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(parent, entry), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
  try {
    return make(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One of another user is there all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
