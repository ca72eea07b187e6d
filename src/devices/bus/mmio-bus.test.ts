import { expect, test } from 'vitest';
import { ipa } from '../../base/brands.ts';
import { MmioBus, type MmioDevice } from './mmio-bus.ts';

const memory = (name: string, size: number): MmioDevice => {
  const state = { bytes: new Uint8Array(size) };
  return {
    name,
    size,
    read: (offset, bytes) =>
      state.bytes.subarray(offset, offset + bytes).reduceRight((value, b) => (value << 8n) | BigInt(b), 0n),
    write: (offset, bytes, value) => {
      for (let i = 0; i < bytes; i++) state.bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    },
  };
};

test('an access reaches the device that holds all its bytes', () => {
  const bus = new MmioBus();
  bus.attach(ipa(0x2000n), memory('b', 0x10));
  bus.attach(ipa(0x1000n), memory('a', 0x10));
  expect(bus.write(ipa(0x2008n), 8, 0x1122_3344_5566_7788n)).toBe(true);
  expect(bus.read(ipa(0x200cn), 2)).toBe(0x3344n);
  expect(bus.read(ipa(0x1008n), 8)).toBe(0n);
  expect(bus.mappings.map((m) => m.device.name)).toEqual(['a', 'b']);
});

test('unmapped addresses and straddling accesses answer nothing', () => {
  const bus = new MmioBus();
  bus.attach(ipa(0x1000n), memory('a', 0x10));
  for (const at of [0xfffn, 0x1010n, 0xffff_ffff_ffffn]) {
    expect(bus.read(ipa(at), 1)).toBeUndefined();
    expect(bus.write(ipa(at), 1, 0n)).toBe(false);
  }
  expect(bus.read(ipa(0x100cn), 8)).toBeUndefined();
});

test('overlapping ranges and equal names are refused', () => {
  const bus = new MmioBus();
  bus.attach(ipa(0x1000n), memory('a', 0x10));
  expect(() => bus.attach(ipa(0x100fn), memory('b', 1))).toThrow(/overlaps a/);
  expect(() => bus.attach(ipa(0x2000n), memory('a', 1))).toThrow(/named a/);
});
