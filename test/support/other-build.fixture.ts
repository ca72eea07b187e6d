import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command that starts this program. */
export const thisBuild = `"${process.execPath}" "${join(root, 'tools/cli.ts')}"`;

/** A copy of this program in a folder, with one text of one of its files replaced; the command that starts it. */
export function otherBuild(folder: string, file: string, text: string, by: string): string {
  const copy = join(folder, 'build');
  mkdirSync(copy, { recursive: true });
  for (const name of ['bin', 'src', 'tools', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  if (before.split(text).length !== 2) throw new Error(`${file}: not once there: ${text}`);
  writeFileSync(path, before.replace(text, by));
  return `"${process.execPath}" "${join(copy, 'tools/cli.ts')}"`;
}
