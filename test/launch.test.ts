import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-launch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const launcher = fileURLToPath(new URL('../bin/launch.mjs', import.meta.url));
/** Runs a script under the launcher, up to its first line of output. */
async function launched(script: string): Promise<ReturnType<typeof spawn>> {
  const [path, start] = [join(folder, 'script.mjs'), join(folder, 'start.mjs')];
  writeFileSync(path, script);
  writeFileSync(
    start,
    `import { launch } from ${JSON.stringify(launcher)}; launch(process.execPath, ${JSON.stringify(path)}, []);`,
  );
  const child = spawn(process.execPath, [start], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('a signal reaches the script with its name and number, as from the system', async () => {
  const child = await launched(
    "process.on('SIGTERM', (_, number) => process.exit(128 + number)); setInterval(() => {}, 1000); console.log('up');",
  );
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
});

test('a script that takes no notice of a signal ends by it, and the launcher with it', async () => {
  const child = await launched("setInterval(() => {}, 1000); console.log('up');");
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
});
