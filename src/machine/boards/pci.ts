import type { IrqLine } from '../../devices/bus/ports.ts';
import type { FunctionBehind } from '../../devices/pci/function.ts';
import { hostBridge } from '../../devices/pci/host-bridge.ts';
import { PciBus } from '../../devices/pci/pci-bus.ts';
import { VirtioDevice } from '../../devices/virtio/device.ts';
import { PciTransport } from '../../devices/virtio/pci-transport.ts';
import { GICD_SETSPI_NSR } from '../../hyp/arm-common/vgic/distributor.ts';
import { PRIVATE_INTIDS } from '../../hyp/arm-common/vgic/model.ts';
import { type Board, intidsOf } from './board.ts';
import type { VirtioWay, WayPorts } from './virtio-way.ts';

/**
 * The SPI that a message makes pending (IHI 0069, GICD_SETSPI_NSR); undefined where it is written elsewhere, or to no SPI, and goes nowhere.
 */
export function messageIntid(board: Pick<Board, 'gic' | 'intids'>, address: bigint, data: number): number | undefined {
  if (address !== BigInt(board.gic.distributor.base + GICD_SETSPI_NSR)) return undefined;
  return data >= PRIVATE_INTIDS && data < intidsOf(board) ? data : undefined;
}

/** Functions of a PCI bus: the host bridge at device 0, then one device each. */
export function pciWay(
  board: Board,
  { ecam, memory, io, intids }: NonNullable<Board['pci']>,
  { irq, message }: WayPorts,
): VirtioWay {
  const behind: FunctionBehind[] = [hostBridge];
  const transports: PciTransport[] = [];
  // BARs are decoded in the window of I/O too, as bhyve does it.
  const window = { base: memory.base, size: memory.size + io.size };
  return {
    add: (of, ports) => {
      const slot = behind.length;
      const device: VirtioDevice = new VirtioDevice(of, {
        ...ports,
        takesEarly: true,
        irq: { set: () => transport.levelChanged() },
        interrupted: (by) => transport.signal(by),
      });
      const transport: PciTransport = new PciTransport(device);
      behind.push(transport);
      transports.push(transport);
      const intidOf = (queue: number): number | undefined => {
        const sent = transport.messageOf(queue);
        return sent ? messageIntid(board, sent.address, sent.data) : intids[slot % intids.length];
      };
      return { device, intidOf };
    },
    finish: () => {
      const [a, b, c, d] = intids.map(irq) as [IrqLine, IrqLine, IrqLine, IrqLine];
      const bus = new PciBus(behind, {
        memory: window,
        irq: [a, b, c, d],
        message: (address, data) => {
          const intid = messageIntid(board, address, data);
          if (intid !== undefined) message(intid);
        },
      });
      const placed = bus.devices(ecam);
      return {
        placed: placed.map(({ base, device }) => ({ base, size: device.size, device })),
        parts: [...transports, ...bus.functions],
      };
    },
  };
}
