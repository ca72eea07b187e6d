import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import type { BaseDisk } from './base-disk.ts';
import { openDisk } from './open-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-disks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** 3 MiB and a half page: data, zeros, data of which compression makes something. */
const disk = Buffer.alloc(3 * 2 ** 20 + 2048);
disk.set(new Prng(1n).bytes(10_000), 4000);
disk.fill('abc', 2 ** 20, 2 ** 20 + 70_000);
disk.set(new Prng(2n).bytes(2048), disk.length - 2048);
writeFileSync(at('raw'), disk);
const whole = (base: BaseDisk): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(base.bytes / 4096) }, (_, n) => base.page(n) ?? new Uint8Array(4096)),
  ).subarray(0, base.bytes);

test('a raw file is its bytes', () => {
  const base = openDisk(at('raw'), 'raw');
  expect(base.bytes).toBe(disk.length);
  expect(whole(base).equals(disk)).toBe(true);
  expect(base.page(100)).toBe(null);
});

test('files that are no disks are refused in one line', () => {
  writeFileSync(at('odd'), Buffer.alloc(513));
  expect(() => openDisk(at('odd'), 'raw')).toThrow(/513 bytes are no whole sectors/);
  writeFileSync(at('empty'), '');
  expect(() => openDisk(at('empty'), 'raw')).toThrow(/0 bytes/);
  expect(() => openDisk(at('none'), 'raw')).toThrow(/no such file/);
  expect(() => openDisk(folder, 'raw')).toThrow(/not a file/);
  expect(() => openDisk(at('raw'), 'qcow2')).toThrow(/no qcow2 file/);
});

test('a file that grows shorter is told of', () => {
  writeFileSync(at('shrinks'), Buffer.alloc(8192, 1));
  const base = openDisk(at('shrinks'), 'raw');
  truncateSync(at('shrinks'), 4096);
  expect(() => base.page(1)).toThrow(/has become shorter/);
});

/** A qcow2 file of one first table, one second table, and given entries, which is all that QEMU would write of it. */
function qcow2(entries: readonly bigint[], change: (header: DataView) => void = () => {}, bits = 16): Buffer {
  const cluster = 2 ** bits;
  const file = Buffer.alloc(3 * cluster);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, 3);
  view.setUint32(20, bits);
  view.setBigUint64(24, BigInt(4 * cluster));
  view.setUint32(36, 1);
  view.setBigUint64(40, BigInt(cluster));
  view.setUint32(100, 104);
  view.setBigUint64(cluster, BigInt(2 * cluster) | (1n << 63n));
  for (const [i, entry] of entries.entries()) view.setBigUint64(2 * cluster + 8 * i, entry);
  change(view);
  return file;
}
const opened = (file: Buffer): BaseDisk => {
  writeFileSync(at('made.qcow2'), file);
  return openDisk(at('made.qcow2'), 'qcow2');
};

test('clusters that are there, that are not, and that are zero', () => {
  const data = Buffer.concat([qcow2([0x3_0000n | (1n << 63n), 0n, 0x3_0001n]), Buffer.alloc(2 ** 16, 7)]);
  const base = opened(data);
  expect(base.bytes).toBe(4 * 2 ** 16);
  expect(base.page(0)).toEqual(new Uint8Array(4096).fill(7));
  expect([base.page(16), base.page(32), base.page(48)]).toEqual([null, null, null]);
});

test('what is refused, and what is damaged, in one line each', () => {
  const refused = (change: (header: DataView) => void) => () => opened(qcow2([], change));
  expect(refused((h) => h.setBigUint64(8, 200n))).toThrow(/backing file/);
  expect(refused((h) => h.setUint32(32, 1))).toThrow(/encrypted/);
  expect(refused((h) => h.setUint32(4, 4))).toThrow(/version 4/);
  expect(refused((h) => h.setBigUint64(72, 2n))).toThrow(/corrupt/);
  expect(refused((h) => h.setBigUint64(72, 4n))).toThrow(/another file/);
  expect(refused((h) => h.setBigUint64(72, 8n))).toThrow(/deflate/);
  expect(refused((h) => h.setBigUint64(72, 32n))).toThrow(/does not know/);
  expect(refused((h) => h.setUint32(20, 8))).toThrow(/clusters of/);
  expect(refused((h) => h.setBigUint64(24, 1n << 60n))).toThrow(/no disk/);
  expect(refused((h) => h.setBigUint64(24, 100n))).toThrow(/no disk/);
  expect(refused((h) => h.setUint32(36, 0))).toThrow(/first table/);
  expect(refused((h) => h.setUint32(36, 0xffff_ffff))).toThrow(/first table/);
  expect(refused((h) => h.setBigUint64(40, 1n << 40n))).toThrow(/beyond its end/);
  expect(() => opened(qcow2([]).subarray(0, 80))).toThrow(/cut off/);
  expect(() => opened(qcow2([], (h) => h.setBigUint64(2 ** 16, 1n << 40n))).page(0)).toThrow(/beyond its end/);
  expect(() => opened(qcow2([(1n << 62n) | 0x100n])).page(0)).toThrow(/unpacked/);
});

test('compressed clusters', () => {
  const packed = deflateRawSync(Buffer.from('abcd'.repeat(2 ** 14)));
  const sectors = BigInt(Math.ceil((packed.length + 100) / 512) - 1);
  const at = 0x3_0000n + 100n;
  const file = Buffer.concat([
    qcow2([(1n << 62n) | (sectors << 54n) | at]),
    Buffer.alloc(100),
    packed,
    Buffer.alloc(700, 9),
  ]);
  expect(Buffer.from(opened(file).page(3) ?? []).toString()).toBe('abcd'.repeat(1024));
});
