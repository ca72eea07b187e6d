import type { Board, DevicePlace } from '../boards/board.ts';
import { type Chosen, chosenProperties } from './chosen.ts';
import { type DeviceTree, type FdtNode, node, reg64 } from './tree.ts';

export interface BoardTreeConfig {
  readonly ramBytes: number;
  /** MPIDR affinity of each vCPU. */
  readonly affinities: readonly number[];
  readonly gicVersion: 2 | 3;
  readonly chosen: Chosen;
}

const PHANDLE = { clock: 1, gic: 2 } as const;
/** First cell of a GIC interrupt specifier (Linux bindings, interrupt-controller/arm,gic-v3.yaml). */
const GIC_SPI = 0;
const GIC_PPI = 1;
const LEVEL_HIGH = 4;
const FIRST_SPI = 32;
const FIRST_PPI = 16;
const SERIAL_SPEED = '115200n8';

const at = (name: string, base: number): string => `${name}@${base.toString(16)}`;
const spi = (intid: number): number[] => [GIC_SPI, intid - FIRST_SPI, LEVEL_HIGH];

function gicNode(board: Board, config: BoardTreeConfig): FdtNode {
  const { distributor, redistributor, cpuInterface } = board.gic;
  const common = {
    '#interrupt-cells': 3,
    'interrupt-controller': true,
    '#address-cells': 2,
    '#size-cells': 2,
    ranges: true,
  } as const;
  const dist = reg64(distributor.base, distributor.size);
  const regions =
    config.gicVersion === 2 && cpuInterface
      ? { compatible: 'arm,cortex-a15-gic', reg: [...dist, ...reg64(cpuInterface.base, cpuInterface.size)] }
      : {
          compatible: 'arm,gic-v3',
          '#redistributor-regions': 1,
          reg: [...dist, ...reg64(redistributor.base, redistributor.size * config.affinities.length)],
        };
  return node(at('intc', distributor.base), { phandle: PHANDLE.gic, ...regions, ...common });
}

function timerNode(board: Board, config: BoardTreeConfig): FdtNode {
  const { securePhysical, physical, virtual, hypervisor } = board.timerIntids;
  // GICv2's specifier names the CPUs that have the PPI in bits 15:8; GICv3's does not.
  const cpus = config.gicVersion === 2 ? ((1 << config.affinities.length) - 1) << 8 : 0;
  const ppi = (intid: number): number[] => [GIC_PPI, intid - FIRST_PPI, LEVEL_HIGH | cpus];
  return node('timer', {
    compatible: ['arm,armv8-timer', 'arm,armv7-timer'],
    'always-on': true,
    interrupts: [securePhysical, physical, virtual, hypervisor].flatMap(ppi),
  });
}

const primecell = (name: string, part: string, place: DevicePlace, clocks: readonly string[]): FdtNode =>
  node(at(name, place.base), {
    compatible: [part, 'arm,primecell'],
    reg: reg64(place.base, place.size),
    interrupts: spi(place.intid),
    clocks: clocks.map(() => PHANDLE.clock),
    'clock-names': clocks,
  });

/** The device tree of a board: what is there and nothing else. */
export function boardTree(board: Board, config: BoardTreeConfig): DeviceTree {
  const uart = primecell('pl011', 'arm,pl011', board.pl011, ['uartclk', 'apb_pclk']);
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
      node(at('memory', board.ramBase), { device_type: 'memory', reg: reg64(board.ramBase, config.ramBytes) }),
      node(
        'cpus',
        { '#address-cells': 1, '#size-cells': 0 },
        config.affinities.map((affinity) =>
          node(at('cpu', affinity), {
            device_type: 'cpu',
            compatible: board.cpuCompatible,
            'enable-method': 'psci',
            reg: affinity,
          }),
        ),
      ),
      timerNode(board, config),
      gicNode(board, config),
      node('apb-pclk', {
        phandle: PHANDLE.clock,
        compatible: 'fixed-clock',
        '#clock-cells': 0,
        'clock-frequency': board.apbHz,
        'clock-output-names': 'clk24mhz',
      }),
      uart,
      primecell('pl031', 'arm,pl031', board.pl031, ['apb_pclk']),
      node('aliases', { serial0: `/${uart.name}` }),
      node('chosen', { 'stdout-path': `serial0:${SERIAL_SPEED}`, ...chosenProperties(config.chosen) }),
    ],
  );
  return { reservations: [], bootCpu: config.affinities[0] ?? 0, root };
}
