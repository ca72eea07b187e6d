import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { debianFor } from './debian-modules.fixture.ts';

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
const SCRIPT = `echo "SERIAL $(cat /sys/block/vda/serial)"
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

/** A Debian guest that works on a disk. Skipped where its packages cannot be had. */
export const debianWithModules = (context: TestContext, name: string, folder: string) =>
  debianFor(context, name, folder, { modules: MODULES, script: SCRIPT });

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
