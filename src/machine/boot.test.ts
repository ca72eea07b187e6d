import { expect, test } from 'vitest';
import { MiB } from '../base/limits.ts';
import { boardByName } from './boards/index.ts';
import { bootNotes, bootPlan, deviceTreeDefault, kindOf } from './boot.ts';
import type { MachineConfig } from './config.ts';
import { decodeDeviceTree, encodeDeviceTree } from './fdt/blob.ts';
import { findNode, node, stringProperty } from './fdt/tree.ts';
import { MachineImages } from './images.ts';
import { elf, elf32, image, zImage } from './loaders/images.fixture.ts';
import type { BootPlan } from './loaders/plan.ts';

const config: MachineConfig = {
  arch: 'armv7',
  board: 'virt',
  memoryBytes: 64 * MiB,
  vcpus: 1,
  gicVersion: 2,
  append: 'quiet',
  entropySeed: 1n,
  rtcEpochSeconds: 0,
  timerPolicy: 'direct',
};
const treeOf = (model: string): Uint8Array =>
  encodeDeviceTree({ reservations: [], bootCpu: 0, root: node('', { model }) });
const images = (kernel: Uint8Array, dtb?: Uint8Array): MachineImages =>
  new MachineImages([
    { role: 'kernel', name: 'K', bytes: kernel },
    ...(dtb ? [{ role: 'dtb' as const, name: 'D', bytes: dtb }] : []),
  ]);
const planned = (kernel: Uint8Array, dtb?: Uint8Array): BootPlan =>
  bootPlan(config, boardByName('virt'), images(kernel, dtb), [0]);
const rootOf = (plan: BootPlan) => decodeDeviceTree(plan.segments.at(-1)?.bytes ?? new Uint8Array(), 'T').root;
const appended = Buffer.concat([zImage(), treeOf('appended')]);

test.each([
  ['an Image', image(), 'arm64'],
  ['an ELF64', elf(), 'arm64'],
  ['a zImage', zImage(), 'armv7'],
  ['an ELF32', elf32(), 'armv7'],
] as const)('%s says what it is for', (_, kernel, arch) => {
  expect(kindOf(images(kernel))).toEqual({ arch, isFreebsd: false });
  expect(kindOf(images(kernel), arch).arch).toBe(arch);
  const other = arch === 'arm64' ? 'armv7' : 'arm64';
  expect(() => kindOf(images(kernel), other)).toThrow(`--arch ${other}: K is a kernel for ${arch}; leave --arch out`);
});

test('a Linux kernel without --initrd is told of, and no hypervisor is taken for one', () => {
  const xen = image();
  xen.set(Buffer.from('Xen version %d.%d'), 0x400);
  const notes = (kernel: Uint8Array) => bootNotes({ ...config, arch: 'arm64' }, images(kernel));
  expect(notes(image())).toEqual([expect.stringContaining('K: no --initrd')]);
  expect(notes(xen)).toEqual([]);
});

test('a kernel for another machine than the tape says is refused', () => {
  expect(() => planned(image())).toThrow('K is a kernel for arm64; the machine is armv7');
});

test("without a tree of its own a kernel gets the board's", () => {
  const root = rootOf(planned(zImage()));
  expect(stringProperty(root, 'compatible')).toBe('linux,dummy-virt');
  expect(stringProperty(findNode(root, '/cpus/cpu@0') ?? root, 'compatible')).toBe('arm,cortex-a15');
});

test("a zImage's appended device tree is used, with what the loader has to say, and not loaded a second time", () => {
  const plan = planned(appended);
  const root = rootOf(plan);
  expect(stringProperty(root, 'model')).toBe('appended');
  expect(stringProperty(findNode(root, '/chosen') ?? root, 'bootargs')).toBe('quiet');
  expect(plan.segments[0]?.bytes.length).toBe(zImage().length);
});

test('--dtb goes before an appended one', () => {
  const plan = planned(appended, treeOf('given'));
  expect(stringProperty(rootOf(plan), 'model')).toBe('given');
  expect(plan.segments[0]?.bytes.length).toBe(zImage().length);
});

