import { expect, test } from 'vitest';
import { pa } from '../../base/brands.ts';
import { Failure } from '../../base/failure.ts';
import { GuestMemory } from '../../hyp/vmm/memory.ts';
import { elf, elf32, image, zImage } from '../../machine/loaders/images.fixture.ts';
import { parseKernel } from '../../machine/loaders/kernel.ts';
import { placeKernel } from '../../machine/loaders/plan.ts';
import { GuestSymbols } from './guest-symbols.ts';
import { placeSymbols, readSymbols, symbolsOf, unpackedSymbols } from './sources.ts';
import { elfWithSymbols, exportsImage, kallsymsImage } from './symbols.fixture.ts';

const RAM = { base: 0x4000_0000, size: 0x1000_0000 };
const placed = (bytes: Uint8Array) => {
  const kernel = parseKernel({ name: 'F', bytes });
  return { ...kernel, place: placeKernel(kernel, RAM) };
};
const map = (...lines: string[]) => readSymbols({ name: 'F', bytes: Buffer.from(`${lines.join('\n')}\n`) });

const functions = Array.from({ length: 300 }, (_, n) => ({
  type: 't',
  name: n === 1 ? 'primary_entry' : n === 0 ? '_stext' : `function${n}`,
  offset: 0x100 * n,
}));

test("an Image's kallsyms, placed by the branch in its header", () => {
  // As the kernel has it: `MZ`, then a branch to primary_entry, which is at 0x1100 here.
  const bytes = Buffer.concat([image({ imageSize: 0x10_0000n }), kallsymsImage({ wordBytes: 8, symbols: functions })]);
  bytes.writeUInt32LE(0x1400_0000 | ((0x1100 - 4) / 4), 4);
  const symbols = symbolsOf(placed(bytes), []);
  expect(symbols).toBeInstanceOf(GuestSymbols);
  if (!(symbols instanceof GuestSymbols)) return;
  expect(symbols.physical('primary_entry')).toEqual([0x4020_1100]);
  expect(symbols.text(0x4020_1104n)).toBe('primary_entry+0x4');
  expect(symbols.text(0x4020_0ffcn)).toBe(undefined);
  // A kernel that has moved itself, of which a tape of inputs alone says nothing, until it is seen.
  expect(symbols.text(0xffff_cdec_9160_1104n)).toBe(undefined);
  symbols.seenAt(0xffff_cdec_9160_1100n, 'primary_entry');
  expect(symbols.text(0xffff_cdec_9160_1204n)).toBe('function2+0x4');
  const within = symbols.within('function2');
  expect([0x4020_11ffn, 0x4020_1200n, 0x4020_12ffn, 0x4020_1300n].map(within)).toEqual([false, true, true, false]);
});

test("a FreeBSD kernel.bin, by its ELF's symbols: the header branches to _start", () => {
  const bytes = Buffer.from(image({ imageSize: 0x10_0000n }));
  bytes.writeUInt32LE(0x1400_0000 | (0x800 / 4), 0);
  const symbols = placeSymbols(map('ffff000000000800 T _start', 'ffff000000001000 T main'), placed(bytes), []);
  expect(symbols.physical('main')).toEqual([0x4020_1000]);
});

test("variables: kallsyms', where it has them, or else those that the kernel exports; BSS behind the file as well", () => {
  const bss = { type: 'B', name: 'in_bss', offset: 0xf_0000 };
  const end = { type: 'T', name: '_einittext', offset: 0x3_0000 };
  const bytes = Buffer.concat([
    image({ imageSize: 0x10_0000n }),
    kallsymsImage({ wordBytes: 8, symbols: [...functions, end, bss] }),
    exportsImage(Array.from({ length: 70 }, (_, n) => `exported_${100 + n}`)),
  ]);
  bytes.writeUInt32LE(0x1400_0000 | ((0x1100 - 4) / 4), 4);
  const symbols = symbolsOf(placed(bytes), []);
  if (!(symbols instanceof GuestSymbols)) throw new Error('symbols');
  expect(symbols.named('in_bss')).toEqual([{ virtual: [], physical: [0x402f_1000n], isPerCpu: false }]);
  expect(symbols.named('exported_103')).toHaveLength(1);
  const [place] = symbols.named('exported_103');
  expect(symbols.textOfMemory(place?.physical[0] ?? 0n)).toBe('exported_103');
  // Code is named as far as there is some, and nothing by code that is none.
  const texts = [0x4020_1104n, 0x4023_1000n, 0x402f_1004n, 0x4022_8000n].map((address) =>
    symbols.textOfMemory(address),
  );
  expect(texts).toEqual(['primary_entry+0x4', undefined, 'in_bss+0x4', undefined]);
  expect(symbols.named('function2')).toMatchObject([{ physical: [0x4020_1200n] }]);
});

test('an ELF linked elsewhere than it lies: both addresses', () => {
  const kernel = placed(elf({ virtual: 0xffff_8000_0000_0000n, entry: 0xffff_8000_0000_0004n }));
  const symbols = placeSymbols(map('ffff800000000008 T main'), kernel, []);
  expect(symbols.physical('main')).toEqual([0x4008_0008]);
  expect([0x4008_000cn, 0xffff_8000_0000_000cn].map((pc) => symbols.text(pc))).toEqual(['main+0x4', 'main+0x4']);
});

test('a zImage: a System.map, or kallsyms where it has unpacked them', () => {
  const kernel = placed(zImage());
  expect(symbolsOf(kernel, [])).toMatchObject({
    missing: expect.stringContaining('zImage has its symbols compressed'),
  });
  const symbols = placeSymbols(map('00001000 t __stubs_start', 'c0008000 T _text', 'c0100000 T _stext'), kernel, []);
  expect(symbols.physical('_text')).toEqual([0x4000_8000]);
  expect(symbols.text(0xc010_0010n)).toBe('_stext+0x10');

  const host = new Uint8Array(0x40_0000);
  const memory = new GuestMemory({ bytes: host, write() {}, zero() {} });
  memory.add({ name: 'ram', ipa: RAM.base, bytes: host.length, pa: pa(0) });
  if (kernel.kind !== 'zimage') throw new Error('a zImage');
  expect(unpackedSymbols(kernel, memory)).toBe(undefined);
  host.set(kallsymsImage({ wordBytes: 4, symbols: functions, base: 0xc010_0000n }), 0x1_0000);
  const unpacked = unpackedSymbols(kernel, memory);
  expect(unpacked?.physical('primary_entry')).toEqual([0x4010_0100]);
  expect(unpacked?.text(0xc010_0102n)).toBe('primary_entry+0x2');
});

test('why there are none, in a line', () => {
  expect(symbolsOf(placed(image()), [])).toMatchObject({ missing: expect.stringContaining('no kallsyms') });
  expect(symbolsOf(placed(elf32()), [])).toMatchObject({ missing: expect.stringContaining('stripped') });
  const strange = () => placeSymbols(map('c0100000 T something'), placed(image()), []);
  expect(strange).toThrow(Failure);
  expect(strange).toThrow("give those of the tape's kernel");
  const read = (bytes: Uint8Array) => () => readSymbols({ name: 'F', bytes });
  expect(read(Buffer.from('neither'))).toThrow('neither an ELF nor a System.map');
  expect(read(elfWithSymbols(2, []))).toThrow('without a symbol table');
});
