// fdt/: device trees: as blobs, of a board, with what the loader adds. Devicetree Specification v0.4.

import { must } from '../../base/assert.ts';
import { POWER_KEY_LINE } from '../../devices/pl061/pl061.ts';
import type { CpuModel, GuestArch } from '../arch.ts';
import { type Board, type DevicePlace, ramOf, virtioSlots } from '../boards/board.ts';
import { type Chosen, chosenProperties } from './chosen.ts';
import { atMotherboard, atRoot, motherboardNodes, type Surroundings } from './motherboard.ts';
import { pciNodes } from './pci.ts';
import { type DeviceTree, type FdtNode, node, type PropertyValue, reg64 } from './tree.ts';

/** What of a machine its tree tells beside its board. */
export interface BoardTreeConfig {
  readonly arch: GuestArch;
  readonly cpu: CpuModel;
  readonly ramBytes: number;
  /** MPIDR affinity of each vCPU. */
  readonly affinities: readonly number[];
  readonly gicVersion: 2 | 3;
  readonly chosen: Chosen;
  /** Version of the CPUs' performance monitors. */
  readonly pmu?: 2 | 3;
}

const PHANDLE = { clock: 1, gic: 2, timclk: 3, gpio: 4, sysreg: 5 } as const;
/** First cell of a GIC interrupt specifier (Linux bindings, interrupt-controller/arm,gic-v3.yaml). */
const GIC_SPI = 0;
const GIC_PPI = 1;
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;
const FIRST_SPI = 32;
const FIRST_PPI = 16;
const SERIAL_SPEED = '115200n8';
/** Linux bindings, timer/arm,arch_timer.yaml. */
const TIMER_COMPATIBLE: { readonly [A in GuestArch]: PropertyValue } = {
  arm64: ['arm,armv8-timer', 'arm,armv7-timer'],
  armv7: 'arm,armv7-timer',
};

const at = (name: string, base: number): string => `${name}@${base.toString(16)}`;
const spi = (intid: number): number[] => [GIC_SPI, intid - FIRST_SPI, LEVEL_HIGH];

function gicNode(board: Board, config: BoardTreeConfig): FdtNode {
  const { distributor } = board.gic;
  const common = {
    '#interrupt-cells': 3,
    'interrupt-controller': true,
    '#address-cells': 2,
    '#size-cells': 2,
    ranges: true,
  } as const;
  const dist = reg64(distributor.base, distributor.size);
  // Messages to SPIs by the distributor's register.
  const messages: { readonly [name: string]: PropertyValue } = board.pci
    ? { 'msi-controller': true, 'mbi-ranges': [board.pci.messages.first, board.pci.messages.count] }
    : {};
  const second = must(config.gicVersion === 2 ? board.gic.cpuInterface : board.gic.redistributor, "the GIC's regions");
  const regions =
    config.gicVersion === 2
      ? { compatible: 'arm,cortex-a15-gic', reg: [...dist, ...reg64(second.base, second.size)] }
      : {
          compatible: 'arm,gic-v3',
          '#redistributor-regions': 1,
          reg: [...dist, ...reg64(second.base, second.size * config.affinities.length)],
        };
  return node(at('intc', distributor.base), { phandle: PHANDLE.gic, ...regions, ...common, ...messages });
}

function ppi({ gicVersion, affinities }: BoardTreeConfig, intid: number): number[] {
  // GICv2's specifier names the CPUs that have the PPI in bits 15:8; GICv3's does not.
  const cpus = gicVersion === 2 ? ((1 << affinities.length) - 1) << 8 : 0;
  return [GIC_PPI, intid - FIRST_PPI, LEVEL_HIGH | cpus];
}

function timerNode(board: Board, config: BoardTreeConfig): FdtNode {
  const { securePhysical, physical, virtual, hypervisor } = board.timerIntids;
  return node('timer', {
    compatible: TIMER_COMPATIBLE[config.arch],
    'always-on': true,
    interrupts: [securePhysical, physical, virtual, hypervisor].flatMap((intid) => ppi(config, intid)),
  });
}

