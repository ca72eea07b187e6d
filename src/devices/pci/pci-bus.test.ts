import { expect, test } from 'vitest';
import { must } from '../../base/assert.ts';
import { HEADER } from './config-space.ts';
import type { FunctionBehind } from './function.ts';
import { hostBridge } from './host-bridge.ts';
import { PciBus } from './pci-bus.ts';

const MEMORY = { base: 0xa000_0000, size: 0x10_0000 };
/** A function with registers that give their offset, and an interrupt at hand. */
function fake(label: string, barBytes = 0x1000): FunctionBehind & { level: boolean; written: string[] } {
  const written: string[] = [];
  return {
    label,
    header: { vendor: 0x1234, device: 1, revision: 2, classCode: 0xff_0000, subsystemVendor: 3, subsystem: 4 },
    barBytes,
    vectors: 2,
    capabilities: [],
    level: false,
    written,
    read: (offset) => offset,
    write: (offset, size, value, vcpu) => void written.push([offset, size, value, vcpu].join()),
    nameAt: (offset) => `R${offset}`,
    attach: () => {},
  };
}
function built(...functions: readonly FunctionBehind[]) {
  const levels: string[] = [];
  const pin = (n: number) => ({ set: (level: boolean) => void levels.push(`${n} ${level}`) });
  const bus = new PciBus([hostBridge, ...functions], {
    memory: MEMORY,
    irq: [pin(0), pin(1), pin(2), pin(3)],
    message: () => {},
  });
  const [ecam, window] = bus.devices({ base: 0xe000_0000, size: 0x1000_0000 }).map(({ device }) => device);
  return { bus, levels, ecam: must(ecam, 'ecam'), window: must(window, 'window') };
}
const at = (slot: number, offset: number, fn = 0, bus = 0): number => (bus << 20) | (slot << 15) | (fn << 12) | offset;

test('device 0 is the host bridge; where there is no function, and by accesses that are none, all ones are read', () => {
  const { ecam } = built(fake('a'));
  expect([ecam.read(at(0, 0), 4, 0), ecam.read(at(0, 8), 4, 0)]).toEqual([0x1275_1275n, 0x0600_0000n]);
  expect([ecam.read(at(0, 0x40), 4, 0), ecam.read(at(0, HEADER.InterruptLine), 2, 0)]).toEqual([0x0042_0010n, 0xffn]);
  expect(ecam.read(at(1, 0), 2, 0)).toBe(0x1234n);
  for (const offset of [at(2, 0), at(31, 0), at(1, 0, 1), at(0, 0, 7), at(0, 0, 0, 1), at(1, 0, 0, 255)]) {
    expect(ecam.read(offset, 4, 0)).toBe(0xffff_ffffn);
    ecam.write(offset, 4, 0n, 0);
  }
  expect([ecam.read(at(1, 1), 2, 0), ecam.read(at(1, 0), 8, 0)]).toEqual([0xffffn, 0xffff_ffff_ffff_ffffn]);
  // No extended capabilities (PCI Express 3.0, 7.9.3).
  expect([ecam.read(at(1, 0x100), 4, 0), ecam.read(at(1, 0x104), 4, 0)]).toEqual([0n, 0xffff_ffffn]);
  expect([ecam.nameAt?.(at(1, 0x10)), ecam.nameAt?.(at(2, 0))]).toEqual(['a BAR0', undefined]);
});

test('what identifies a function cannot be written, nor bits that are not there', () => {
  const { ecam } = built(fake('a'));
  const before = Array.from({ length: 64 }, (_, n) => ecam.read(at(1, 4 * n), 4, 0));
  for (let n = 0; n < 64; n++) ecam.write(at(1, 4 * n), 4, 0xffff_ffffn, 0);
  const after = Array.from({ length: 64 }, (_, n) => ecam.read(at(1, 4 * n), 4, 0));
  const changed = after
    .map((word, n) => [4 * n, word ^ (before[n] as bigint)] as const)
    .filter(([, bits]) => bits !== 0n);
  expect(changed.map(([offset]) => offset)).toEqual([4, 0xc, 0x10, 0x14, 0x3c, 0x40]);
  expect([after[1], after[3], after[4], after[5], after[15]]).toEqual([
    0x0010_0546n,
    0xffn,
    0xffff_f000n,
    0xffff_e000n,
    0x0000_01ffn,
  ]);
  ecam.write(at(1, HEADER.InterruptLine), 1, 5n, 0);
  expect(ecam.read(at(1, HEADER.InterruptLine), 2, 0)).toBe(0x105n);
});

