// node tools/setup.mjs SCRIPT [ARGUMENTS]: brings a fresh clone to where it can run, then runs the script under the pinned
// Node. Plain JavaScript, because the Node that starts it may be as old as 20.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, pinnedNode, suitableNode } from '../bin/launch.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const isMain = process.argv[1] === fileURLToPath(import.meta.url);

function isInstalled() {
  try {
    const installed = statSync(join(root, 'node_modules/.package-lock.json')).mtimeMs;
    return installed >= statSync(join(root, 'package-lock.json')).mtimeMs;
  } catch {
    return false;
  }
}

/** Nothing that this runs may write to standard output: that belongs to the script. */
function must(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(`setup: "${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ''}\n`);
  process.exit(2);
}

/** Installs the packages of the lock file, builds the helpers and the page of reports, where that is not done yet. */
export function setUp() {
  if (!isInstalled()) {
    process.stderr.write('setup: installing the packages of the lock file (npm ci); about a minute\n');
    must('npm', ['ci', '--no-fund', '--no-audit']);
  }
  const node = pinnedNode(import.meta.url) ?? suitableNode(import.meta.url);
  for (const part of ['helpers', 'report-page']) must(node, [join(root, `tools/build/${part}.ts`)]);
}

if (isMain) {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) {
    process.stderr.write('setup: usage: node tools/setup.mjs SCRIPT [ARGUMENTS]\n');
    process.exit(2);
  }
  setUp();
  launch(pinnedNode(import.meta.url) ?? suitableNode(import.meta.url), join(root, script), args);
}
