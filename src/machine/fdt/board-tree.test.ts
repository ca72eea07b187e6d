import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { bhyve, bhyve2 } from '../boards/bhyve.ts';
import { fvpA15, fvpA15Bvm, fvpA15v2 } from '../boards/fvp-a15.ts';
import { fvpBase } from '../boards/fvp-base.ts';
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

test('bhyve shows its PCI, its messages, and no virtio slots', () => {
  const { root } = boardTree(bhyve, config);
  has(root, '/memory@100000000', 'reg', [1, 0, 1, 0x2000_0000]);
  has(root, '/intc@2f000000', 'msi-controller', true);
  has(root, '/intc@2f000000', 'mbi-ranges', [256, 64]);
  has(root, '/pcie@e0000000', 'compatible', 'pci-host-ecam-generic');
  has(root, '/pcie@e0000000', 'reg', [0, 0xe000_0000, 0, 0x1000_0000]);
  has(root, '/pcie@e0000000', 'bus-range', [0, 1]);
  const [io, memory] = [
    [0x100_0000, 0, 0xdf00_0000, 0, 0xdf00_0000, 0, 0x100_0000],
    [0x200_0000, 0, 0xa000_0000, 0, 0xa000_0000, 0, 0x3f00_0000],
  ];
  has(root, '/pcie@e0000000', 'ranges', [...io, ...memory]);
  has(root, '/pcie@e0000000', 'msi-map', [0, 2, 0, 0x1_0000]);
  has(root, '/pcie@e0000000', 'interrupt-map-mask', [0x1800, 0, 0, 7]);
  const map = at(root, '/pcie@e0000000').properties.get('interrupt-map') as Uint8Array;
  const cells = Array.from({ length: map.length / 4 }, (_, n) => new DataView(map.buffer).getUint32(4 * n));
  // Device, pin, and the SPI behind: INTA of device 1 is the second one.
  const entries = Array.from({ length: 16 }, (_, n) => [0, 3, 8].map((cell) => cells[10 * n + cell]));
  expect([entries[0], entries[4], entries[7], entries[15]]).toEqual([
    [0, 1, 2],
    [0x800, 1, 3],
    [0x800, 4, 2],
    [0x1800, 4, 4],
  ]);
  expect(root.children.some(({ name }) => name.startsWith('virtio'))).toBe(false);
  expect(boardTree(bhyve2, config).root.children.some(({ name }) => name.startsWith('pcie'))).toBe(false);
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

test('the second fvp-a15 has its devices at the root', () => {
  const { root } = boardTree(fvpA15v2, { ...config, arch: 'armv7', cpu: 'cortex-a15', gicVersion: 2 });
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

const IOFPGA = '/bus@8000000/motherboard-bus@8000000/iofpga-bus@300000000';

/** Where the address of a node leads to at the root, through the `ranges` of the buses above (Devicetree Specification v0.4, 2.3.8). */
function addressOf(root: FdtNode, path: string): number {
  const cells = (of: FdtNode, name: string): number[] => {
    const bytes = of.properties.get(name) ?? new Uint8Array(0);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / 4 }, (_, n) => view.getUint32(4 * n));
  };
  const number = (list: readonly number[]): number => list.reduce((value, cell) => value * 2 ** 32 + cell, 0);
  const names = path.split('/').slice(1);
  const above = names.map((_, n) => at(root, `/${names.slice(0, n).join('/')}`));
  const addressCells = above.map((one) => cells(one, '#address-cells')[0] ?? 0);
  let address = number(cells(at(root, path), 'reg').slice(0, addressCells.at(-1)));
  for (let n = above.length - 1; n > 0; n--) {
    const [child = 0, parent = 0] = [addressCells[n], addressCells[n - 1]];
    const size = cells(above[n] as FdtNode, '#size-cells')[0] ?? 0;
    const list = cells(above[n] as FdtNode, 'ranges');
    const row = child + parent + size;
    const rows = Array.from({ length: list.length / row }, (_, i) => list.slice(row * i, row * (i + 1)));
    const inside = rows.find((one) => {
      const from = number(one.slice(0, child));
      return address >= from && address < from + number(one.slice(child + parent));
    });
    if (inside === undefined) throw new Error(`${path} is in no range`);
    address += number(inside.slice(child, child + parent)) - number(inside.slice(0, child));
  }
  return address;
}

describe.each([
  ['fvp-a15', fvpA15, { ...config, arch: 'armv7', cpu: 'cortex-a15', gicVersion: 2 }],
  ['fvp-base', fvpBase, config],
] as const)('%s', (_name, board, made) => {
  const { root } = decodeDeviceTree(encodeDeviceTree(boardTree(board, made)), 'fvp');

  test('has its devices behind the motherboard, where addresses lead to them', () => {
    for (const [name, base] of [
      ['sysreg@10000', 0x1c01_0000],
      ['sysreg@10000/gpio@4c', 0x1c01_004c],
      ['serial@90000', 0x1c09_0000],
      ['serial@c0000', 0x1c0c_0000],
      ['timer@110000', 0x1c11_0000],
      ['virtio@130000', 0x1c13_0000],
      ['virtio@133e00', 0x1c13_3e00],
      ['rtc@170000', 0x1c17_0000],
    ] as const)
      expect([name, addressOf(root, `${IOFPGA}/${name}`)]).toEqual([name, base]);
    expect(root.children.filter(({ name }) => /^(pl0|timer@|virtio)/.test(name))).toEqual([]);
  });

  test("has their interrupts and clocks, and the controller's functions", () => {
    has(root, `${IOFPGA}/serial@90000`, 'interrupts', [0, 5, 4]);
    has(root, `${IOFPGA}/serial@c0000`, 'interrupts', [0, 8, 4]);
    has(root, `${IOFPGA}/rtc@170000`, 'interrupts', [0, 4, 4]);
    has(root, `${IOFPGA}/timer@110000`, 'interrupts', [0, 2, 4]);
    has(root, `${IOFPGA}/timer@120000`, 'clocks', [3, 3, 1]);
    has(root, `${IOFPGA}/virtio@130000`, 'interrupts', [0, 42, 4]);
    has(root, '/timclk', 'clock-frequency', 1_000_000);
    has(root, '/aliases', 'serial3', `${IOFPGA}/serial@c0000`);
    has(root, '/chosen', 'stdout-path', 'serial0:115200n8');
    has(root, `${IOFPGA}/sysreg@10000`, 'phandle', 5);
    has(root, '/mcc', 'arm,vexpress,config-bridge', 5);
    has(root, '/mcc/shutdown', 'arm,vexpress-sysreg,func', [8, 0]);
    has(root, '/mcc/reboot', 'arm,vexpress-sysreg,func', [9, 0]);
  });

  test('has the generic timer behind SYS_24MHZ: of two clocks as fast as each other Linux takes the later one', () => {
    const order = root.children.map(({ name }) => name);
    expect(order.indexOf('timer')).toBeGreaterThan(order.indexOf('bus@8000000'));
  });
});

test('fvp-base shows its processors, memory and interrupt controller', () => {
  const { root } = boardTree(fvpBase, { ...config, ramBytes: 0x2000_0000, affinities: [0, 1, 2] });
  has(root, '/', 'compatible', ['arm,vfp-base', 'arm,vexpress']);
  has(root, '/memory@80000000', 'reg', [0, 0x8000_0000, 0, 0x2000_0000]);
  has(root, '/intc@2f000000', 'reg', [0, 0x2f00_0000, 0, 0x1_0000, 0, 0x2f10_0000, 0, 0x6_0000]);
  has(root, '/cpus/cpu@2', 'compatible', 'arm,armv8');
});

test('a bvmconsole is no serial port', () => {
  const { root } = boardTree(fvpA15Bvm, { ...config, arch: 'armv7', cpu: 'cortex-a15', gicVersion: 2 });
  expect(findNode(root, `${IOFPGA}/serial@90000`)).toBeUndefined();
  has(root, '/aliases', 'serial0', `${IOFPGA}/serial@a0000`);
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
