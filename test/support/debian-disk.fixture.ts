import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TestContext } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { Prng } from '../../src/base/prng.ts';
import { ForeignApt } from '../../tools/guests/apt.ts';
import { cacheFolder, type GuestFiles } from '../../tools/guests/catalogue.ts';
import { type CpioEntry, cpio, FileType } from '../../tools/guests/cpio.ts';
import { fetched } from './fetched.fixture.ts';

/** In the order in which each finds what it needs; those that a kernel has built in are not there. */
const MODULES = [
  'crc16',
  'crc32c_generic',
  'libcrc32c',
  'mbcache',
  'jbd2',
  'ext4',
  'virtio',
  'virtio_ring',
  'virtio_mmio',
  'virtio_blk',
  'rng-core',
  'virtio-rng',
];

/** What the guest does with its disk: sums of what is there, files of its own, then a clean end. */
const INIT = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in /lib/modules/*.ko; do insmod "$m" || echo "FAILED $m"; done
echo "SERIAL $(cat /sys/block/vda/serial)"
echo "RNG $(cat /sys/class/misc/hw_random/rng_available)"
mount -t ext4 /dev/vda /mnt || echo MOUNT-FAILED
cd /mnt
sha256sum -c sums
mkdir new
i=0; while [ $i -lt 20 ]; do cp /bin/busybox new/b$i; i=$((i+1)); done
sync
echo 3 >/proc/sys/vm/drop_caches
echo "COPIES $(cat new/* | sha256sum)"
rm new/b3 new/b7
echo hello >new/hello
cd /
umount /mnt
echo GUEST-DONE
poweroff -f
`;

/** A kernel's modules that are not built in, by way of its package; kept beside the fetched guests. */
function modulesOf(name: string, arch: string): { readonly folder: string } {
  const manifest = JSON.parse(readFileSync(join(cacheFolder(), name, 'manifest.json'), 'utf8')) as { package: string };
  const folder = join(cacheFolder(), 'modules', manifest.package);
  if (existsSync(folder)) return { folder };
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const unpacked = new ForeignApt(arch, join(work, 'apt')).unpack(manifest.package);
  const all = readdirSync(join(unpacked, 'lib/modules'), { recursive: true, encoding: 'utf8' });
  for (const module of MODULES) {
    const path = all.find((one) => one.endsWith(`/${module}.ko`));
    if (path !== undefined)
      writeFileSync(join(work, `${module}.ko`), readFileSync(join(unpacked, 'lib/modules', path)));
  }
  rmSync(join(work, 'apt'), { recursive: true });
  renameSync(work, folder);
  return { folder };
}

/** A Debian guest with the modules that a disk needs in its initrd. Skipped where its packages cannot be had. */
export function debianWithModules(context: TestContext, name: string, folder: string): GuestFiles & { initrd: string } {
  const files = fetched(context, name);
  let modules: string;
  try {
    modules = modulesOf(name, files.arch === 'arm64' ? 'arm64' : 'armhf').folder;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return context.skip(error.message);
  }
  const file = (at: string, data: Uint8Array): CpioEntry => ({ name: at, mode: FileType.regular | 0o755, data });
  const entries = MODULES.filter((module) => existsSync(join(modules, `${module}.ko`))).map((module, i) =>
    file(`lib/modules/${String(i).padStart(2, '0')}-${module}.ko`, readFileSync(join(modules, `${module}.ko`))),
  );
  const more = cpio([{ name: 'mnt', mode: FileType.directory | 0o755 }, ...entries, file('init', Buffer.from(INIT))]);
  const initrd = join(folder, 'initrd');
  // Archives behind each other are one to the kernel, and the later file counts (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
  writeFileSync(initrd, Buffer.concat([readFileSync(files.initrd as string), gzipSync(more)]));
  return { ...files, initrd };
}

/** An ext4 file system of 64 MiB with some files and their sums; skipped where there is no mkfs.ext4. */
export function ext4Disk(context: TestContext, folder: string): string {
  if (spawnSync('mkfs.ext4', ['-V'], { stdio: 'ignore' }).status !== 0) context.skip('mkfs.ext4 is not installed');
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  writeFileSync(join(tree, 'data'), new Prng(1n).bytes(4 * 2 ** 20));
  writeFileSync(join(tree, 'text'), Array.from({ length: 50_000 }, (_, n) => `${n}\n`).join(''));
  writeFileSync(join(tree, 'sums'), execFileSync('sha256sum', ['data', 'text'], { cwd: tree }));
  const disk = join(folder, 'disk.raw');
  execFileSync('mkfs.ext4', ['-q', '-d', tree, disk, '64M'], { stdio: 'pipe' });
  return disk;
}
