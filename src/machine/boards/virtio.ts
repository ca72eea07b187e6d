import type { Stateful } from '../../base/stateful.ts';
import type { Clock, DeadlineSource, DmaPort } from '../../devices/bus/ports.ts';
import { Block } from '../../devices/virtio/block.ts';
import { MESSAGE_QUEUE, type PortSink, receiveQueue, VirtioConsole } from '../../devices/virtio/console.ts';
import { WINDOW_SIZE_BYTES, windowSizeOf } from '../../devices/virtio/console-control.ts';
import type { VirtioDevice } from '../../devices/virtio/device.ts';
import { Entropy } from '../../devices/virtio/entropy.ts';
import type { VirtioFunction } from '../../devices/virtio/function.ts';
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN, Net, RECEIVE } from '../../devices/virtio/net.ts';
import type { VirtioObserver } from '../../devices/virtio/ports.ts';
import type { Transport } from '../../devices/virtio/registers.ts';
import type { GuestMemory } from '../../hyp/vmm/memory.ts';
import { type EventSink, VirtioRequest, virtioComplete, virtioKick, virtioRequest } from '../../trace/events/index.ts';
import type { Disk } from '../disks/disk.ts';
import type { DiskConfig } from '../disks/disk-config.ts';
import type { Door } from '../door.ts';
import { macBytes, type NetConfig } from '../net-config.ts';
import { CONSOLE_PORT, type PortsConfig, portChannel, SIZE_CHANNEL } from '../ports-config.ts';
import type { Board } from './board.ts';
import { pciWay } from './pci.ts';
import { mmioWay, type Reached, type WayPorts } from './virtio-way.ts';

/** What of a machine decides which virtio devices it has, and by which transport (virtio 1.2, 4.2). */
export interface VirtioConfig {
  readonly entropySeed: bigint;
  /** In the order of their slots. */
  readonly disks?: readonly DiskConfig[];
  /** A network device. */
  readonly net?: NetConfig;
  /** An entropy device. */
  readonly rng?: true;
  /** A console device with its ports. */
  readonly console?: PortsConfig;
  /** The transport; the board's where it is left out. */
  readonly virtio?: 'modern' | 'legacy';
}

/** What virtio devices are joined to. */
export interface VirtioPorts extends WayPorts {
  readonly clock: Clock;
  readonly dma: DmaPort;
  /** Of the device in a slot. */
  readonly observer: (slot: number) => VirtioObserver;
  /** Where devices have their other ends. */
  readonly door: Pick<Door, 'add' | 'send'>;
  /** Takes what the guest sends by ports of its console. */
  readonly ports: PortSink;
}

/** The virtio devices of a board, and its slots that are empty. */
export interface VirtioSlots extends Reached {
  readonly deadlines: readonly DeadlineSource[];
  /** The INTIDs of those into whose queues something from outside could get now. */
  readonly receiving: () => readonly number[];
}

/** The one network device's channel. */
export const NET_CHANNEL = 'net-0';

/** The devices behind the transports, in the order of their slots: disks, then network, entropy and console. */
function functionsOf(
  config: VirtioConfig,
  disks: readonly Disk[],
  transport: Transport,
  { door, ports }: Pick<VirtioPorts, 'door' | 'ports'>,
): (VirtioFunction & Partial<Stateful>)[] {
  const blocks = (config.disks ?? []).map((disk, n) => new Block(disks[n] as Disk, disk.serial, disk));
  const { net, console } = config;
  return [
    ...blocks,
    ...(net ? [new Net(macBytes(net.mac), transport, (frame) => door.send(NET_CHANNEL, frame))] : []),
    ...(config.rng ? [new Entropy(config.entropySeed)] : []),
    ...(console ? [new VirtioConsole(console.ports, ports)] : []),
  ];
}

/** Joins a network device to what comes from outside. */
const netChannel = (net: Net, device: VirtioDevice): Parameters<Door['add']>[0] => ({
  name: NET_CHANNEL,
  takes: ({ length }) => net.hasRoom && length >= FRAME_BYTES_MIN && length <= FRAME_BYTES_MAX,
  receive: (frame) => {
    net.receive(frame);
    device.arrived(RECEIVE);
  },
});

