// npm run golden [-- --force]: records the golden tapes of the present semantics version (traces/golden/NOTE.md).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SEMANTICS_VERSION } from '../src/replay/version.ts';
import { goldenTapes } from './golden-tapes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `traces/golden/v${SEMANTICS_VERSION}`;
const isForced = process.argv.includes('--force');

const tapes = goldenTapes.map(({ name, ...tape }) => ({ ...tape, path: `${folder}/${name}.tape` }));
const kept = tapes.filter(({ path }) => existsSync(`${root}${path}`));
if (kept.length > 0 && !isForced) {
  process.stderr.write(
    `golden: ${kept.map(({ path }) => path).join(', ')}: kept for ever once released; give --force to record them anew\n`,
  );
  process.exit(2);
}
mkdirSync(`${root}${folder}`, { recursive: true });
for (const { path, guest, options } of tapes) {
  const machine = ['--guest', guest, '--memory', '32M', '--input', `traces/golden/${guest}.input`, '--console', 'none'];
  const made = `${path}.new`;
  const { status } = spawnSync(
    process.execPath,
    ['bin/hypertape.mjs', 'record', ...machine, ...options, '--reproducible', '--force', '-o', made],
    { cwd: root, stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 4);
  renameSync(`${root}${made}`, `${root}${path}`);
}
