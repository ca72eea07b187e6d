import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sha256Hex } from '../../src/host/digests.ts';
import { WorkFolder } from '../session/command-line.fixture.ts';
import { checkFetched, guestFiles, guestNamed } from './catalogue.ts';
import { USERLAND_VERSION } from './initramfs.ts';

const work = new WorkFolder();
const name = 'debian-arm64-cloud';
const folder = join(work.path, 'hypertape/guests', name);
const kernel = Buffer.from('a kernel');
const initrd = Buffer.from('an initrd');
const put = (file: string, data: string | Uint8Array): void => writeFileSync(join(folder, file), data);

beforeAll(() => {
  vi.stubEnv('XDG_CACHE_HOME', work.path);
  mkdirSync(folder, { recursive: true });
});
afterAll(() => {
  vi.unstubAllEnvs();
  work.remove();
});

function keep(userland = USERLAND_VERSION): void {
  put('kernel', kernel);
  put('initrd', initrd);
  const files = { kernel: sha256Hex(kernel), initrd: sha256Hex(initrd) };
  put('manifest.json', JSON.stringify({ package: 'a package', userland, files }));
}

test('a fetched guest is as it was fetched', () => {
  keep();
  const guest = guestFiles(name);
  expect(guest).toMatchObject({ kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd') });
  expect(guestNamed(name)).toEqual(guest);
});

test('one that is damaged is refused, by who looks into its files and by who reads them anyway', () => {
  keep();
  put('initrd', 'another');
  const message = /^--guest debian-arm64-cloud: its files in .* are damaged; run "hypertape guest fetch/;
  expect(() => guestFiles(name)).toThrow(message);
  const guest = guestNamed(name);
  const read = { name: guest.kernel, bytes: kernel };
  expect(() => checkFetched(name, guest, [read, { name: join(folder, 'initrd'), bytes: kernel }])).toThrow(message);
  // An initrd of the user's.
  expect(() => checkFetched(name, guest, [read, { name: '/initrd', bytes: kernel }])).not.toThrow();
});

test.each([
  ['of another version', () => keep(0), /its user land is another hypertape's/],
  ['without digests', () => put('manifest.json', `{"userland":${USERLAND_VERSION},"files":{}}`), /not fetched yet/],
  ['of which nothing is there', () => put('manifest.json', '{'), /not fetched yet/],
])('one %s is refused', (_, spoil, message) => {
  keep();
  spoil();
  expect(() => guestNamed(name)).toThrow(message);
});
