// A tape recorded under one version of Node replays under another: V8's code and floats must not show.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';

const OTHER = '24';
/** A part of a Debian boot: some hundred million instructions of a real kernel. */
const DEBIAN = ['--guest', 'debian-arm64-cloud', '--max-icount', '300000000'];
const DEMO = ['--guest', 'demo-arm64', '--input', 'traces/golden/demo-arm64.input'];

function otherNode(context: TestContext, folder: string): string {
  const install = spawnSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${OTHER}`], {
    encoding: 'utf8',
  });
  const node = join(folder, 'node_modules/node/bin/node');
  if (install.status !== 0 || !existsSync(node))
    return context.skip(`node@${OTHER} cannot be installed: ${install.stderr.trim().split('\n').at(-1)}`);
  return node;
}

const isFetched = (name: string): boolean => {
  try {
    return guestFiles(name).kernel !== '';
  } catch {
    return false;
  }
};
const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

it(`tapes of this Node and of Node ${OTHER} are the same, and each replays the other's`, (context) => {
  const folder = testFolder();
  const other = otherNode(context, folder);
  expect(spawnSync(other, ['--version'], { encoding: 'utf8' }).stdout).toMatch(new RegExp(`^v${OTHER}\\.`));
  const guests = isFetched('debian-arm64-cloud') ? [DEMO, DEBIAN] : [DEMO];
  for (const guest of guests) {
    const [ours, theirs] = [process.execPath, other].map((node, i) => {
      const path = join(folder, `${i}.tape`);
      hypertapeJson(['record', ...guest, '-o', path, '--reproducible', '--console', 'none', '--force'], node);
      return path;
    }) as [string, string];
    expect(digest(theirs)).toBe(digest(ours));
    expect(hypertapeJson(['replay', ours, '--console', 'none'], other)).toMatchObject({ verified: true, stop: 'end' });
    expect(hypertapeJson(['replay', theirs, '--console', 'none'])).toMatchObject({ verified: true, stop: 'end' });
  }
});
