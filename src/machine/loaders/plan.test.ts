import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { MiB } from '../../base/limits.ts';
import { elf, elf32, image, zImage } from './images.fixture.ts';
import { parseKernel, rawKernel } from './kernel.ts';
import { type BootImages, type BootPlan, plan } from './plan.ts';

const RAM_BASE = 0x4000_0000;
const ram = (mebibytes: number) => ({ base: RAM_BASE, size: mebibytes * MiB });
const tree = new Uint8Array(100).fill(0xd7);
const kernel = parseKernel({ name: 'K', bytes: image() });
const initrd = { name: 'I', bytes: new Uint8Array(5000) };
const images = (more: Partial<BootImages> = {}): BootImages => ({ kernel, deviceTree: () => tree, ...more });
const places = (p: BootPlan) => p.segments.map((s) => [s.what, Number(s.ipa), s.bytes.length, s.zeroFillBytes]);

test('an Image goes to its text_offset, the initrd half up, the device tree behind it', () => {
  const made = plan(images({ initrd }), ram(512));
  expect(places(made)).toEqual([
    ['kernel', 0x4020_0000, 0x1000, 0x2000],
    ['initrd', 0x4800_0000, 5000, 0],
    ['device tree', 0x4820_0000, 100, 0],
  ]);
  const { entry, dtbIpa, x0, x1, x2, x3, arch } = made;
  expect({ entry, dtbIpa, x0, x1, x2, x3, arch }).toEqual({
    entry: 0x4020_0000n,
    dtbIpa: 0x4820_0000n,
    x0: 0x4820_0000n,
    x1: 0n,
    x2: 0n,
    x3: 0n,
    arch: 'arm64',
  });
});

test('the device tree is made with the place of the initrd', () => {
  const seen: unknown[] = [];
  const deviceTree: BootImages['deviceTree'] = (range) => {
    seen.push(range);
    return tree;
  };
  plan(images({ initrd, deviceTree }), ram(64));
  plan(images({ deviceTree }), ram(64));
  expect(seen).toEqual([{ start: 0x4200_0000, end: 0x4200_0000 + 5000 }, undefined]);
});

test('an old text_offset counts from RAM itself', () => {
  const old = parseKernel({ name: 'K', bytes: image({ textOffset: 0x8_0000n }) });
  expect(plan(images({ kernel: old }), ram(64)).entry).toBe(0x4008_0000n);
});

test('an ELF and raw code go where they say', () => {
  const linked = plan(images({ kernel: parseKernel({ name: 'K', bytes: elf() }) }), ram(64));
  expect([linked.entry, ...places(linked).slice(0, 1)]).toEqual([
    0x4008_0000n,
    ['kernel', 0x4008_0000, 16, 0x100 - 16],
  ]);
  const raw = plan(images({ kernel: rawKernel({ name: 'R', bytes: tree }, RAM_BASE + 4, 'arm64') }), ram(64));
  expect([raw.entry, Number(raw.segments[0]?.ipa)]).toEqual([BigInt(RAM_BASE + 4), RAM_BASE + 4]);
});

const zKernel = parseKernel({ name: 'Z', bytes: zImage() });
const LOWMEM_BYTES = 760 * MiB;

test('a zImage goes 64 KiB up, with r0 to r2 as Linux wants them', () => {
  const made = plan(images({ kernel: zKernel, initrd }), ram(512));
  const unpackBytes = zKernel.kind === 'zimage' ? zKernel.unpackBytes : 0;
  expect(places(made)).toEqual([
    ['kernel', 0x4001_0000, 0x800, unpackBytes - 0x1_0000 - 0x800],
    ['initrd', 0x4800_0000, 5000, 0],
    ['device tree', 0x4820_0000, 100, 0],
  ]);
  const { entry, x0, x1, x2, x3, arch } = made;
  expect({ entry, x0, x1, x2, x3, arch }).toEqual({
    entry: 0x4001_0000n,
    x0: 0n,
    x1: 0xffff_ffffn,
    x2: 0x4820_0000n,
    x3: 0n,
    arch: 'armv7',
  });
});

