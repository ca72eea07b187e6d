// guests/: the guests that hypertape can fetch or brings along.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../src/base/failure.ts';
import { writeWhole } from '../../src/host/output-file.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import { ForeignApt, hasApt } from './apt.ts';
import { busyboxInitramfs, SHELL_WORD, USERLAND_VERSION } from './initramfs.ts';
import { inWorkFolder } from './work-folder.ts';

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
  readonly files: Readonly<Record<string, string>>;
}

/** Where fetched guests are kept. */
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
  appendOnTerminal: 'prompt=wait',
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
    const here = !isFetched || readManifest(join(cacheFolder(), name))?.userland === USERLAND_VERSION;
    return { name, arch, source, about, here, fetchMiB: isFetched ? guest.fetchMiB : 0, memoryMiB, shell: isFetched };
  });

/** The guest that has this kernel, by the SHA-256 of its file; undefined where none does that is here. */
export const guestWithKernel = (digest: string): string | undefined =>
  guests.find((guest) =>
    guest.source === 'embedded'
      ? sha256(readFileSync(embeddedFiles(guest).kernel)) === digest
      : readManifest(join(cacheFolder(), guest.name))?.files.kernel === digest,
  )?.name;

/** Fetches a guest into the cache, unless it is there and whole. */
export function fetchGuest(name: string, say: (line: string) => void): GuestFiles {
  const guest = find(name);
  if (guest.source === 'embedded') return embeddedFiles(guest);
  const folder = join(cacheFolder(), name);
  const manifest = readManifest(folder);
  if (!isWhole(folder, manifest) || manifest.userland !== USERLAND_VERSION) fetchDebian(guest, folder, say);
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
  if (manifest.userland !== USERLAND_VERSION)
    throw new Failure(
      `--guest ${name}: its user land is another hypertape's; run "hypertape guest fetch ${name}" to have this one's`,
    );
  if (!isWhole(folder, manifest))
    throw new Failure(`--guest ${name}: its files in ${folder} are damaged; run "hypertape guest fetch ${name}" again`);
  return filesOf(guest, folder);
}

const filesOf = (guest: DebianGuest, folder: string): GuestFiles => ({
  arch: guest.arch,
  kernel: join(folder, 'kernel'),
  initrd: join(folder, 'initrd'),
  append: 'console=ttyAMA0',
  appendForShell: SHELL_WORD,
});

function fetchDebian(guest: DebianGuest, folder: string, say: (line: string) => void): void {
  if (!hasApt())
    throw new Failure(
      `guest fetch ${guest.name}: needs apt-get and dpkg-deb, which this system has not; give --kernel and --initrd, or use demo-arm64`,
    );
  // Beside the guest, since it is large.
  inWorkFolder(cacheFolder(), guest.name, (work) => {
    const apt = new ForeignApt(guest.debian, work);
    say(`reading the package lists for Debian's ${guest.debian}`);
    const name = apt.newest(guest.kernelPackage);
    say(`fetching ${name} and busybox-static, about ${guest.fetchMiB} MiB`);
    const boot = join(apt.unpack(name), 'boot');
    const image = readdirSync(boot).find((f) => f.startsWith('vmlinuz-'));
    if (image === undefined) throw new Failure(`guest fetch ${guest.name}: ${name} holds no kernel in /boot`);
    const busybox = readFileSync(join(apt.unpack('busybox-static'), 'bin/busybox'));
    keep(folder, name, { kernel: readFileSync(join(boot, image)), initrd: busyboxInitramfs(busybox) });
    say(`${guest.name}: ${name} is in ${folder}`);
  });
}

/** Puts a guest's files in its folder. */
function keep(folder: string, name: string, files: Readonly<Record<'kernel' | 'initrd', Uint8Array>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, data] of Object.entries(files)) {
    writeWhole(join(folder, file), data);
  }
  const digests = Object.fromEntries(Object.entries(files).map(([file, data]) => [file, sha256(data)]));
  const manifest: Manifest = { package: name, userland: USERLAND_VERSION, files: digests };
  // The manifest comes last: a fetch that was cut off counts as not done.
  writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
