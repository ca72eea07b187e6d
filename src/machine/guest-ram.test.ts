import { expect, it } from 'vitest';
import { pa } from '../base/brands.ts';
import { GuestMemory } from '../hyp/vmm/memory.ts';
import { DiskPages } from './disks/disk.ts';
import { GuestRam } from './guest-ram.ts';

const RAM = 0x4000_0000;
const PAGES = 64;
/** RAM behind two pages of the host's own, and what stands for the engine. */
function make() {
  const bytes = new Uint8Array((PAGES + 2) * 4096);
  const written = new Set<number>();
  const traits = {
    track() {},
    onFirstStore: null as ((page: number) => void) | null,
    get written() {
      return [...written];
    },
  };
  const note = (at: number, count: number): void => {
    for (let page = at >>> 12; page <= (at + count - 1) >>> 12; page++) {
      if (!written.has(page)) traits.onFirstStore?.(page);
      written.add(page);
    }
  };
  const memory = new GuestMemory({
    bytes,
    write: (at, from) => {
      note(at, from.length);
      bytes.set(from, at);
    },
    zero: (at, count) => {
      note(at, count);
      bytes.fill(0, at, at + count);
    },
  });
  const segment = { name: 'ram', ipa: RAM, bytes: PAGES * 4096, pa: pa(2 * 4096) };
  memory.add(segment);
  const takeWritten = (): number[] => {
    const pages = [...written];
    written.clear();
    return pages;
  };
  const ram = new GuestRam({ takeWritten, traits }, memory, new DiskPages([]));
  const store = (page: number, byte: number): void => void memory.write(RAM + page * 4096, Uint8Array.of(byte));
  return { ram, memory, bytes, store, written };
}

it('puts back what it held, and writes to no other page', () => {
  const { ram, store, memory, written, bytes } = make();
  store(1, 1);
  store(2, 2);
  const first = ram.image();
  const root = Buffer.from(ram.hash().root).toString('hex');
  store(2, 22);
  store(3, 3);
  store(1, 1);
  const second = ram.image();
  expect([...second.differences(first)].map(([page]) => page)).toEqual([2, 3]);
  store(4, 4);
  ram.put(first);
  expect([1, 2, 3, 4].map((page) => memory.view(RAM + page * 4096, 1)?.[0])).toEqual([1, 2, 0, 0]);
  expect(Buffer.from(ram.hash().root).toString('hex')).toBe(root);
  const before = bytes.slice();
  ram.put(second);
  expect([...written], 'what it wrote is accounted for').toEqual([]);
  expect(memory.view(RAM + 2 * 4096, 1)?.[0]).toBe(22);
  ram.put(first);
  expect(bytes).toEqual(before);
});

it('tells who follows which pages changed since, a restore included', () => {
  const { ram, store } = make();
  store(1, 1);
  const changed = ram.follow();
  expect(changed.take()).toEqual([]);
  const image = ram.image();
  store(5, 5);
  store(6, 0);
  expect(changed.count()).toBe(2);
  ram.hash();
  store(5, 5);
  store(7, 0);
  expect(changed.count(), 'each page once').toBe(3);
  expect(changed.take().map(({ page, digest, bytes }) => [page, digest === null, bytes[0]])).toEqual([
    [5, false, 5],
    [6, true, 0],
    [7, true, 0],
  ]);
  expect(changed.count()).toBe(0);
  expect(changed.take()).toEqual([]);
  ram.put(image);
  expect(changed.take().map(({ page, digest }) => [page, digest])).toEqual([[5, null]]);
});

it('tells what a page held, of those of which that is asked', () => {
  const { ram, store } = make();
  store(1, 1);
  store(2, 2);
  const changed = ram.follow((page) => page !== 2);
  const before = () => changed.take().map((page) => [page.page, page.before?.[0], page.bytes[0]]);
  store(1, 11);
  store(1, 12);
  ram.hash();
  store(1, 13);
  store(2, 22);
  expect(before()).toEqual([
    [1, 1, 13],
    [2, undefined, 22],
  ]);
  store(1, 14);
  expect(before()).toEqual([[1, 13, 14]]);
  expect(() => ram.follow(() => true)).toThrow(/one follower alone/);
});

it('can be put back where contents of another image are lost', () => {
  const { ram, store, memory } = make();
  store(1, 1);
  const first = ram.image();
  const root = Buffer.from(ram.hash().root).toString('hex');
  const lost = {
    digest: new Uint8Array(32).fill(7),
    bytes: () => {
      throw new Error('lost');
    },
  };
  const image = first.with([
    [1, null],
    [2, lost],
  ]);
  expect(() => ram.put(image)).toThrow('lost');
  ram.put(first);
  expect(memory.view(RAM + 4096, 1)?.[0]).toBe(1);
  expect(Buffer.from(ram.hash().root).toString('hex')).toBe(root);
});
it('asks for contents in the order of their places', () => {
  const { ram, memory } = make();
  const asked: number[] = [];
  const content = (place: number) => ({
    digest: new Uint8Array(32).fill(place),
    place,
    bytes: (into = new Uint8Array(4096)) => {
      asked.push(place);
      return into.fill(place);
    },
  });
  ram.put(
    ram.image().with([
      [1, content(3)],
      [2, content(1)],
      [3, content(2)],
    ]),
  );
  expect(asked).toEqual([1, 2, 3]);
  expect([1, 2, 3].map((page) => memory.view(RAM + page * 4096, 1)?.[0])).toEqual([3, 1, 2]);
});