test('an appended tree that is damaged is told as such', () => {
  const damaged = Buffer.concat([zImage(), treeOf('appended').fill(0xff, 60)]);
  expect(() => planned(damaged)).toThrow(/^K: its appended device tree: damaged device tree/);
});

const firmware = { role: 'firmware', name: 'F', bytes: Uint8Array.of(0, 0, 0, 0x14, 1) } as const;
const withFirmware = (...more: readonly ConstructorParameters<typeof MachineImages>[0][number][]) =>
  new MachineImages([firmware, ...more]);

test('firmware says by its first instruction what it is for', () => {
  const of = (word: number[]) => new MachineImages([{ role: 'firmware', name: 'F', bytes: Uint8Array.from(word) }]);
  expect(kindOf(of([1, 0, 0, 0x14])).arch).toBe('arm64');
  expect(kindOf(of([1, 0, 0, 0xea])).arch).toBe('armv7');
  expect(() => kindOf(of([1, 0, 0, 0xea]), 'arm64')).toThrow('--arch arm64: F is firmware for armv7');
  expect(() => kindOf(of([0, 0, 0, 0]))).toThrow(/^F: .*give --arch$/);
  expect(kindOf(of([0, 0, 0, 0]), 'armv7').arch).toBe('armv7');
});

test('firmware lies in the first bank of flash and is entered there, its variables in the second; the tree is at its place', () => {
  const vars = { role: 'vars', name: 'V', bytes: new Uint8Array(64 * MiB) } as const;
  const kernel = { role: 'kernel', name: 'K', bytes: image() } as const;
  const arm64 = { ...config, arch: 'arm64', gicVersion: 3, dtbAt: 0x4000_0000 } as const;
  const board = boardByName('virt');
  const plan = bootPlan(arm64, board, withFirmware(kernel, vars), [0]);
  expect(plan.segments.map(({ what, ipa }) => [what, ipa])).toEqual([
    ['firmware', 0n],
    ["firmware's variables", 0x0400_0000n],
    ['device tree', 0x4000_0000n],
  ]);
  expect([plan.entry, plan.x0, plan.dtbIpa]).toEqual([0n, 0n, 0x4000_0000n]);
  const large = { role: 'vars', name: 'V', bytes: new Uint8Array(64 * MiB + 1) } as const;
  expect(() => bootPlan(arm64, board, withFirmware(large), [0])).toThrow(
    /^V: 65 MiB are more than the 64 MiB of a bank/,
  );
  expect(() => bootPlan(arm64, boardByName('bhyve'), withFirmware(), [0])).toThrow(
    '--firmware: board bhyve has no flash for it; give --board virt',
  );
  expect(() => bootPlan({ ...arm64, dtbAt: 0x5000_0000 }, board, withFirmware(), [0])).toThrow(/does not fit in RAM/);
});

test("the tree of what is no Linux kernel is at RAM's base by default, where that is free", () => {
  const arm64 = { ...config, arch: 'arm64', gicVersion: 3 } as const;
  const raw = (at: number) => deviceTreeDefault({ ...arm64, loadAddress: at }, images(new Uint8Array(MiB)));
  expect(raw(0x4008_0000)).toBe(0x4000_0000);
  expect([raw(0x4000_0000), raw(0x4000_8000)]).toEqual([undefined, undefined]);
  expect(deviceTreeDefault(arm64, images(elf()))).toBe(0x4000_0000);
  expect(deviceTreeDefault(arm64, images(image()))).toBeUndefined();
  expect(deviceTreeDefault({ ...arm64, board: 'bhyve', loadAddress: 0x9000_0000 }, images(image()))).toBeUndefined();
  expect(deviceTreeDefault(arm64, withFirmware())).toBe(0x4000_0000);
  const plan = bootPlan({ ...arm64, dtbAt: 0x4200_0000 }, boardByName('virt'), images(elf()), [0]);
  expect([plan.x0, plan.dtbIpa]).toEqual([0x4200_0000n, 0x4200_0000n]);
});
