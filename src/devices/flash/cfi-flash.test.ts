import { expect, test } from 'vitest';
import { CfiFlash } from './cfi-flash.ts';

const geometry = { blockBytes: 0x4_0000, blocks: 4 };
const BOTH = 0x0001_0001;

/** A bank with what it holds, and when its mapping changed. */
function bank() {
  const bytes = new Uint8Array(geometry.blockBytes * geometry.blocks);
  const mapped: boolean[] = [];
  const device: CfiFlash = new CfiFlash({
    name: 'flash-0',
    geometry,
    memory: {
      bytes,
      write: (at, from) => bytes.set(from, at),
      mappingChanged: () => mapped.push(device.isMapped),
    },
  });
  return {
    device,
    bytes,
    mapped,
    get: (at: number) => Number(device.read(at, 4)),
    put: (at: number, value: number) => device.write(at, 4, BigInt(value)),
    /** The same command to both chips. */
    command: (at: number, code: number) => device.write(at, 4, BigInt(code * BOTH)),
  };
}
const READY = 0x80 * BOTH;

test('at reset it is memory', () => {
  const { device, bytes, get } = bank();
  bytes.set([1, 2, 3, 4], 8);
  expect([device.isMapped, get(8), device.read(8, 8)]).toEqual([true, 0x0403_0201, 0x0403_0201n]);
});

test('a CFI query tells of both chips, by word address', () => {
  const { command, get, device } = bank();
  command(4 * 0x55, 0x98);
  expect(device.isMapped).toBe(false);
  const table = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const value = get(4 * (first + i));
      expect(value & 0xff).toBe(value >>> 16);
      return value & 0xff;
    });
  expect(String.fromCharCode(...table(0x10, 3))).toBe('QRY');
  expect(table(0x13, 4)).toEqual([1, 0, 0x31, 0]);
  // 2^19 bytes a chip; buffers of 2^11; one region of 4 blocks of 128 KiB.
  expect(table(0x27, 10)).toEqual([19, 2, 0, 11, 0, 1, 3, 0, 0, 2]);
  expect(String.fromCharCode(...table(0x31, 5))).toBe('PRI10');
  command(0, 0x90);
  expect([get(0), get(4), get(8)]).toEqual([0x0089_0089, 0x0018_0018, 0]);
  command(0, 0xff);
  expect(device.isMapped).toBe(true);
});

test('programming clears bits, erasing sets those of one block; the status tells when it is done', () => {
  const { put, command, get, bytes, mapped } = bank();
  command(0x4_0000, 0x20);
  command(0x4_0000, 0xd0);
  expect(get(0x4_0000)).toBe(READY);
  expect([bytes[0x3_ffff], bytes[0x4_0000], bytes[0x7_ffff], bytes[0x8_0000]]).toEqual([0, 0xff, 0xff, 0]);
  command(0x4_0010, 0x40);
  put(0x4_0010, 0x1234_5678);
  command(0x4_0010, 0x10);
  put(0x4_0010, 0xff00_ffff);
  expect(get(0)).toBe(READY);
  command(0, 0xff);
  expect([get(0x4_0010), get(0x4_0014)]).toEqual([0x1200_5678, 0xffff_ffff]);
  expect(mapped).toEqual([false, true]);
});

test('a buffer is programmed as a whole, once it is confirmed', () => {
  const { put, command, get, bytes } = bank();
  bytes.fill(0xff);
  command(0x1_0ff0, 0xe8);
  expect(get(0x1_0ff0)).toBe(READY);
  put(0x1_0ff0, 3 * BOTH);
  for (let i = 0; i < 4; i++) put(0x1_0ff0 + 4 * i, 0x0101_0101 * i);
  expect(bytes[0x1_0ff0]).toBe(0xff);
  command(0x1_0ff0, 0xd0);
  expect(get(0)).toBe(READY);
  expect([...bytes.subarray(0x1_0fec, 0x1_1000)]).toEqual([
    255, 255, 255, 255, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
  ]);
});

test.each([
  [
    'an erase that is not confirmed',
    [
      [0, 0x20],
      [0, 0x55],
    ],
  ],
  [
    'a buffer that is not confirmed',
    [
      [0, 0xe8],
      [0, 0],
      [0, 1],
      [0, 0xff],
    ],
  ],
  [
    'a buffer that leaves its place',
    [
      [0, 0xe8],
      [0, 1],
      [0xffc, 1],
      [0x1000, 2],
      [0, 0xd0],
    ],
  ],
  [
    'a lock of no kind',
    [
      [0, 0x60],
      [0, 0x20],
    ],
  ],
] as const)('%s is an error that stays until it is cleared, and changes nothing', (_, writes) => {
  const { command, get, bytes } = bank();
  for (const [at, code] of writes) command(at, code);
  expect(get(0)).toBe(0xb0 * BOTH);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
  command(0, 0x70);
  expect(get(0)).toBe(0xb0 * BOTH);
  command(0, 0x50);
  command(0, 0x70);
  expect(get(0)).toBe(READY);
});

test('locks are taken and lock nothing; probes for other chips end in the array', () => {
  const { command, get, device } = bank();
  for (const code of [0x01, 0xd0, 0x2f]) {
    command(0, 0x60);
    command(0, code);
    expect(get(0)).toBe(READY);
  }
  command(0, 0xf0);
  expect(device.isMapped).toBe(true);
});

test('an access of eight bytes is two', () => {
  const { device, bytes } = bank();
  bytes.fill(0xff, 0, 16);
  device.write(0, 8, 0x0000_1111_0040_0040n);
  expect([device.isMapped, device.read(0, 4), bytes[4]]).toEqual([false, BigInt(READY), 0x11]);
});

test.each([
  [[]],
  [[[0, 0x98]]],
  [[[0, 0x20]]],
  [
    [
      [0, 0xe8],
      [0, 2],
      [0x40, 7],
    ],
  ],
] as const)('a state saved after the writes %j goes on as it would have', (writes) => {
  const [one, two] = [bank(), bank()];
  one.bytes.fill(0xff);
  two.bytes.fill(0xff);
  for (const [at, code] of writes) one.command(at, code);
  const saved = one.device.save();
  two.device.restore(saved);
  expect(two.device.save()).toEqual(saved);
  for (const chip of [one, two]) {
    chip.put(0x44, 8);
    chip.put(0x48, 9);
    chip.command(0x40, 0xd0);
  }
  expect(two.get(0x10)).toBe(one.get(0x10));
  expect(Buffer.compare(one.bytes, two.bytes)).toBe(0);
  expect(two.mapped).toEqual(one.mapped.slice(writes.length > 0 ? 1 : 0));
});

test('a forged state is refused', () => {
  const { device } = bank();
  const saved = device.save();
  for (const [key, value] of [
    ['reads', 'nothing'],
    ['status', 1],
    ['step', 'buffer-data'],
    ['buffer', new Uint8Array(8)],
    ['bufferAt', 8],
    ['bufferAt', 0x10_0000],
  ] as const)
    expect(() => device.restore({ ...saved, [key]: value })).toThrow();
});
