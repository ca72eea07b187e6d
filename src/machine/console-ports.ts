import { list, octets, record } from '../base/fields.ts';
import type { PlainMap } from '../base/plain.ts';
import type { Stateful } from '../base/stateful.ts';
import { consoleOut, type EventSink, VIRTIO_CONSOLE } from '../trace/events/index.ts';
import type { Console } from './console.ts';
import { ConsoleLine, LINE_BYTES_MAX, type UnfinishedLine } from './console-line.ts';
import type { Door } from './door.ts';
import { type PortsConfig, portChannel } from './ports-config.ts';

/** What the guest sends by the ports of a virtio console (virtio 1.2, 5.3): to whoever listens as it comes, on the tape line by line. */
export class ConsolePorts implements Stateful {
  readonly name = 'console-ports';
  readonly version = 1;
  readonly #events: EventSink;
  readonly #console: Console;
  readonly #door: () => Door;
  /** Of the ports behind the console. */
  readonly #channels: readonly string[];
  readonly #state: { lines: ConsoleLine[] };

  /**
   * @param console the UART's, whose listener is the virtio console's too
   * @param door whose listener is that of all other ports
   */
  constructor({ ports }: PortsConfig, events: EventSink, console: Console, door: () => Door) {
    this.#events = events;
    this.#console = console;
    this.#door = door;
    this.#channels = ports.map(portChannel);
    this.#state = { lines: [new ConsoleLine(), ...ports.map(() => new ConsoleLine())] };
  }

  /** Bytes that the guest sent. */
  send(port: number, bytes: Uint8Array): void {
    const channel = this.#channels[port - 1];
    if (channel === undefined) this.#console.alsoSaid(bytes, VIRTIO_CONSOLE);
    else this.#door().onSent(channel, bytes);
    const line = this.#state.lines[port];
    for (const byte of bytes) this.#tell(port, line?.add(byte));
  }
  /** Puts unfinished lines on the tape. */
  flush(): void {
    for (const [port, line] of this.#state.lines.entries()) this.#tell(port, line.take());
  }
  #tell(port: number, bytes: Uint8Array | undefined): void {
    if (bytes !== undefined)
      this.#events.emit(consoleOut, { at: this.#console.now(), vcpu: 0, device: VIRTIO_CONSOLE + port, bytes });
  }

  /** What has been sent of lines that are not on the tape yet. */
  get lines(): readonly UnfinishedLine[] {
    return this.#state.lines.map(({ bytes }, port) => ({ console: VIRTIO_CONSOLE + port, bytes }));
  }

  save(): PlainMap {
    return { lines: this.#state.lines.map(({ bytes }) => bytes) };
  }
  restore(saved: PlainMap): void {
    const { lines } = this.#state;
    const fields = record<{ lines: Uint8Array[] }>({ lines: list(octets({ max: LINE_BYTES_MAX - 1 }), lines.length) });
    for (const [port, bytes] of fields.read(saved, '').lines.entries()) (lines[port] as ConsoleLine).bytes = bytes;
  }
}
