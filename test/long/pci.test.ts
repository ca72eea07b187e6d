// Debian on the board bhyve: a disk, network, entropy and console behind PCI, by messages and by pins; recorded twice alike, and replayed without the disk.
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { ext4Disk } from '../support/debian-disk.fixture.ts';
import { debianFor } from '../support/debian-modules.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';

const MODULES = [
  ...['crc16', 'crc32c_generic', 'libcrc32c', 'mbcache', 'jbd2', 'ext4'],
  ...['virtio', 'virtio_ring', 'virtio_pci_modern_dev', 'virtio_pci_legacy_dev', 'virtio_pci', 'virtio_blk'],
  ...['failover', 'net_failover', 'virtio_net', 'rng-core', 'virtio-rng', 'virtio_console'],
];
const SCRIPT = `for d in /sys/bus/pci/devices/*; do echo "PCI $(basename $d) $(cat $d/vendor) $(cat $d/device)"; done
echo "RNG $(cat /sys/class/misc/hw_random/rng_available)"
head -c 16 /dev/hwrng | sha256sum
mount -t ext4 /dev/vda /mnt || echo MOUNT-FAILED
cd /mnt
sha256sum -c sums
cp /bin/busybox new
sync
cd /
umount /mnt
ip link set eth0 up
ping -c 1 -W 1 -I eth0 10.0.0.2
echo HVC-LINE >/dev/hvc0
sed 's/^ *//' /proc/interrupts
echo GUEST-DONE
poweroff -f
`;

/** How often each device's interrupts came, and whether by messages, by /proc/interrupts. */
function interruptsOf(console: string): Map<string, { count: number; isMessage: boolean }> {
  const lines = [...console.matchAll(/^\d+: +([\d ]+?) +(GICv3|MSI) +\d+ +\w+ +(virtio\d\S*)$/gm)];
  return new Map(
    lines.map(([, counts, kind, name]) => [
      name as string,
      { count: (counts as string).split(/ +/).reduce((sum, n) => sum + Number(n), 0), isMessage: kind === 'MSI' },
    ]),
  );
}

describe.each([
  { vcpus: 1, more: '' },
  { vcpus: 4, more: '' },
  { vcpus: 1, more: ' pci=nomsi' },
])('$vcpus vCPUs$more', ({ vcpus, more }) => {
  it('drives its devices by PCI, and replays', (context) => {
    const folder = testFolder();
    const { kernel, initrd, append } = debianFor(context, 'debian-arm64', folder, { modules: MODULES, script: SCRIPT });
    const disk = ext4Disk(context, folder);
    const record = (tape: string) => {
      const machine = ['--board', 'bhyve', '--kernel', kernel, '--initrd', initrd, '--append', `${append}${more}`];
      const devices = ['--disk', disk, '--net', 'none', '--rng', '--virtio-console', '--smp', String(vcpus)];
      return hypertapeJson([
        'record',
        ...machine,
        ...devices,
        '--reproducible',
        '--console',
        `file:${tape}.console`,
        '-o',
        tape,
      ]);
    };
    const tape = join(folder, 'boot.tape');
    const recorded = record(tape);
    const console = readFileSync(`${tape}.console`, 'latin1').replaceAll('\r', '');
    expect(console).not.toMatch(/FAILED|EXT4-fs error|I\/O error/);
    const devices = [
      '00.0 0x1275 0x1275',
      '01.0 0x1af4 0x1042',
      '02.0 0x1af4 0x1041',
      '03.0 0x1af4 0x1044',
      '04.0 0x1af4 0x1043',
    ];
    for (const line of [
      ...devices.map((one) => `PCI 0000:00:${one}`),
      'RNG virtio_rng.0',
      'data: OK',
      'text: OK',
      'GUEST-DONE',
    ])
      expect(console).toContain(line);
    expect(recorded.outcome).toBe('poweroff');
    const came = interruptsOf(console);
    const of = more === '' ? ['virtio0-req.0', 'virtio1-output.0', 'virtio2-input'] : ['virtio0', 'virtio1', 'virtio2'];
    for (const name of of) expect([name, came.get(name)?.count ?? 0]).not.toEqual([name, 0]);
    for (const [name, { isMessage }] of came) expect([name, isMessage]).toEqual([name, more === '']);

    if (vcpus === 1) {
      record(`${tape}.again`);
      expect(Buffer.compare(readFileSync(tape), readFileSync(`${tape}.again`))).toBe(0);
    }
    const away = `${disk}.away`;
    renameSync(disk, away);
    const replayed = hypertapeJson(['replay', tape, '--console', 'none']);
    expect(replayed).toMatchObject({ verified: true, eventsChecked: recorded.events, stateHash: recorded.stateHash });
    const alone = hypertapeJson(['replay', tape, '--devices', 'tape', '--console', 'none']);
    expect(alone).toMatchObject({ verified: true });
    rmSync(away);
  });
});
