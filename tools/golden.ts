// npm run golden: records those golden tapes of the present semantics version that are not there yet (traces/golden/NOTE.md).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SEMANTICS_VERSION } from '../src/replay/version.ts';
import { GOLDEN_DISK, type GoldenTape, goldenTapes } from './golden-tapes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `traces/golden/v${SEMANTICS_VERSION}`;
const SECTORS = 999;
const LINE_BYTES = 32;
/** Power-off, or a reset, which is how a race ends. */
const ENDED = [0, 3];

function hypertape(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, ['bin/hypertape.mjs', ...args], { cwd: root, stdio: 'inherit' });
  if (!ENDED.includes(status ?? 4)) process.exit(status ?? 4);
}

/** Numbered lines: each page is another, and takes little room on a tape. */
function disk(path: string): void {
  const lines = Array.from(
    { length: (SECTORS * 512) / LINE_BYTES },
    (_, n) => `${String(n).padStart(LINE_BYTES - 1)}\n`,
  );
  writeFileSync(path, lines.join(''));
}

function golden({ guest, options, isMinimized }: GoldenTape, work: string, made: string): void {
  const machine = [guest.endsWith('.elf') ? '--kernel' : '--guest', guest, '--memory', '32M', '--console', 'none'];
  const more = options.map((option) => (option === GOLDEN_DISK ? join(work, 'disk.raw') : option));
  const recorded = isMinimized ? join(work, 'recorded.tape') : made;
  hypertape('record', ...machine, ...more, '--reproducible', '--force', '-o', recorded);
  if (isMinimized) hypertape('minimize', recorded, '--reproducible', '--force', '-o', made);
}

const missing = goldenTapes.filter(({ name }) => !existsSync(`${root}${folder}/${name}.tape`));
mkdirSync(`${root}${folder}`, { recursive: true });
const work = mkdtempSync(join(tmpdir(), 'hypertape-golden-'));
try {
  disk(join(work, 'disk.raw'));
  for (const tape of missing) {
    const made = `${root}${folder}/${tape.name}.new`;
    golden(tape, work, made);
    renameSync(made, `${root}${folder}/${tape.name}.tape`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stderr.write(`golden: ${missing.length} recorded, ${goldenTapes.length - missing.length} were there\n`);
