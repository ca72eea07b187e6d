// Debian on a virtio disk: its modules from the initrd, work on ext4, a clean file system afterwards; recorded, and replayed without the disk.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { cpuModelDefault } from '../../src/machine/arch.ts';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { debianWithModules, ext4Disk } from '../support/debian-disk.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe.each([
  { guest: 'debian-arm64', board: 'virt', virtio: 'modern', vcpus: 4 },
  { guest: 'debian-armv7', board: 'virt', virtio: 'legacy', vcpus: 2 },
  { guest: 'debian-armv7-lpae', board: 'fvp-a15', virtio: 'legacy', vcpus: 4 },
  { guest: 'debian-arm64', board: 'fvp-base', virtio: 'modern', vcpus: 2 },
])('$guest on $board with $vcpus vCPUs, $virtio transport', ({ guest, board, virtio, vcpus }) => {
  it('works on a disk, and has it replayed without the file', (context) => {
    const folder = testFolder();
    const { kernel, initrd, append } = debianWithModules(context, guest, folder);
    const disk = ext4Disk(context, folder);
    const before = digest(disk);
    const tape = join(folder, 'boot.tape');
    const machine = ['--kernel', kernel, '--initrd', initrd, '--append', append, '--virtio', virtio, '--rng'];
    const output = [
      '--board',
      board,
      '--smp',
      String(vcpus),
      '-o',
      tape,
      '--reproducible',
      '--console',
      `file:${tape}.console`,
    ];
    const recorded = hypertapeJson(['record', ...machine, '--disk', `${disk},serial=of-its-own`, ...output]);
    const console = readFileSync(`${tape}.console`, 'latin1').replaceAll('\r', '');
    expect(console).not.toMatch(/FAILED|EXT4-fs error|I\/O error/);
    for (const line of ['SERIAL of-its-own', 'RNG virtio_rng.0', 'data: OK', 'text: OK', 'GUEST-DONE'])
      expect(console).toContain(line);
    expect([recorded.outcome, digest(disk)]).toEqual(['poweroff', before]);

    const after = join(folder, 'after.raw');
    expect(hypertape(['disk', tape, '--base', disk, '-o', after]).status).toBe(0);
    execFileSync('fsck.ext4', ['-fn', after], { stdio: 'pipe' });
    expect(execFileSync('debugfs', ['-R', 'cat new/hello', after], { encoding: 'utf8', stdio: 'pipe' })).toBe(
      'hello\n',
    );

    const away = `${disk}.away`;
    renameSync(disk, away);
    const replayed = hypertapeJson(['replay', tape, '--console', 'none']);
    expect(replayed).toMatchObject({ verified: true, eventsChecked: recorded.events, stateHash: recorded.stateHash });
    const parallel = hypertapeJson(['replay', tape, '--parallel', '2', '--console', 'none']);
    expect(parallel).toMatchObject({ verified: true, stateHash: recorded.stateHash });
    rmSync(away);
  });
});

describe.each(['arm64', 'armv7'] as const)('a guest of ours, %s', (arch) => {
  it('sees of a disk what it sees under QEMU', (context) => {
    for (const virtio of ['modern', 'legacy']) {
      const folder = testFolder();
      const disk = join(folder, 'disk.raw');
      writeFileSync(disk, new Prng(3n).bytes(999 * 512));
      const kernel = fileURLToPath(new URL(`../guests/virtio/virtio-${arch}.elf`, import.meta.url));
      const here = hypertape(['run', '--kernel', kernel, '--disk', `${disk},serial=abc`, '--virtio', virtio]).stdout;
      const program = arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-arm';
      const machine = [
        '-M',
        'virt',
        '-cpu',
        cpuModelDefault[arch],
        '-nodefaults',
        '-display',
        'none',
        '-serial',
        'stdio',
      ];
      const transport = ['-global', `virtio-mmio.force-legacy=${virtio === 'legacy'}`, '-kernel', kernel];
      const drive = ['-drive', `file=${disk},format=raw,if=none,id=d,snapshot=on,discard=unmap`];
      const device = ['-device', 'virtio-blk-device,drive=d,serial=abc'];
      const { status, stdout } = spawnSync(program, [...machine, ...transport, ...drive, ...device], {
        encoding: 'utf8',
      });
      if (status === null) context.skip(`${program} is not installed`);
      // Slots, features, and what is told as written of a read that failed are the device's own.
      const comparable = (console: string): string[] =>
        console.split(/\r?\n/).filter((line) => !/^(slot|disk|beyond)/.test(line));
      expect(comparable(here)).toContain('GUEST-DONE');
      expect(comparable(here)).toEqual(comparable(stdout));
    }
  });
});
