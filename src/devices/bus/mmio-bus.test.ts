import { expect, test } from 'vitest';
import { ipa } from '../../base/brands.ts';
import { Failure } from '../../base/failure.ts';
import { MmioBus, type MmioDevice } from './mmio-bus.ts';
import { restoreState, saveState } from './saved.ts';

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
    save: () => saveState(name, 1, state),
    restore: (saved) => restoreState(name, 1, state, saved),
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

test('the whole bus is saved and restored; foreign states are refused', () => {
  const bus = new MmioBus();
  bus.attach(ipa(0x1000n), memory('a', 4));
  bus.write(ipa(0x1000n), 4, 0xdead_beefn);
  const saved = bus.save();
  bus.write(ipa(0x1000n), 4, 0n);
  bus.restore(saved);
  expect(bus.read(ipa(0x1000n), 4)).toBe(0xdead_beefn);
  expect(() => bus.restore([])).toThrow(Failure);
  expect(() => bus.restore([{ device: 'a', version: 2, state: {} }])).toThrow(/version 2/);
  expect(() => bus.restore([{ device: 'a', version: 1, state: { bytes: 1 } }])).toThrow(/field bytes of a is damaged/);
});