test('BARs lie side by side at reset, the largest first, and go where they are put', () => {
  const [small, large] = [fake('small'), fake('large', 0x4000)];
  const { ecam, window } = built(small, large);
  const bars = [1, 2].map((slot) => [0x10, 0x14].map((bar) => ecam.read(at(slot, bar), 4, 0).toString(16)));
  expect(bars).toEqual([
    ['a0008000', 'a0004000'],
    ['a0000000', 'a0006000'],
  ]);
  expect(window.read(0x10, 4, 0)).toBe(0x10n);
  expect(window.read(0x8010, 8, 0)).toBe(0x14_0000_0010n);
  window.write(0x8ff8, 8, 0x2222_2222_1111_1111n, 3);
  expect(small.written).toEqual(['4088,4,286331153,3', '4092,4,572662306,3']);
  ecam.write(at(1, 0x10), 4, 0xa008_0123n, 0);
  expect([window.read(0x8010, 4, 0), window.read(0x8_0010, 2, 0)]).toEqual([0xffff_ffffn, 0x10n]);
  expect([window.nameAt?.(0x8_0010), window.nameAt?.(0x10)]).toEqual(['small R16', 'large R16']);
  ecam.write(at(1, 4), 2, 0n, 0);
  expect([window.read(0x8_0010, 1, 0), window.read(0x10, 1, 0)]).toEqual([0xffn, 0x10n]);
});

test('BARs over each other, over the ends of the window and outside it hurt nobody', () => {
  const [one, two] = [fake('one', 0x4000), fake('two', 0x4000)];
  const { ecam, window } = built(one, two);
  for (const slot of [1, 2]) ecam.write(at(slot, 0x10), 4, 0xa000_0000n, 0);
  window.write(0, 4, 1n, 0);
  expect([one.written, two.written]).toEqual([['0,4,1,0'], []]);
  ecam.write(at(1, 0x10), 4, 0x8000_0000n, 0);
  window.write(0, 4, 2n, 0);
  expect([one.written.length, two.written]).toEqual([1, ['0,4,2,0']]);
  for (const base of [0n, 0xffff_ffffn, 0xe000_0000n, 0x9fff_f000n, 0xa00f_f000n]) {
    ecam.write(at(1, 0x10), 4, base, 0);
    for (const offset of [0, 0xf_fff8, 0xf_fffc, 0xf_ffff])
      for (const bytes of [1, 2, 4, 8] as const)
        if (offset + bytes <= MEMORY.size) {
          window.read(offset, bytes, 0);
          window.write(offset, bytes, 0n, 0);
        }
  }
});

test('pins rotate from device to device, and share lines', () => {
  const functions = Array.from({ length: 6 }, (_, n) => fake(`f${n}`));
  const { bus, levels, ecam } = built(...functions);
  const set = (slot: number, level: boolean): void => {
    must(functions[slot - 1], 'function').level = level;
    must(bus.functions[slot], 'function').levelChanged();
  };
  for (const slot of [1, 5, 2, 3]) set(slot, true);
  expect(levels).toEqual(['1 true', '2 true', '3 true']);
  levels.length = 0;
  set(1, false);
  ecam.write(at(5, 4), 2, 0x400n, 0);
  ecam.write(at(5, 4), 2, 0x000n, 0);
  set(5, false);
  expect(levels).toEqual(['1 false', '1 true', '1 false']);
});

test('functions that do not fit are refused', () => {
  expect(() => built(...Array.from({ length: 32 }, (_, n) => fake(`f${n}`)))).toThrow(/32 devices/);
  expect(() => built(fake('a', 0x20_0000))).toThrow(/BARs fit/);
});
