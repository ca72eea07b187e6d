import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { bhyve } from '../boards/bhyve.ts';
import { fvpA15, fvpA15Bvm } from '../boards/fvp-a15.ts';
import { virt, virt1 } from '../boards/virt.ts';
import { decodeDeviceTree, encodeDeviceTree } from './blob.ts';
import { type BoardTreeConfig, boardTree } from './board-tree.ts';
import { bootSeeds, withChosen } from './chosen.ts';
import { encodeProperty, type FdtNode, findNode, node, type PropertyValue, stringProperty } from './tree.ts';

const config: BoardTreeConfig = {
  arch: 'arm64',
  cpu: 'cortex-a57',
  ramBytes: 0x1_2000_0000,
  affinities: [0],
  gicVersion: 3,
  chosen: { bootArgs: 'console=ttyAMA0', seeds: bootSeeds(1n), initrd: { start: 0x4800_0000, end: 0x4800_1234 } },
};
const at = (root: FdtNode, path: string): FdtNode => findNode(root, path) ?? node('missing', {});
const has = (root: FdtNode, path: string, name: string, value: PropertyValue): void =>
  expect([path, name, at(root, path).properties.get(name)]).toEqual([path, name, encodeProperty(value)]);

test('virt shows its map, interrupts and clocks', () => {
  const { root } = decodeDeviceTree(encodeDeviceTree(boardTree(virt, config)), 'virt');
  has(root, '/', 'compatible', 'linux,dummy-virt');
  has(root, '/memory@40000000', 'reg', [0, 0x4000_0000, 1, 0x2000_0000]);
  has(root, '/psci', 'compatible', ['arm,psci-1.0', 'arm,psci-0.2']);
  has(root, '/psci', 'method', 'hvc');
  has(root, '/cpus/cpu@0', 'enable-method', 'psci');
  has(root, '/timer', 'interrupts', [1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4]);
  has(root, '/intc@8000000', 'compatible', 'arm,gic-v3');
  has(root, '/intc@8000000', 'reg', [0, 0x0800_0000, 0, 0x1_0000, 0, 0x080a_0000, 0, 0x2_0000]);
  has(root, '/pl011@9000000', 'reg', [0, 0x0900_0000, 0, 0x1000]);
  has(root, '/pl011@9000000', 'interrupts', [0, 1, 4]);
  has(root, '/pl031@9010000', 'interrupts', [0, 2, 4]);
  has(root, '/apb-pclk', 'clock-frequency', 24_000_000);
  has(root, '/chosen', 'bootargs', 'console=ttyAMA0');
  has(root, '/chosen', 'linux,initrd-start', 0x4800_0000n);
  has(root, '/chosen', 'linux,initrd-end', 0x4800_1234n);
});

test('virt shows its virtio slots, its first version none', () => {
  const { root } = boardTree(virt, config);
  const slots = root.children.filter(({ name }) => name.startsWith('virtio_mmio@')).map(({ name }) => `/${name}`);
  expect([slots.length, slots[0], slots[31]]).toEqual([32, '/virtio_mmio@a000000', '/virtio_mmio@a003e00']);
  has(root, '/virtio_mmio@a003e00', 'compatible', 'virtio,mmio');
  has(root, '/virtio_mmio@a003e00', 'reg', [0, 0x0a00_3e00, 0, 0x200]);
  has(root, '/virtio_mmio@a003e00', 'interrupts', [0, 47, 1]);
  has(root, '/virtio_mmio@a003e00', 'dma-coherent', true);
  const { root: older } = boardTree(virt1, config);
  expect(older.children.filter(({ name }) => name.startsWith('virtio'))).toEqual([]);
});

test('virt shows its flash, fw_cfg and power key, its first version none', () => {
  const { root } = boardTree(virt, config);
  has(root, '/flash@0', 'reg', [0, 0, 0, 0x0400_0000, 0, 0x0400_0000, 0, 0x0400_0000]);
  has(root, '/flash@0', 'bank-width', 4);
  has(root, '/fw-cfg@9020000', 'reg', [0, 0x0902_0000, 0, 0x18]);
  has(root, '/pl061@9030000', 'interrupts', [0, 7, 4]);
  has(root, '/pl061@9030000', '#gpio-cells', 2);
  has(root, '/pl061@9030000', 'phandle', 4);
  has(root, '/gpio-keys/poweroff', 'gpios', [4, 3, 0]);
  has(root, '/gpio-keys/poweroff', 'linux,code', 116);
  const { root: older } = boardTree(virt1, config);
  expect(older.children.filter(({ name }) => /^(flash|fw-cfg|pl061|gpio)/.test(name))).toEqual([]);
});

test('phandles and paths lead to nodes', () => {
  const { root } = boardTree(virt, config);
  has(root, '/intc@8000000', 'phandle', 2);
  has(root, '/', 'interrupt-parent', 2);
  has(root, '/apb-pclk', 'phandle', 1);
  has(root, '/pl011@9000000', 'clocks', [1, 1]);
  expect(findNode(root, stringProperty(at(root, '/aliases'), 'serial0') ?? '')?.name).toBe('pl011@9000000');
});