/** Linux bindings: arm/pmu.yaml. */
const PMU_COMPATIBLE = { 2: 'arm,cortex-a15-pmu', 3: 'arm,armv8-pmuv3' } as const;
function pmuNodes({ pmuIntid }: Board, config: BoardTreeConfig): FdtNode[] {
  if (pmuIntid === undefined || config.pmu === undefined) return [];
  return [node('pmu', { compatible: PMU_COMPATIBLE[config.pmu], interrupts: ppi(config, pmuIntid) })];
}

/** Linux bindings: arm/primecell.yaml. */
type Clocks = { readonly [name: string]: (typeof PHANDLE)[keyof typeof PHANDLE] };

const primecell = (name: string, part: string, place: DevicePlace, clocks: Clocks, there = atRoot): FdtNode =>
  node(at(name, place.base - there.base), {
    compatible: [part, 'arm,primecell'],
    reg: there.reg(place.base, place.size),
    interrupts: spi(place.intid),
    clocks: Object.values(clocks),
    'clock-names': Object.keys(clocks),
  });

/** Linux bindings: clock/fixed-clock.yaml. */
const clockNode = (name: string, phandle: number, hz: number, output: string): FdtNode =>
  node(name, {
    phandle,
    compatible: 'fixed-clock',
    '#clock-cells': 0,
    'clock-frequency': hz,
    'clock-output-names': output,
  });

/** Linux bindings: serial/pl011.yaml. A bvmconsole has no node: FreeBSD's driver is told its place by other means. */
function serialNodes({ console, pl011, otherPl011s = [] }: Board, there: Surroundings): FdtNode[] {
  const places = console === 'pl011' ? [pl011, ...otherPl011s] : otherPl011s;
  const clocks = { uartclk: PHANDLE.clock, apb_pclk: PHANDLE.clock };
  return places.map((place) => primecell(there.names.serial, 'arm,pl011', place, clocks, there));
}

/** Linux bindings: timer/arm,sp804.yaml. */
function sp804Nodes({ sp804 }: Board, there: Surroundings): FdtNode[] {
  const { timclk, clock } = PHANDLE;
  const clocks = { timclken1: timclk, timclken2: timclk, apb_pclk: clock };
  return (sp804?.places ?? []).map((place) => primecell('timer', 'arm,sp804', place, clocks, there));
}

/**
 * Linux bindings: virtio/mmio.yaml. All slots are there, lowest first, with a device in them or not; the interrupt is as the well-known
 * `virt` machine has it (a driver that acknowledges what it has seen misses no edge), or as the motherboard has all of its.
 */
const virtioNodes = (board: Board, there: Surroundings): FdtNode[] =>
  virtioSlots(board).map(({ base, size, intid }) =>
    node(at(there.names.virtio, base - there.base), {
      'dma-coherent': true,
      interrupts: board.vexpress ? spi(intid) : [GIC_SPI, intid - FIRST_SPI, EDGE_RISING],
      reg: there.reg(base, size),
      compatible: 'virtio,mmio',
    }),
  );

/** Linux bindings: mtd/mtd-physmap.yaml. One node has all banks; an access is to two chips of 16 bits. */
function flashNodes({ flash }: Board): FdtNode[] {
  if (!flash) return [];
  const { banks, geometry } = flash;
  const bytes = geometry.blockBytes * geometry.blocks;
  return [
    node(at('flash', banks[0] ?? 0), {
      'bank-width': 4,
      reg: banks.flatMap((base) => reg64(base, bytes)),
      compatible: 'cfi-flash',
    }),
  ];
}

/** Linux bindings: firmware/qemu,fw-cfg-mmio.yaml. */
const fwCfgNodes = ({ fwCfg }: Board): FdtNode[] =>
  fwCfg
    ? [
        node(at('fw-cfg', fwCfg.base), {
          'dma-coherent': true,
          reg: reg64(fwCfg.base, fwCfg.size),
          compatible: 'qemu,fw-cfg-mmio',
        }),
      ]
    : [];

