// guests/: the guests that hypertape can fetch or brings along.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../bin/node-settings.mjs';
import { Failure } from '../../src/base/failure.ts';
import { sha256Hex, sha256OfImage } from '../../src/host/digests.ts';
import { makeFolder } from '../../src/host/files.ts';
import { writeWhole } from '../../src/host/output-file.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import type { ImageFile } from '../../src/machine/loaders/read-image.ts';
import { ForeignApt, hasApt } from './apt.ts';
import { busyboxInitramfs, SHELL_WORD, USERLAND_VERSION } from './initramfs.ts';
import { inWorkFolder } from './work-folder.ts';

/** The files of a guest that are fetched, by what they are to it. */
const fetchedRoles = ['kernel', 'initrd'] as const;
type FetchedRole = (typeof fetchedRoles)[number];

/** A guest's files on this host. */
export interface GuestFiles {
  readonly arch: GuestArch;
  readonly kernel: string;
  readonly initrd?: string;
  readonly append: string;
  /** More of a command line, where a person types at a terminal. */
  readonly appendOnTerminal?: string;
  /** More of a command line, for an interactive shell. */
  readonly appendForShell?: string;
  /** SHA-256 of those that were fetched. */
  readonly digests?: Readonly<Record<FetchedRole, string>>;
}
interface Guest {
  readonly name: string;
  readonly arch: GuestArch;
  readonly about: string;
  readonly source: 'embedded' | 'fetched';
  /** Least RAM that it was seen to run with. */
  readonly memoryMiB: number;
}
interface DebianGuest extends Guest {
  readonly source: 'fetched';
  /** Debian's name of the architecture, and the pattern of the kernel packages to take the newest of. */
  readonly debian: string;
  readonly kernelPackage: string;
  /** Download of its packages, about. */
  readonly fetchMiB: number;
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
    memoryMiB: 32,
    file: 'demo-arm64/demo-arm64.elf',
  },
  {
    name: 'demo-armv7',
    arch: 'armv7',
    about: 'bare metal: MMU, GICv2, timers, console, VFP, A32 and T32, power-off',
    source: 'embedded',
    memoryMiB: 32,
    file: 'demo-armv7/demo-armv7.elf',
  },
  {
    name: 'demo-smp-arm64',
    arch: 'arm64',
    about: 'bare metal, for --smp 2 to 8: locks, SGIs, broadcasts, PSCI, power-off',
    source: 'embedded',
    memoryMiB: 32,
    file: 'demo-smp/smp-arm64.elf',
  },
  {
    name: 'demo-smp-armv7',
    arch: 'armv7',
    about: 'the same with GICv2',
    source: 'embedded',
    memoryMiB: 32,
    file: 'demo-smp/smp-armv7.elf',
  },
  {
    name: 'demo-race-arm64',
    arch: 'arm64',
    about: 'bare metal, for --smp 2: --append race=counter, wakeup or deadlock is a mistake that few schedules show',
    source: 'embedded',
    memoryMiB: 32,
    file: 'demo-race/race-arm64.elf',
  },
  {
    name: 'demo-race-armv7',
    arch: 'armv7',
    about: 'the same with GICv2',
    source: 'embedded',
    memoryMiB: 32,
    file: 'demo-race/race-armv7.elf',
  },
  {
    name: 'demo-freebsd-arm64',
    arch: 'arm64',
    about: 'bare metal, loaded as a FreeBSD kernel: prints the metadata, environment and flags that it is given',
    source: 'embedded',
    memoryMiB: 32,
    file: 'demo-freebsd/freebsd-arm64.elf',
  },
  {
    name: 'demo-freebsd-armv7',
    arch: 'armv7',
    about: 'the same',
    source: 'embedded',
    memoryMiB: 32,
    file: 'demo-freebsd/freebsd-armv7.elf',
  },
  {
    name: 'debian-arm64',
    arch: 'arm64',
    about: "Debian's 6.1 kernel (generic) with a busybox user land",
    source: 'fetched',
    debian: 'arm64',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-arm64$',
    fetchMiB: 58,
    memoryMiB: 128,
  },
  {
    name: 'debian-arm64-cloud',
    arch: 'arm64',
    about: "Debian's 6.1 kernel (cloud) with a busybox user land",
    source: 'fetched',
    debian: 'arm64',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-cloud-arm64$',
    fetchMiB: 22,
    memoryMiB: 128,
  },
  {
    name: 'debian-arm64-cloud-newest',
    arch: 'arm64',
    about: 'the same with the newest cloud kernel that the package sources have',
    source: 'fetched',
    debian: 'arm64',
    kernelPackage: '^linux-image-[0-9]+[.][0-9]+[.][0-9]+([+-][0-9a-z]+)?-cloud-arm64$',
    fetchMiB: 30,
    memoryMiB: 128,
  },
  {
    name: 'debian-armv7',
    arch: 'armv7',
    about: "Debian's 6.1 kernel (armmp) with a busybox user land",
    source: 'fetched',
    debian: 'armhf',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-armmp$',
    fetchMiB: 43,
    memoryMiB: 64,
  },
  {
    name: 'debian-armv7-lpae',
    arch: 'armv7',
    about: "Debian's 6.1 kernel (armmp-lpae) with a busybox user land",
    source: 'fetched',
    debian: 'armhf',
    kernelPackage: '^linux-image-6[.]1[.]0-[0-9]+-armmp-lpae$',
    fetchMiB: 43,
    memoryMiB: 64,
  },
];

