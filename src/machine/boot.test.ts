import { expect, test } from 'vitest';
import { MiB } from '../base/limits.ts';
import { boardByName } from './boards/index.ts';
import { archOf, bootNotes, bootPlan } from './boot.ts';
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
  expect(archOf(images(kernel))).toBe(arch);
  expect(archOf(images(kernel), arch)).toBe(arch);
  const other = arch === 'arm64' ? 'armv7' : 'arm64';
  expect(() => archOf(images(kernel), other)).toThrow(`--arch ${other}: K is a kernel for ${arch}; leave --arch out`);
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
