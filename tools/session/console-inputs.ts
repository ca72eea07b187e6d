import { type WindowSize, windowSizeBytes } from '../../src/devices/virtio/console-control.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { consoleNames, portChannel, SIZE_CHANNEL } from '../../src/machine/ports-config.ts';

/** Gives the guest's consoles what is typed, between two runs. */
export class ConsoleInputs {
  readonly #machine: Machine;
  readonly #names: readonly string[];
  /** Which console that is, where nothing says it. */
  readonly #typedTo: number;

  /** @param typedTo its number on the tape */
  constructor(machine: Machine, typedTo: number) {
    this.#machine = machine;
    this.#names = consoleNames(machine.config);
    this.#typedTo = typedTo;
  }

  /** So many bytes a console takes now. */
  room(console = this.#typedTo): number {
    return console === 0 ? this.#machine.inputRoom : this.#machine.door.room(this.#channel(console));
  }
  /** Input, no more than there is room for. */
  give(bytes: Uint8Array, console = this.#typedTo): void {
    if (console === 0) this.#machine.input(bytes);
    else this.#machine.door.offer(this.#channel(console), bytes);
  }
  /** The virtio console has another size. */
  resize(size: WindowSize): void {
    this.#machine.door.offer(SIZE_CHANNEL, windowSizeBytes(size));
  }
  #channel(console: number): string {
    return portChannel(this.#names[console] ?? '');
  }
}
