import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { writeWhole } from '../../src/host/output-file.ts';
import { ForeignApt } from '../../tools/guests/apt.ts';
import { guestsFolder } from '../../tools/guests/catalogue.ts';
import { madeOfPackages } from './made-of-packages.fixture.ts';

/** Debian's packages of firmware, and where in them it is. */
const files = {
  'u-boot-arm64': { package: 'u-boot-qemu', path: 'usr/lib/u-boot/qemu_arm64/u-boot.bin' },
  'u-boot-armv7': { package: 'u-boot-qemu', path: 'usr/lib/u-boot/qemu_arm/u-boot.bin' },
  'edk2-arm64': { package: 'qemu-efi-aarch64', path: 'usr/share/AAVMF/AAVMF_CODE.fd' },
  'edk2-armv7': { package: 'qemu-efi-arm', path: 'usr/share/AAVMF/AAVMF32_CODE.fd' },
  'grub-arm64': { package: 'grub-efi-arm64-bin', path: 'usr/lib/grub/arm64-efi/monolithic/grubaa64.efi' },
} as const;
export type FirmwareName = keyof typeof files;

/** A file of Debian's, fetched once; where it cannot be, the test is skipped and says why. */
export function fetchedFirmware(context: TestContext, name: FirmwareName): string {
  const folder = join(guestsFolder(), '.firmware');
  const kept = join(folder, name);
  if (existsSync(kept)) return kept;
  madeOfPackages(context, name, (work) => {
    const unpacked = new ForeignApt('arm64', work).unpack(files[name].package);
    mkdirSync(folder, { recursive: true });
    writeWhole(kept, readFileSync(join(unpacked, files[name].path)));
  });
  return kept;
}

/** What GRUB for armhf needs of its modules: Debian has it as one file for arm64 alone. */
const GRUB_MODULES = ['part_msdos', 'fat', 'normal', 'linux', 'configfile', 'echo', 'search', 'boot'];

/** GRUB for 32-bit EDK2, joined from Debian's modules by its own program; skipped where they cannot be had. */
export function armv7Grub(context: TestContext): string {
  const folder = join(guestsFolder(), '.firmware');
  const kept = join(folder, 'grub-armv7');
  if (existsSync(kept)) return kept;
  madeOfPackages(context, 'grub-armv7', (work) => {
    const host = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
    const mkimage = join(new ForeignApt(host, work).unpack('grub-common'), 'usr/bin/grub-mkimage');
    const modules = join(new ForeignApt('armhf', work).unpack('grub-efi-arm-bin'), 'usr/lib/grub/arm-efi');
    const made = join(work, 'grubarm.efi');
    const image = ['-O', 'arm-efi', '-d', modules, '-p', '/EFI/debian', '-o', made];
    execFileSync(mkimage, [...image, ...GRUB_MODULES], { stdio: 'pipe' });
    mkdirSync(folder, { recursive: true });
    writeWhole(kept, readFileSync(made));
  });
  return kept;
}