/** Linux bindings: gpio/pl061-gpio.yaml, input/gpio-keys.yaml; KEY_POWER of include/uapi/linux/input-event-codes.h. */
const KEY_POWER = 116;
const ACTIVE_HIGH = 0;
function gpioNodes({ pl061 }: Board): FdtNode[] {
  if (!pl061) return [];
  const gpio = primecell('pl061', 'arm,pl061', pl061, { apb_pclk: PHANDLE.clock });
  const controller = new Map([
    ...gpio.properties,
    ...node('', { phandle: PHANDLE.gpio, 'gpio-controller': true, '#gpio-cells': 2 }).properties,
  ]);
  const key = {
    gpios: [PHANDLE.gpio, POWER_KEY_LINE, ACTIVE_HIGH],
    'linux,code': KEY_POWER,
    label: 'GPIO Key Poweroff',
  };
  return [{ ...gpio, properties: controller }, node('gpio-keys', { compatible: 'gpio-keys' }, [node('poweroff', key)])];
}

/** /aliases and /chosen's stdout-path, which name the serial ports (Devicetree Specification v0.4, 3.3 and 3.6). */
function consoleNodes(board: Board, serials: readonly FdtNode[], { path }: Surroundings, chosen: Chosen): FdtNode[] {
  const aliases = Object.fromEntries(serials.map((serial, n) => [`serial${n}`, `${path}${serial.name}`]));
  const output = board.console === 'pl011' ? { 'stdout-path': `serial0:${SERIAL_SPEED}` } : {};
  return [node('aliases', aliases), node('chosen', { ...output, ...chosenProperties(chosen) })];
}

/**
 * The device tree of a board: what is there and nothing else. Root, /aliases, /memory, /chosen and /cpus: Devicetree Specification
 * v0.4, 3.2 to 3.8; /psci: Linux bindings, arm/psci.yaml.
 */
export function boardTree(board: Board, config: BoardTreeConfig): DeviceTree {
  const there = board.vexpress ? atMotherboard : atRoot;
  const { clock, timclk, sysreg } = PHANDLE;
  const serials = serialNodes(board, there);
  const rtc = primecell(there.names.rtc, 'arm,pl031', board.pl031, { apb_pclk: clock }, there);
  const timers = sp804Nodes(board, there);
  const slots = virtioNodes(board, there);
  const timerClock = board.sp804 ? [clockNode('timclk', timclk, board.sp804.timclkHz, 'timclk')] : [];
  const cpuCompatible = must(board.cpuCompatible[config.cpu], `${config.cpu} of ${board.name}`);
  const ram = ramOf(board, config.ramBytes);
  const root = node(
    '',
    {
      'interrupt-parent': PHANDLE.gic,
      model: board.model,
      compatible: board.compatible,
      '#address-cells': 2,
      '#size-cells': 2,
    },
    [
      node('psci', { compatible: ['arm,psci-1.0', 'arm,psci-0.2'], method: 'hvc' }),
      node(at('memory', ram.base), { device_type: 'memory', reg: reg64(ram.base, ram.size) }),
      node(
        'cpus',
        { '#address-cells': 1, '#size-cells': 0 },
        config.affinities.map((affinity) =>
          node(at('cpu', affinity), {
            device_type: 'cpu',
            compatible: cpuCompatible,
            'enable-method': 'psci',
            reg: affinity,
          }),
        ),
      ),
      // Before the generic timer: of two clocks as fast as each other Linux takes the later one, and SYS_24MHZ would be an exit each time.
      ...motherboardNodes(board, [...serials, ...timers, ...slots, rtc], sysreg),
      timerNode(board, config),
      ...pmuNodes(board, config),
      gicNode(board, config),
      clockNode('apb-pclk', clock, board.apbHz, 'clk24mhz'),
      ...(board.vexpress ? timerClock : [...serials, rtc, ...timerClock, ...timers, ...slots]),
      ...pciNodes(board, PHANDLE.gic, spi),
      ...flashNodes(board),
      ...fwCfgNodes(board),
      ...gpioNodes(board),
      ...consoleNodes(board, serials, there, config.chosen),
    ],
  );
  return { reservations: [], bootCpu: config.affinities[0] ?? 0, root };
}
