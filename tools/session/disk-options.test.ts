import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LATENCY_DEFAULT } from '../../src/machine/disks/disk-config.ts';
import { disksOf, parseDisk, parseFault } from './disk-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-disk-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['a.img', 'a.img', 'raw', false, undefined],
  ['a.qcow2', 'a.qcow2', 'qcow2', false, undefined],
  ['a.qcow2,format=raw', 'a.qcow2', 'raw', false, undefined],
  ['a.img,ro,serial=x y', 'a.img', 'raw', true, 'x y'],
  ['a,b.img,ro', 'a,b.img', 'raw', true, undefined],
  ['a,ro,b.img', 'a,ro,b.img', 'raw', false, undefined],
])('%s', (text, file, format, readOnly, serial) => {
  expect(parseDisk(text)).toEqual({ file, format, readOnly, serial });
});

test('what is no disk is refused', () => {
  expect(() => parseDisk('a,format=vmdk')).toThrow(/one of raw, qcow2/);
  expect(() => parseDisk('')).toThrow(/give a file/);
});

test('faults have shares, times and a seed', () => {
  expect(parseFault('bad=0.25,slow=0.5:2ms,seed=7,disk=1')).toEqual({
    disk: 1,
    fault: { seed: 7, bad: 2 ** 30, slow: 2 ** 31, slowNs: 2_000_000 },
  });
  for (const wrong of ['bad=2', 'bad=', 'slow=0.1', 'slow=0.1:5', 'worse=1', ''])
    expect(() => parseFault(wrong)).toThrow(/--disk-fault/);
});

test("disks have their files' sizes, serials of their own, and each its faults", () => {
  const files = ['a', 'b'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, Buffer.alloc(1024));
  const { configs, sources } = disksOf([`${files[0]},serial=s`, `${files[1]},ro`], ['bad=1,seed=1', 'bad=0.5,disk=1']);
  expect(configs).toEqual([
    {
      bytes: 1024,
      readOnly: false,
      serial: 's',
      ...LATENCY_DEFAULT,
      fault: { seed: 1, bad: 2 ** 32, slow: 0, slowNs: 0 },
    },
    {
      bytes: 1024,
      readOnly: true,
      serial: 'hypertape-1',
      ...LATENCY_DEFAULT,
      fault: { seed: 0, bad: 2 ** 31, slow: 0, slowNs: 0 },
    },
  ]);
  expect(sources.map(({ file }) => file)).toEqual(files);
  expect(() => disksOf([], ['bad=1'])).toThrow(/goes with --disk/);
  expect(() => disksOf([files[0] as string], ['disk=1'])).toThrow(/no disk 1/);
});