test('initrd and device tree of ARMv7 stay in low memory', () => {
  const large = { name: 'I', bytes: { length: LOWMEM_BYTES - 128 * MiB - 2 * MiB } as Uint8Array };
  expect(plan(images({ kernel: zKernel, initrd: large }), ram(2048)).dtbIpa).toBe(0x4000_0000n + 758n * BigInt(MiB));
  const larger = { name: 'I', bytes: { length: LOWMEM_BYTES } as Uint8Array };
  const refused = () => plan(images({ kernel: zKernel, initrd: larger }), ram(2048));
  expect(refused).toThrow(/I: the initrd of 760 MiB has no room in 760 MiB; the kernel sees no more this early/);
});

test('the entry of T32 code keeps its bit 0', () => {
  const thumb = parseKernel({ name: 'E', bytes: elf32({ entry: 0xc008_0005 }) });
  expect(plan(images({ kernel: thumb }), ram(64)).entry).toBe(0x4008_0005n);
});

test('what is found a place never overlaps what has one', () => {
  const inTheWay = rawKernel({ name: 'R', bytes: new Uint8Array(MiB) }, RAM_BASE + 32 * MiB, 'arm64');
  const behind = places(plan(images({ kernel: inTheWay, initrd }), ram(64)));
  expect(behind.slice(1).map((p) => p[1])).toEqual([RAM_BASE + 33 * MiB, RAM_BASE + 34 * MiB]);
  const atTheEnd = rawKernel({ name: 'R', bytes: new Uint8Array(32 * MiB) }, RAM_BASE + 32 * MiB, 'arm64');
  const below = places(plan(images({ kernel: atTheEnd, initrd }), ram(64)));
  expect(below.slice(1).map((p) => p[1])).toEqual([RAM_BASE, RAM_BASE + 2 * MiB]);
});

test("a board's own place for the device tree is kept", () => {
  expect(plan(images({ deviceTreeAt: RAM_BASE + MiB }), ram(64)).x0).toBe(BigInt(RAM_BASE + MiB));
});

test.each([
  [
    'kernel above RAM',
    images({ kernel: rawKernel({ name: 'R', bytes: tree }, 0x8000_0000, 'arm64') }),
    /R: the kernel at 0x80000000\.\.0x80000064 does not fit in RAM at 0x40000000\.\.0x41000000/,
  ],
  [
    'kernel below RAM',
    images({ kernel: rawKernel({ name: 'R', bytes: tree }, 0, 'arm64') }),
    /does not fit in RAM.*; RAM begins at 0x40000000 on this board: give an image made for it, or another --board/,
  ],
  [
    'kernel far above RAM',
    images({ kernel: rawKernel({ name: 'R', bytes: tree }, 0x4000_0000_0000, 'arm64') }),
    /does not fit in RAM.*; give an image made for this board/,
  ],
  [
    'kernel larger than RAM',
    images({ kernel: parseKernel({ name: 'K', bytes: image({ imageSize: BigInt(32 * MiB) }) }) }),
    /does not fit in RAM.*; give --memory 34M or more/,
  ],
  [
    'initrd larger than what is left',
    images({ initrd: { name: 'I', bytes: new Uint8Array(15 * MiB) } }),
    /I: the initrd of 15 MiB has no room in 16 MiB; give more --memory/,
  ],
  [
    'device tree over the kernel',
    images({ deviceTreeAt: RAM_BASE + 2 * MiB }),
    /the device tree at .* overlaps K: the kernel/,
  ],
  ['oversized device tree', images({ deviceTree: () => new Uint8Array(3 * MiB) }), /Linux takes at most 2097152/],
])('refused: %s', (_, given, message) => {
  expect(() => plan(given, ram(16))).toThrow(Failure);
  expect(() => plan(given, ram(16))).toThrow(message);
});
