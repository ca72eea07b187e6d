import { expect, test } from 'vitest';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import type { BaseDisk } from './base-disk.ts';
import { type Disk, DiskPages, disksOf } from './disk.ts';
import { type DiskConfig, LATENCY_DEFAULT } from './disk-config.ts';

const SECTORS = 37;
const config: DiskConfig = { bytes: SECTORS * 512, readOnly: false, serial: '', ...LATENCY_DEFAULT };
const held = (at: number): number => (at % 251) + 1;
function base(): BaseDisk & { readonly read: number[] } {
  const read: number[] = [];
  return {
    bytes: config.bytes,
    read,
    page(number) {
      read.push(number);
      const page = new Uint8Array(4096);
      for (let i = 0; i < 4096 && number * 4096 + i < config.bytes; i++) page[i] = held(number * 4096 + i);
      return number === 2 ? null : page;
    },
  };
}
function disk(change: Partial<DiskConfig> = {}) {
  const below = base();
  const [one] = disksOf([{ ...config, ...change }], [below], { nanoseconds: () => 0n }) as [Disk];
  return { one, below };
}
const bytes = (count: number, value: number) => new Uint8Array(count).fill(value);

test('reads what its base holds, and what was written over it, whatever the pages', () => {
  const { one } = disk();
  expect(one.read(3584, 1024)).toEqual(Uint8Array.from({ length: 1024 }, (_, i) => held(3584 + i)));
  expect(one.read(8192, 512)).toEqual(bytes(512, 0));
  one.write(3584, bytes(1024, 9));
  one.zero(4608, 512);
  expect(one.read(3072, 2560)).toEqual(
    Uint8Array.from({ length: 2560 }, (_, i) => {
      const at = 3072 + i;
      if (at < 3584 || at >= 5120) return held(at);
      return at < 4608 ? 9 : 0;
    }),
  );
});

test('a page that is written as a whole is not read before, the last one of part of a page neither', () => {
  const { one, below } = disk();
  one.write(4096, bytes(4096, 1));
  one.write(4 * 4096, bytes(config.bytes - 4 * 4096, 1));
  expect(below.read).toEqual([]);
  one.write(512, bytes(512, 1));
  expect(below.read).toEqual([0]);
});

test('discard lets go of whole pages that were written, and reads nothing', () => {
  const { one, below } = disk();
  one.write(4096, bytes(4096, 1));
  below.read.length = 0;
  one.discard(0, 4 * 4096);
  expect([one.content(1), one.content(0), below.read]).toEqual([null, undefined, []]);
});

test('its content is by digest, does not change once given out, and is put back', () => {
  const { one } = disk();
  one.write(4096, bytes(512, 7));
  const content = one.content(1);
  const before = content?.bytes().slice();
  one.write(4096, bytes(512, 8));
  expect(content?.bytes()).toEqual(before);
  expect(one.content(1)?.digest).not.toEqual(content?.digest);
  one.restorePage(1, content);
  expect(one.read(4096, 512)).toEqual(bytes(512, 7));
  one.write(4096, bytes(512, 9));
  expect(content?.bytes()).toEqual(before);
  one.restorePage(1, undefined);
  expect([one.read(4096, 1), one.content(1)]).toEqual([bytes(1, held(4096)), undefined]);
});

test('zeros are zeros however they came about', () => {
  const { one } = disk();
  one.write(0, bytes(4096, 0));
  expect(one.content(0)).toBe(null);
});

test('its state is a digest of what was written, in whatever order; a restored one must come to the same', () => {
  const [a, b] = [disk().one, disk().one];
  a.write(0, bytes(512, 1));
  a.write(8192, bytes(512, 2));
  const early = saveParts([a]);
  b.write(8192, bytes(512, 2));
  expect(saveParts([b])).not.toEqual(early);
  b.write(0, bytes(512, 1));
  expect(saveParts([b])).toEqual(early);
  a.write(0, bytes(512, 3));
  expect(saveParts([a])).not.toEqual(early);
  expect(() => restoreParts([a], early)).toThrow(/contradicts/);
  a.restorePage(0, b.content(0));
  restoreParts([a], early);
});

test('several are one range of pages, each told when it has changed', () => {
  const disks = disksOf([config, config], [base(), base()], { nanoseconds: () => 0n });
  const pages = new DiskPages(disks);
  expect(pages.pages).toBe(10);
  disks[0]?.write(4096, bytes(512, 1));
  disks[1]?.write(0, bytes(512, 1));
  expect([pages.changedBeside(new Set(), 0), pages.changedBeside(new Set([105]), 100)]).toEqual([2, 1]);
  expect([pages.takeChanged(), pages.takeChanged(), pages.written()]).toEqual([[1, 5], [], [1, 5]]);
  expect(pages.content(5)).toBe(disks[1]?.content(0));
  pages.restorePage(5, undefined);
  expect([disks[1]?.content(0), pages.written()]).toEqual([undefined, [1]]);
});

test('bad sectors and slow requests follow from the seed', () => {
  const fault = { seed: 3, bad: 2 ** 30, slow: 2 ** 31, slowNs: 1000 };
  const errors = ({ one }: ReturnType<typeof disk>) =>
    Array.from({ length: SECTORS }, (_, n) => one.read(n * 512, 512) === undefined);
  const bad = errors(disk({ fault }));
  expect(bad.filter(Boolean).length).toBeGreaterThan(2);
  expect(bad.filter(Boolean).length).toBeLessThan(20);
  expect(errors(disk({ fault }))).toEqual(bad);
  expect(errors(disk({ fault: { ...fault, seed: 4 } }))).not.toEqual(bad);
  const at = bad.indexOf(true) * 512;
  const { one } = disk({ fault });
  expect([one.write(at, bytes(512, 1)), one.zero(at, 512)]).toEqual([false, false]);
  const delays = new Set(Array.from({ length: SECTORS }, (_, n) => one.delayNs(n * 512)));
  expect([...delays].sort()).toEqual([0, 1000]);
});
