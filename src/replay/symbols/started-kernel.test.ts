import { expect, test } from 'vitest';
import { pa } from '../../base/brands.ts';
import { GuestMemory } from '../../hyp/vmm/memory.ts';
import { image } from '../../machine/loaders/images.fixture.ts';
import { GuestSymbols } from './guest-symbols.ts';
import { symbolsOf, unpackedSymbols } from './sources.ts';
import { kernelAt, type SeenMachine } from './started-kernel.ts';
import { kallsymsImage } from './symbols.fixture.ts';

const RAM = 0x4000_0000;
const BYTES = 0x80_0000;
const functions = Array.from({ length: 300 }, (_, n) => ({
  type: 't',
  name: n === 1 ? 'primary_entry' : n === 0 ? 'stext' : `function${n}`,
  offset: 0x100 * n,
}));

/** A guest that is about to execute what lies at a guest-physical address, at this level. */
function guest(bytes: Uint8Array, at: number, pc: bigint, ipa: number, el = 1): SeenMachine {
  const ram = new Uint8Array(BYTES);
  ram.set(bytes, at - RAM);
  const memory = new GuestMemory({ bytes: ram, write() {}, zero() {} });
  memory.add({ name: 'ram', ipa: RAM, bytes: BYTES, pa: pa(0) });
  return { pc, cpu: { cpu: { el }, architecture: { mmu: { probe: () => ipa - RAM } } }, vm: { memory } };
}

test('an Image is found by its header before the code that runs, wherever a loader left other copies', () => {
  const bytes = Buffer.concat([image({ imageSize: 0x10_0000n }), kallsymsImage({ wordBytes: 8, symbols: functions })]);
  bytes.writeUInt32LE(0x1400_0000 | ((0x1100 - 4) / 4), 4);
  const at = 0x4023_0000;
  const both = Buffer.alloc(0x30_0000);
  both.set(bytes, 0x1_0000);
  both.set(bytes, at - RAM);
  const pc = 0xffff_8000_0801_1204n;
  const kernel = kernelAt(guest(both, RAM, pc, at + 0x1204), true);
  expect(kernel).toMatchObject({ kind: 'arm64-image', memoryBytes: 0x10_0000, place: { entry: at } });
  const symbols = kernel && symbolsOf(kernel, []);
  expect(symbols instanceof GuestSymbols && symbols.text(BigInt(at + 0x1204))).toBe('function2+0x4');
  // Not the firmware, which runs where it lies, nor programs, nor what lies behind the kernel.
  expect(kernelAt(guest(both, RAM, BigInt(at + 0x1204), at + 0x1204), true)).toBe(undefined);
  expect(kernelAt(guest(both, RAM, pc, at + 0x1204, 0), true)).toBe(undefined);
  expect(kernelAt(guest(both, RAM, pc, at + 0x10_0004), true)).toBe(undefined);
  expect(kernelAt(guest(both, RAM, pc, -1), true)).toBe(undefined);
  // A header that asks for more than there is.
  both.writeBigUInt64LE(1n << 62n, at - RAM + 16);
  expect(kernelAt(guest(both, RAM, pc, at + 0x1204), true)).toBe(undefined);
});

test('a kernel for ARM that was unpacked is found by its kallsyms', () => {
  const base = 0xc000_8000n;
  const bytes = kallsymsImage({ wordBytes: 4, symbols: functions, base });
  const kernel = kernelAt(guest(bytes, RAM + 0x8000, base + 0x204n, RAM + 0x8204), false);
  expect(kernel).toMatchObject({ kind: 'zimage', textOffset: 0x8000, place: { unpackedAt: RAM + 0x8000 } });
  if (kernel?.kind !== 'zimage') return;
  const { memory } = guest(bytes, RAM + 0x8000, 0n, -1).vm;
  expect(unpackedSymbols(kernel, memory)?.text(base + 0x204n)).toBe('function2+0x4');
  expect(kernelAt(guest(bytes, RAM + 0x8000, BigInt(RAM + 0x8204), RAM + 0x8204), false)).toBe(undefined);
  expect(kernelAt(guest(new Uint8Array(0), RAM, base + 0x204n, RAM + 0x8204), false)).toBe(undefined);
});
