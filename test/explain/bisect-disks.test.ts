// Guests that are the same but for a byte of their disk: said to be that, and found where it is read.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { givenDifferences } from '../../src/analysis/disks.ts';
import { Prng } from '../../src/base/prng.ts';
import { findParting, partingOptions } from '../../src/explain/bisect.ts';
import { effectOf } from '../../src/explain/effect.ts';
import { Pair } from '../../src/explain/pair.ts';
import { LATENCY_DEFAULT } from '../../src/machine/disks/disk-config.ts';
import { openDisk } from '../../src/machine/disks/open-disk.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { wholeConfig } from '../../src/machine/whole-config.ts';
import { RunSession } from '../../src/replay/record.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { differencesOf } from '../../tools/comparing/differing.ts';
import { testFolder } from '../support/demo.fixture.ts';

const SECTORS = 999;
function recorded(folder: string, name: string, content: Uint8Array, referenceDisks = false): TapeReader {
  const file = join(folder, `${name}.raw`);
  writeFileSync(file, content);
  const images = MachineImages.read({ kernel: 'test/guests/virtio/virtio-arm64.elf' });
  const disks = [{ bytes: content.length, readOnly: false, serial: '', ...LATENCY_DEFAULT }];
  const config = wholeConfig(images, { memoryBytes: 32 * 2 ** 20, disks });
  const path = join(folder, `${name}.tape`);
  const session = new RunSession({
    ...{ config, images, consoleOut: () => {} },
    disks: [{ base: openDisk(file, 'raw'), file, format: 'raw' }],
    tape: { path, level: 'exits', producer: 'hypertape test', referenceDisks },
  });
  expect(session.run(Number.POSITIVE_INFINITY)).toMatchObject({ kind: 'ended', outcome: 'poweroff' });
  session.finish('poweroff', '');
  return TapeReader.open(path);
}

const content = new Prng(7n).bytes(SECTORS * 512);
/** The guest reads the last eight sectors. */
const SECTOR = SECTORS - 3;
const other = content.slice();
other[SECTOR * 512 + 17] = (content[SECTOR * 512 + 17] as number) ^ 1;
const given = { what: `disk 0, sector ${SECTOR}, byte 17`, kind: 'disk' };

it('a byte of a disk: diff and bisect say which, and bisect finds the instruction that reads it', () => {
  const folder = testFolder();
  const [a, b] = [recorded(folder, 'a', content), recorded(folder, 'b', other)];
  const [found, ...more] = givenDifferences(a, b);
  expect([found, more]).toMatchObject([given, []]);
  expect(differencesOf({ a, b }, { a: undefined, b: undefined }, 10)).toMatchObject({ kind: 'disk', headers: [given] });
  const pair = new Pair(new Timeline(a), new Timeline(b));
  const result = findParting(pair, partingOptions(a, b));
  expect(result).toMatchObject({ kind: 'instruction', since: [{ kind: 'begin' }] });
  if (result.kind !== 'instruction') return;
  const effect = effectOf(pair, result);
  expect(effect.a.reads).toMatchObject([{ bytes: 1 }]);
  expect(effect.registers.length).toBeGreaterThan(0);
  expect(effect.devices.filter(({ what }) => /^(progress|repeat-proof|panic-words)\b/.test(what))).toEqual([]);
});

it('by digests alone as well; what nobody reads makes no difference', () => {
  const folder = testFolder();
  const unread = content.slice();
  unread[100 * 512] = (content[100 * 512] as number) ^ 1;
  const [a, b, c] = [
    recorded(folder, 'a', content, true),
    recorded(folder, 'b', other, true),
    recorded(folder, 'c', unread, true),
  ] as const;
  const page = Math.floor(SECTOR / 8) * 8;
  expect(givenDifferences(a, b)).toMatchObject([{ what: `disk 0, sectors ${page} to ${page + 7}`, kind: 'disk' }]);
  expect(givenDifferences(a, c)).toEqual([]);
});