interface Manifest {
  readonly package: string;
  /** `USERLAND_VERSION` of its initrd. */
  readonly userland: number;
  readonly files: Readonly<Record<FetchedRole, string>>;
}

/** Where fetched guests are kept. */
export const guestsFolder = (): string => cacheFolder('guests');

function find(name: string): DebianGuest | EmbeddedGuest {
  const guest = guests.find((g) => g.name === name);
  if (guest) return guest;
  throw new Failure(`--guest ${name}: no such guest; there are ${guests.map((g) => g.name).join(', ')}`);
}

const embeddedFiles = ({ arch, file }: EmbeddedGuest): GuestFiles => ({
  arch,
  kernel: fileURLToPath(new URL(file, import.meta.url)),
  append: '',
  appendOnTerminal: 'prompt=wait',
});

function readManifest(folder: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
    return fetchedRoles.every((role) => typeof manifest.files[role] === 'string') ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the guest's files are here and whole. */
const isWhole = (folder: string, { files }: Manifest): boolean =>
  fetchedRoles.every((role) => {
    const path = join(folder, role);
    return existsSync(path) && sha256Hex(readFileSync(path)) === files[role];
  });

const damaged = (name: string): Failure =>
  new Failure(
    `--guest ${name}: its files in ${join(guestsFolder(), name)} are damaged; run "hypertape guest fetch ${name}" again`,
  );

/** A guest as the list shows it. */
export interface GuestRow {
  readonly name: string;
  readonly arch: string;
  readonly source: string;
  readonly about: string;
  readonly here: boolean;
  /** MiB to download; 0 of an embedded guest. */
  readonly fetchMiB: number;
  readonly memoryMiB: number;
  /** Whether --shell gives a shell in it. */
  readonly shell: boolean;
}
/** All guests, in the order of the catalogue. */
export const listGuests = (): GuestRow[] =>
  guests.map((guest) => {
    const { name, arch, source, about, memoryMiB } = guest;
    const isFetched = guest.source === 'fetched';
    const here = !isFetched || readManifest(join(guestsFolder(), name))?.userland === USERLAND_VERSION;
    return { name, arch, source, about, here, fetchMiB: isFetched ? guest.fetchMiB : 0, memoryMiB, shell: isFetched };
  });

/** The guest that has this kernel, by the SHA-256 of its file; undefined where none does that is here. */
export const guestWithKernel = (digest: string): string | undefined =>
  guests.find((guest) =>
    guest.source === 'embedded'
      ? sha256Hex(readFileSync(embeddedFiles(guest).kernel)) === digest
      : readManifest(join(guestsFolder(), guest.name))?.files.kernel === digest,
  )?.name;

/** Fetches a guest into the cache, unless it is there and whole. */
export function fetchGuest(name: string, say: (line: string) => void): GuestFiles {
  const guest = find(name);
  if (guest.source === 'embedded') return embeddedFiles(guest);
  const folder = join(guestsFolder(), name);
  const manifest = readManifest(folder);
  const isHere = manifest?.userland === USERLAND_VERSION && isWhole(folder, manifest);
  return filesOf(guest, folder, isHere ? manifest : fetchDebian(guest, folder, say));
}

/** The files of a guest that is embedded or already fetched, whole. @throws Failure */
export function guestFiles(name: string): GuestFiles {
  const guest = guestNamed(name);
  const paths = [guest.kernel, guest.initrd].filter((path) => path !== undefined);
  checkFetched(
    name,
    guest,
    paths.map((path) => ({ name: path, bytes: readFileSync(path) })),
  );
  return guest;
}

/** Whether what was read from files of a guest is what was fetched. @throws Failure */
export function checkFetched(name: string, guest: GuestFiles, read: readonly ImageFile[]): void {
  const { digests } = guest;
  if (digests === undefined) return;
  for (const role of fetchedRoles) {
    const file = read.find((one) => one.name === guest[role]);
    if (file !== undefined && sha256OfImage(file.bytes) !== digests[role]) throw damaged(name);
  }
}

/** The same, for who reads the files and checks them then. @throws Failure where they were never fetched, or by another version */
export function guestNamed(name: string): GuestFiles {
  const guest = find(name);
  if (guest.source === 'embedded') return embeddedFiles(guest);
  const folder = join(guestsFolder(), name);
  const manifest = readManifest(folder);
  if (manifest === undefined)
    throw new Failure(`--guest ${name}: not fetched yet; run "hypertape guest fetch ${name}"`);
  if (manifest.userland !== USERLAND_VERSION)
    throw new Failure(
      `--guest ${name}: its user land is another hypertape's; run "hypertape guest fetch ${name}" to have this one's`,
    );
  if (!fetchedRoles.every((role) => existsSync(join(folder, role)))) throw damaged(name);
  return filesOf(guest, folder, manifest);
}

const filesOf = (guest: DebianGuest, folder: string, { files }: Manifest): GuestFiles => ({
  arch: guest.arch,
  kernel: join(folder, 'kernel'),
  initrd: join(folder, 'initrd'),
  append: 'console=ttyAMA0',
  appendForShell: SHELL_WORD,
  digests: files,
});

function fetchDebian(guest: DebianGuest, folder: string, say: (line: string) => void): Manifest {
  if (!hasApt())
    throw new Failure(
      `guest fetch ${guest.name}: needs apt-get and dpkg-deb, which this system has not; give --kernel and --initrd, or use demo-arm64`,
    );
  // Beside the guest, since it is large.
  return inWorkFolder(guestsFolder(), guest.name, (work) => {
    const apt = new ForeignApt(guest.debian, work);
    say(`reading the package lists for Debian's ${guest.debian}`);
    const name = apt.newest(guest.kernelPackage);
    say(`fetching ${name} and busybox-static, about ${guest.fetchMiB} MiB`);
    const boot = join(apt.unpack(name), 'boot');
    const image = readdirSync(boot).find((f) => f.startsWith('vmlinuz-'));
    if (image === undefined) throw new Failure(`guest fetch ${guest.name}: ${name} holds no kernel in /boot`);
    const busybox = readFileSync(join(apt.unpack('busybox-static'), 'bin/busybox'));
    const manifest = keep(folder, name, { kernel: readFileSync(join(boot, image)), initrd: busyboxInitramfs(busybox) });
    say(`${guest.name}: ${name} is in ${folder}`);
    return manifest;
  });
}

/** Puts a guest's files in its folder. */
function keep(folder: string, name: string, files: Readonly<Record<FetchedRole, Uint8Array>>): Manifest {
  makeFolder(folder);
  for (const role of fetchedRoles) writeWhole(join(folder, role), files[role]);
  const digests = { kernel: sha256Hex(files.kernel), initrd: sha256Hex(files.initrd) };
  const manifest: Manifest = { package: name, userland: USERLAND_VERSION, files: digests };
  // The manifest comes last: a fetch that was cut off counts as not done.
  writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}
