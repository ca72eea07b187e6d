import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { writeWhole } from '../../src/host/output-file.ts';
import { ForeignApt } from '../../tools/guests/apt.ts';
import { guestsFolder } from '../../tools/guests/catalogue.ts';
import { madeOfPackages } from './made-of-packages.fixture.ts';

const kernels = { arm64: 'linux', armhf: 'vmlinuz' } as const;

/** Debian's installer as it boots by network, in text: fetched once; where it cannot be, the test is skipped and says why. */
export function fetchedInstaller(context: TestContext, debian: keyof typeof kernels) {
  const folder = join(guestsFolder(), '.installer', debian);
  const files = { kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd.gz') };
  if (existsSync(files.initrd)) return files;
  madeOfPackages(context, `installer-${debian}`, (work) => {
    // Of architecture "all".
    const unpacked = new ForeignApt('arm64', work).unpack(`debian-installer-12-netboot-${debian}`);
    const images = join(unpacked, `usr/lib/debian-installer/images/12/${debian}/text/debian-installer/${debian}`);
    mkdirSync(folder, { recursive: true });
    writeWhole(files.kernel, readFileSync(join(images, kernels[debian])));
    writeWhole(files.initrd, readFileSync(join(images, 'initrd.gz')));
  });
  return files;
}
