import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import { ForeignApt, hasApt } from './apt.ts';
import { busyboxInitramfs } from './initramfs.ts';

export interface GuestFiles {
  readonly arch: GuestArch;
  readonly kernel: string;
  readonly initrd?: string;
  readonly append: string;
}
interface Guest {
  readonly name: string;
  readonly arch: GuestArch;
  readonly about: string;
  readonly source: 'embedded' | 'fetched';
}
interface DebianGuest extends Guest {
  readonly source: 'fetched';
  /** Debian's name of the architecture, and the pattern of the kernel packages to take the newest of. */
  readonly debian: string;
  readonly kernelPackage: string;
  readonly append: string;
}
interface EmbeddedGuest extends Guest {
  readonly source: 'embedded';
  readonly file: string;
}

const guests: readonly (DebianGuest | EmbeddedGuest)[] = [
  {
    name: 'demo-arm64',
    arch: 'arm64',
    about: 'bare metal: MMU, GIC, timers, console, FP, EL0, power-off',
    source: 'embedded',
    file: 'demo-arm64/demo-arm64.elf',
  },
  {
    name: 'demo-armv7',
    arch: 'armv7',
    about: 'bare metal: MMU, GICv2, timers, console, VFP, A32 and T32, power-off',
    source: 'embedded',
    file: 'demo-armv7/demo-armv7.elf',
  },
  {
    name: 'debian-arm64',
    arch: 'arm64',
    about: "Debian's 6.1 kernel (generic) with a busybox user land",
    source: 'fetched',
    debian: 'arm64',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-arm64$',
    append: 'console=ttyAMA0',
  },
  {
    name: 'debian-arm64-cloud',
    arch: 'arm64',
    about: "Debian's 6.1 kernel (cloud) with a busybox user land",
    source: 'fetched',
    debian: 'arm64',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-cloud-arm64$',
    append: 'console=ttyAMA0',
  },
  {
    name: 'debian-armv7',
    arch: 'armv7',
    about: "Debian's 6.1 kernel (armmp) with a busybox user land",
    source: 'fetched',
    debian: 'armhf',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-armmp$',
    append: 'console=ttyAMA0',
  },
  {
    name: 'debian-armv7-lpae',
    arch: 'armv7',
    about: "Debian's 6.1 kernel (armmp-lpae) with a busybox user land",
    source: 'fetched',
    debian: 'armhf',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-armmp-lpae$',
    append: 'console=ttyAMA0',
  },
];

interface Manifest {
  readonly package: string;
  readonly files: Readonly<Record<string, string>>;
}

export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hypertape', 'guests');
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

function find(name: string): DebianGuest | EmbeddedGuest {
  const guest = guests.find((g) => g.name === name);
  if (guest) return guest;
  throw new Failure(`--guest ${name}: no such guest; there are ${guests.map((g) => g.name).join(', ')}`);
}

const embeddedFiles = ({ arch, file }: EmbeddedGuest): GuestFiles => ({
  arch,
  kernel: fileURLToPath(new URL(file, import.meta.url)),
  append: '',
});

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

/** Whether the guest's files are here and whole. */
function isWhole(folder: string, manifest: Manifest | undefined): manifest is Manifest {
  return (
    manifest !== undefined &&
    Object.entries(manifest.files).every(([file, digest]) => {
      const path = join(folder, file);
      return existsSync(path) && sha256(readFileSync(path)) === digest;
    })
  );
}

export interface GuestRow {
  readonly name: string;
  readonly arch: string;
  readonly source: string;
  readonly about: string;
  readonly here: boolean;
}
export const listGuests = (): GuestRow[] =>
  guests.map(({ name, arch, source, about }) => ({
    name,
    arch,
    source,
    about,
    here: source === 'embedded' || readManifest(join(cacheFolder(), name)) !== undefined,
  }));

/** Fetches a guest into the cache, unless it is there and whole. */
export function fetchGuest(name: string, say: (line: string) => void): GuestFiles {
  const guest = find(name);
  if (guest.source === 'embedded') return embeddedFiles(guest);
  const folder = join(cacheFolder(), name);
  if (!isWhole(folder, readManifest(folder))) fetchDebian(guest, folder, say);
  return filesOf(guest, folder);
}

/** The files of a guest that is embedded or already fetched. */
export function guestFiles(name: string): GuestFiles {
  const guest = find(name);
  if (guest.source === 'embedded') return embeddedFiles(guest);
  const folder = join(cacheFolder(), name);
  const manifest = readManifest(folder);
  if (manifest === undefined)
    throw new Failure(`--guest ${name}: not fetched yet; run "hypertape guest fetch ${name}"`);
  if (!isWhole(folder, manifest))
    throw new Failure(`--guest ${name}: its files in ${folder} are damaged; run "hypertape guest fetch ${name}" again`);
  return filesOf(guest, folder);
}

const filesOf = (guest: DebianGuest, folder: string): GuestFiles => ({
  arch: guest.arch,
  kernel: join(folder, 'kernel'),
  initrd: join(folder, 'initrd'),
  append: guest.append,
});

function fetchDebian(guest: DebianGuest, folder: string, say: (line: string) => void): void {
  if (!hasApt())
    throw new Failure(
      `guest fetch ${guest.name}: needs apt-get and dpkg-deb, which this system has not; give --kernel and --initrd, or use demo-arm64`,
    );
  const apt = new ForeignApt(guest.debian, join(cacheFolder(), '.work'));
  say(`reading the package lists for ${guest.debian}`);
  const name = apt.newest(guest.kernelPackage);
  say(`fetching ${name} and busybox-static`);
  const boot = join(apt.unpack(name), 'boot');
  const image = readdirSync(boot).find((f) => f.startsWith('vmlinuz-'));
  if (image === undefined) throw new Failure(`guest fetch ${guest.name}: ${name} holds no kernel in /boot`);
  const busybox = readFileSync(join(apt.unpack('busybox-static'), 'bin/busybox'));
  const files = { kernel: readFileSync(join(boot, image)), initrd: busyboxInitramfs(busybox) };
  mkdirSync(folder, { recursive: true });
  for (const [file, data] of Object.entries(files)) {
    writeFileSync(join(folder, `${file}.new`), data);
    renameSync(join(folder, `${file}.new`), join(folder, file));
  }
  const digests = Object.fromEntries(Object.entries(files).map(([file, data]) => [file, sha256(data)]));
  // The manifest comes last: a fetch that was cut off counts as not done.
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify({ package: name, files: digests }, null, 2)}\n`);
  say(`${guest.name}: ${name} is in ${folder}`);
}
