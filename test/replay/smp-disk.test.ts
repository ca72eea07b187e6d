// Several vCPUs have requests of one disk under way: what one wrote another reads, and the tape replays without the disk's file.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { LATENCY_DEFAULT } from '../../src/machine/disks/disk-config.ts';
import { openDisk } from '../../src/machine/disks/open-disk.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { ConsoleText, recordDemo, testFolder } from '../support/demo.fixture.ts';

const SECTORS = 64;
const VCPUS = 4;
const RAM_BASE = 0x4000_0000;
/** Of the guest: sectors of each vCPU, and the interrupt of virtio's first slot. */
const SECTORS_EACH = 4;
const DISK_INTID = 48;
const content = new Prng(5n).bytes(SECTORS * 512);
const sum = (bytes: Uint8Array): number =>
  new Uint32Array(bytes.slice().buffer).reduce((total, word) => (total + word) >>> 0, 0);

it.each([
  { arch: 'arm64', gicVersion: 3, virtio: 'modern' },
  { arch: 'armv7', gicVersion: 2, virtio: 'legacy' },
  { arch: 'armv7', cpu: 'cortex-a57', gicVersion: 2, virtio: 'modern' },
] as const)('$arch, GICv$gicVersion, $virtio transport', (kind) => {
  const folder = testFolder();
  const file = join(folder, 'disk.raw');
  writeFileSync(file, content);
  const path = join(folder, 'a.tape');
  const run = recordDemo({
    path,
    images: MachineImages.read({ kernel: guestFiles(`demo-smp-${kind.arch}`).kernel }),
    disks: [{ base: openDisk(file, 'raw'), file, format: 'raw' }],
    config: {
      ...kind,
      vcpus: VCPUS,
      scheduleSeed: 3n,
      dtbAt: RAM_BASE,
      disks: [{ bytes: content.length, readOnly: false, serial: '', ...LATENCY_DEFAULT }],
    },
  });
  const read = sum(content.subarray(0, VCPUS * SECTORS_EACH * 512));
  expect(run.console).toContain(`the words of 16 sectors come to ${read.toString(16)}\r\n`);
  expect(run.console).toContain('what each CPU wrote to it another reads: ok\r\nSMP-DONE');
  rmSync(file);
  const reader = TapeReader.open(path);
  const events = [...reader.events()];
  expect(events.filter((event) => event.kind === 'virtio-request')).toHaveLength(3 * VCPUS * SECTORS_EACH);
  const takers = events.flatMap((event) => (event.kind === 'irq-ack' && event.intid === DISK_INTID ? event.vcpu : []));
  expect([...new Set(takers)]).toEqual([VCPUS - 1]);
  const console = new ConsoleText();
  expect(new ReplaySession(reader, { consoleOut: console.out }).run()).toEqual({ kind: 'end' });
  expect(console.text).toBe(run.console);
});
