import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const MODULE = new URL('awake.ts', import.meta.url).href;

/** How a process ends that waits for what comes from a thread that nothing keeps alive. */
const statusOf = (wait: string): number | null => {
  const script = `import { Worker } from 'node:worker_threads';
    import { awake } from ${JSON.stringify(MODULE)};
    const worker = new Worker("setTimeout(() => process.getBuiltinModule('worker_threads').parentPort.postMessage(7), 50)", { eval: true });
    const come = new Promise((resolve) => worker.once('message', resolve));
    worker.unref();
    process.exit(await ${wait});`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script]).status;
};

test('a process stays until what it waits for has come', () => {
  expect([statusOf('awake(come)'), statusOf('come')]).toEqual([7, 13]);
});
