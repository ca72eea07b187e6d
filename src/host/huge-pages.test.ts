import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';

const WASM_PAGE_BYTES = 65_536;

test('a memory is marked for huge pages, and nobody is told of an experiment', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { askForHugePages } from ${JSON.stringify(new URL('./huge-pages.ts', import.meta.url).href)};
    const marked = () => readFileSync('/proc/self/smaps', 'latin1').split('\\n').filter((l) => /^VmFlags:.* hg\\b/.test(l)).length;
    const memories = [1, 2].map(() => new WebAssembly.Memory({ initial: 512, maximum: 512 }));
    const before = process.platform === 'linux' ? marked() : 0;
    const { emitWarning } = process;
    const asked = memories.map(({ buffer }) => askForHugePages(buffer));
    const view = new Uint8Array(memories[0].buffer).fill(7);
    console.log(JSON.stringify({
      asked, marked: process.platform === 'linux' ? marked() - before : 0, isSame: process.emitWarning === emitWarning,
      filled: view.at(-1) === 7 && new Uint8Array(memories[1].buffer).every((byte) => byte === 0), bytes: view.length,
    }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const canAsk =
    process.getBuiltinModule('node:ffi') !== undefined && existsSync('/sys/kernel/mm/transparent_hugepage/enabled');
  expect(JSON.parse(stdout)).toEqual({
    asked: [canAsk, canAsk],
    marked: canAsk ? 2 : 0,
    isSame: true,
    filled: true,
    bytes: 512 * WASM_PAGE_BYTES,
  });
});

test('where Node may not ask it goes on without', () => {
  const script = `
    import { askForHugePages } from ${JSON.stringify(new URL('./huge-pages.ts', import.meta.url).href)};
    console.log(askForHugePages(new WebAssembly.Memory({ initial: 1 }).buffer));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--permission', '--allow-fs-read=*', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  expect([stderr, stdout.trim()]).toEqual(['', 'false']);
});
