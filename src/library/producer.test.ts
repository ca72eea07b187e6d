import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PRODUCER } from './producer.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

test('the producer is what package.json says', () => {
  const { name, version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  expect(PRODUCER).toBe(`${name} ${version}`);
});

test('as installed, the program in dist/ finds the package.json of its package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-producer-'));
  try {
    for (const file of [
      'library/producer.ts',
      'base/assert.ts',
      'base/failure.ts',
      'host/files.ts',
      'host/system-error.ts',
    ]) {
      mkdirSync(dirname(join(folder, 'dist/src', file)), { recursive: true });
      cpSync(join(projectRoot, 'src', file), join(folder, 'dist/src', file));
    }
    writeFileSync(join(folder, 'package.json'), '{"name":"installed","version":"7.8.9","type":"module"}');
    const program = join(folder, 'program.mjs');
    writeFileSync(program, "import { PRODUCER } from './dist/src/library/producer.ts';\nconsole.log(PRODUCER);\n");
    const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['installed 7.8.9\n', '']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