test('several vCPUs and GICv2 show in nodes, regions and PPI masks', () => {
  const v3 = boardTree(virt, { ...config, affinities: [0, 1, 2] }).root;
  expect(at(v3, '/cpus').children.map((c) => c.name)).toEqual(['cpu@0', 'cpu@1', 'cpu@2']);
  has(v3, '/intc@8000000', 'reg', [0, 0x0800_0000, 0, 0x1_0000, 0, 0x080a_0000, 0, 0x6_0000]);
  const v2 = boardTree(virt, { ...config, affinities: [0, 1], gicVersion: 2 }).root;
  has(v2, '/intc@8000000', 'compatible', 'arm,cortex-a15-gic');
  has(v2, '/intc@8000000', 'reg', [0, 0x0800_0000, 0, 0x1_0000, 0, 0x0801_0000, 0, 0x1_0000]);
  has(v2, '/timer', 'interrupts', [1, 13, 0x304, 1, 14, 0x304, 1, 11, 0x304, 1, 10, 0x304]);
});

test('bhyve shows its own map', () => {
  const { root } = boardTree(bhyve, config);
  has(root, '/', 'compatible', 'freebsd,bhyve');
  has(root, '/pl011@10000', 'interrupts', [0, 0, 4]);
  has(root, '/pl031@11000', 'interrupts', [0, 1, 4]);
  has(root, '/cpus/cpu@0', 'compatible', 'arm,armv8');
});

test("virt as an ARMv7 machine has that processor's names", () => {
  const { root } = boardTree(virt, { ...config, arch: 'armv7', cpu: 'cortex-a15', gicVersion: 2 });
  has(root, '/cpus/cpu@0', 'compatible', 'arm,cortex-a15');
  has(root, '/timer', 'compatible', 'arm,armv7-timer');
  has(root, '/timer', 'interrupts', [1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104]);
  has(root, '/intc@8000000', 'compatible', 'arm,cortex-a15-gic');
  has(root, '/psci', 'method', 'hvc');
});

test('fvp-a15 shows the map of the Versatile Express', () => {
  const { root } = boardTree(fvpA15, { ...config, arch: 'armv7', cpu: 'cortex-a15', gicVersion: 2 });
  has(root, '/', 'compatible', ['arm,rtsm_ve,cortex_a15x1', 'arm,vexpress']);
  has(root, '/memory@80000000', 'reg', [0, 0x8000_0000, 1, 0x2000_0000]);
  has(root, '/intc@2c001000', 'reg', [0, 0x2c00_1000, 0, 0x1000, 0, 0x2c00_2000, 0, 0x2000]);
  has(root, '/pl011@1c090000', 'interrupts', [0, 5, 4]);
  has(root, '/pl011@1c0c0000', 'interrupts', [0, 8, 4]);
  has(root, '/pl031@1c170000', 'interrupts', [0, 4, 4]);
  has(root, '/timer@1c110000', 'compatible', ['arm,sp804', 'arm,primecell']);
  has(root, '/timer@1c110000', 'interrupts', [0, 2, 4]);
  has(root, '/timer@1c120000', 'interrupts', [0, 3, 4]);
  has(root, '/timer@1c120000', 'clocks', [3, 3, 1]);
  has(root, '/timer@1c120000', 'clock-names', ['timclken1', 'timclken2', 'apb_pclk']);
  has(root, '/timclk', 'clock-frequency', 1_000_000);
  has(root, '/aliases', 'serial3', '/pl011@1c0c0000');
  has(root, '/chosen', 'stdout-path', 'serial0:115200n8');
});

test('a bvmconsole is no serial port', () => {
  const { root } = boardTree(fvpA15Bvm, { ...config, arch: 'armv7', cpu: 'cortex-a15', gicVersion: 2 });
  expect(findNode(root, '/pl011@1c090000')).toBeUndefined();
  has(root, '/aliases', 'serial0', '/pl011@1c0a0000');
  expect(at(root, '/chosen').properties.has('stdout-path')).toBe(false);
});

test('seeds follow from the entropy seed alone', () => {
  expect(bootSeeds(5n)).toEqual(bootSeeds(5n));
  expect(bootSeeds(5n)).not.toEqual(bootSeeds(6n));
  expect(bootSeeds(5n).rngSeed).toHaveLength(32);
});

test("a given tree's /chosen is set, the rest kept, an old initrd forgotten", () => {
  const given = boardTree(virt, config);
  const { bootArgs, seeds } = { bootArgs: 'quiet', seeds: bootSeeds(9n) };
  const { root } = withChosen(given, { bootArgs, seeds });
  has(root, '/chosen', 'bootargs', 'quiet');
  has(root, '/chosen', 'kaslr-seed', seeds.kaslrSeed);
  has(root, '/chosen', 'stdout-path', 'serial0:115200n8');
  expect(at(root, '/chosen').properties.has('linux,initrd-start')).toBe(false);
  expect(root.children.filter((c) => c.name !== 'chosen')).toEqual(
    given.root.children.filter((c) => c.name !== 'chosen'),
  );
  const bare = withChosen({ ...given, root: node('', {}) }, { bootArgs, seeds });
  has(bare.root, '/chosen', 'bootargs', 'quiet');
});

test('a command line that no kernel takes is refused', () => {
  const with_ = (bootArgs: string) => () => boardTree(virt, { ...config, chosen: { ...config.chosen, bootArgs } });
  expect(with_('x'.repeat(2048))).toThrow(Failure);
  expect(with_('ä'.repeat(1024))).toThrow(/longer than 2047 bytes/);
  expect(with_('a\0b')).toThrow(/NUL/);
  expect(with_('x'.repeat(2047))).not.toThrow();
});
