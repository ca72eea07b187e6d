import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-launch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const launcher = fileURLToPath(new URL('../bin/launch.mjs', import.meta.url));
/** Runs a script under the launcher, up to its first line of output. */
async function launched(
  script: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<ReturnType<typeof spawn> & { readonly line: string }> {
  const [path, start] = [join(folder, 'script.mjs'), join(folder, 'start.mjs')];
  writeFileSync(path, script);
  writeFileSync(
    start,
    `import { launch } from ${JSON.stringify(launcher)}; launch(process.execPath, ${JSON.stringify(path)}, []);`,
  );
  const child = spawn(process.execPath, [start], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const [line] = await once(child.stdout, 'data');
  return Object.assign(child, { line: String(line) });
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

test('what the environment says of its allocator is for the script alone, and what the user says of it goes before', async () => {
  const program = 'console.log(process.env.MALLOC_ARENA_MAX, process.env.GLIBC_TUNABLES, process.env.HYPERTAPE_FOLLOW)';
  const script = `import { readFileSync } from 'node:fs'; import { execFileSync } from 'node:child_process';
    const begun = process.platform === 'linux' ? readFileSync('/proc/self/environ', 'latin1').split('\\0') : [];
    const told = execFileSync(process.execPath, ['-e', ${JSON.stringify(program)}]).toString().trim();
    console.log(JSON.stringify({ begun: begun.filter((one) => /^(MALLOC|GLIBC)_/.test(one)).sort(), told }));`;
  const child = await launched(script, { MALLOC_ARENA_MAX: '4', GLIBC_TUNABLES: undefined });
  expect(JSON.parse(child.line)).toEqual({
    begun: process.platform === 'linux' ? ['GLIBC_TUNABLES=glibc.malloc.hugetlb=1', 'MALLOC_ARENA_MAX=4'] : [],
    told: '4 undefined undefined',
  });
});

const program = fileURLToPath(new URL('../bin/hypertape.mjs', import.meta.url));

test('a verb that disassembles ends under the options that scripts run with', () => {
  const args = ['where', 'traces/golden/v3/demo-arm64.tape', '--at', 'icount:1000', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ icount: 1000 });
});

test.each([
  ['run --help', 1],
  ['help', 1],
  ['--get-yargs-completions hypertape re', 1],
  ['guest list', 2],
  ['ctl --list -- --help', 2],
])('hypertape %s: processes begun, one where only texts are asked for', (line, processes) => {
  const hook = join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `import { writeSync } from 'node:fs';
    if (process.argv[1] === ${JSON.stringify(program)}) writeSync(2, 'begun\\n');`,
  );
  const { stderr } = spawnSync(process.execPath, [program, ...line.split(' ')], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: `--import=${pathToFileURL(hook)}` },
  });
  expect(stderr.match(/^begun$/gm)).toHaveLength(processes);
});
