// npm run golden: records the tapes of traces/golden anew (see the NOTE.md there).
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const guest of ['demo-arm64', 'demo-armv7']) {
  const tape = `traces/golden/${guest}.tape`;
  const machine = ['--guest', guest, '--memory', '32M', '--input', `traces/golden/${guest}.input`, '--console', 'none'];
  const { status } = spawnSync(
    process.execPath,
    ['bin/hypertape.mjs', 'record', ...machine, '--reproducible', '-o', tape],
    { cwd: root, stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 4);
}