/** Joins a console device to what comes from outside: input of each port, and its size. */
function consoleChannels(
  { ports }: PortsConfig,
  device: VirtioDevice,
  console: VirtioConsole,
): Parameters<Door['add']>[0][] {
  const room = (port: number) => () => console.room(port);
  return [
    ...[CONSOLE_PORT, ...ports].map((name, port) => ({
      name: portChannel(name),
      room: room(port),
      takes: ({ length }: Uint8Array) => length >= 1 && length <= console.room(port),
      receive: (bytes: Uint8Array) => {
        console.receive(port, bytes);
        device.arrived(receiveQueue(port));
      },
    })),
    {
      name: SIZE_CHANNEL,
      takes: ({ length }) => length === WINDOW_SIZE_BYTES,
      receive: (bytes) => {
        console.resize(windowSizeOf(bytes));
        device.configChanged();
        device.arrived(MESSAGE_QUEUE);
      },
    },
  ];
}

/** Makes the virtio devices of a board. */
export function virtioDevices(
  board: Board,
  config: VirtioConfig,
  disks: readonly Disk[],
  { clock, irq, dma, observer, door, ports: sink, message }: VirtioPorts,
): VirtioSlots {
  const { virtio } = config;
  const transport = virtio === undefined ? (board.virtioMmio?.transport ?? 2) : virtio === 'legacy' ? 1 : 2;
  const functions = functionsOf(config, disks, transport, { door, ports: sink });
  const way = board.pci ? pciWay(board, board.pci, { irq, message }) : mmioWay(board, transport, irq);
  const counts = new Map<string, number>();
  const devices: VirtioDevice[] = [];
  const receivers: (() => number | undefined)[] = [];
  for (const [slot, behind] of functions.entries()) {
    const number = counts.get(behind.name) ?? 0;
    counts.set(behind.name, number + 1);
    const name = `${behind.name}-${number}`;
    const { device, intidOf } = way.add(behind, { name, transport, dma, clock, observer: observer(slot) });
    devices.push(device);
    const channels =
      behind instanceof Net
        ? [netChannel(behind, device)]
        : behind instanceof VirtioConsole && config.console
          ? consoleChannels(config.console, device, behind)
          : [];
    for (const channel of channels) door.add(channel);
    if (channels.length > 0) receivers.push(() => (device.isReceiving(RECEIVE) ? intidOf(RECEIVE) : undefined));
  }
  const stateful = functions.filter(
    (one) => one instanceof Net || one instanceof Entropy || one instanceof VirtioConsole,
  );
  const { placed, parts } = way.finish();
  return {
    placed,
    deadlines: devices,
    parts: [...devices, ...parts, ...stateful, ...disks],
    receiving: () => receivers.map((intid) => intid()).filter((intid) => intid !== undefined),
  };
}

/** The guest's memory as devices reach it. */
export const dmaOf = (memory: GuestMemory): DmaPort => ({
  read: (at, bytes) => memory.view(Number(at), bytes),
  write: (at, bytes) => memory.write(Number(at), bytes, 'dma'),
});

/** Tells a machine's events of what the device in a slot does. */
export const virtioObserver =
  (events: EventSink, icount: () => number) =>
  (device: number): VirtioObserver => ({
    kick: (queue, vcpu) => events.emit(virtioKick, { at: icount(), vcpu, device, queue }),
    request: (queue, head, { kind, sector, bytes }, vcpu) =>
      events.emit(virtioRequest, {
        at: icount(),
        vcpu,
        device,
        queue,
        head,
        request: VirtioRequest[kind],
        sector,
        bytes: BigInt(bytes),
      }),
    complete: (queue, head, status, written, latencyNs) =>
      // A count is a nanosecond of virtual time.
      events.emit(virtioComplete, {
        at: icount(),
        vcpu: 0,
        device,
        queue,
        head,
        status,
        written,
        latency: Number(latencyNs),
      }),
  });
