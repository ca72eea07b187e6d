import { expect, test } from 'vitest';
import { pa } from '../../base/brands.ts';
import { GuestMemory } from './memory.ts';

const PAGE = 4096;
/** A page of RAM, and one of a device behind it in the host's memory. */
function made() {
  const bytes = new Uint8Array(2 * PAGE);
  const memory = new GuestMemory({
    bytes,
    write: (at, from) => bytes.set(from, at),
    zero: (at, count) => void bytes.fill(0, at, at + count),
  });
  const rom = { isMapped: true };
  memory.add({ name: 'ram', ipa: 0x4000_0000, bytes: PAGE, pa: pa(0) });
  memory.add({ name: 'rom', ipa: 0, bytes: PAGE, pa: pa(PAGE), rom });
  return { memory, rom, bytes };
}

test("a device's memory is accessed by loads while it is mapped; its stores, and all else, are the device's", () => {
  const { memory, rom } = made();
  const names = () => [0x10, 0x4000_0010].map((at) => [false, true].map((store) => memory.accessed(at, store)?.name));
  expect(names()).toEqual([
    ['rom', undefined],
    ['ram', 'ram'],
  ]);
  rom.isMapped = false;
  expect(names()).toEqual([
    [undefined, undefined],
    ['ram', 'ram'],
  ]);
  expect(memory.accessed(0x5000_0000, false)).toBeUndefined();
  expect(memory.ram.map(({ name }) => name)).toEqual(['ram']);
});

test('no other device writes it; loaders and edits do', () => {
  const { memory, bytes } = made();
  const one = Uint8Array.of(7);
  expect([memory.write(0x20, one, 'dma'), bytes[PAGE + 0x20]]).toEqual([false, 0]);
  expect([memory.write(0x20, one, 'loader'), bytes[PAGE + 0x20]]).toEqual([true, 7]);
  expect([memory.write(0x4000_0020, one, 'dma'), bytes[0x20]]).toEqual([true, 7]);
  expect(memory.write(0x5000_0000, one, 'edit')).toBe(false);
});
