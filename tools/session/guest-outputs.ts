import { Failure } from '../../src/base/failure.ts';
import { CONSOLE_PORT, consoleNames, type PortsConfig, portChannel } from '../../src/machine/ports-config.ts';
import { VIRTIO_CONSOLE } from '../../src/trace/events/index.ts';
import type { Outputs } from './outputs.ts';
import { ConsoleOutput, consoleFile } from './terminal.ts';

/** A port, and what is at its other end. */
export interface WantedPort {
  readonly name: string;
  /** `stdio`, `none` or `file:F`. */
  readonly target: string;
}

const OPTION = '--virtio-console';

/** What `--virtio-console` says: the console, `hvc0`, where no name is given; undefined where there is no such device. @throws Failure */
export function parsePorts(texts: readonly string[] | undefined): readonly WantedPort[] | undefined {
  if (texts === undefined) return undefined;
  const ports = (texts.length === 0 ? [CONSOLE_PORT] : texts).map((text): WantedPort => {
    const [, name = '', , target] = /^([^=]*)(=(.*))?$/s.exec(text) ?? [];
    if (target !== undefined && target !== 'stdio' && target !== 'none' && !consoleFile(target))
      throw new Failure(`${OPTION} ${text}: behind NAME= comes stdio, none or file:F`);
    return { name, target: target ?? (name === CONSOLE_PORT ? 'stdio' : 'none') };
  });
  const twice = ports.find(({ name }, i) => ports.findIndex((port) => port.name === name) < i);
  if (twice !== undefined) throw new Failure(`${OPTION}: ${twice.name} is given twice`);
  const typed = ports.filter(({ target }) => target === 'stdio').map(({ name }) => name);
  if (typed.length > 1) throw new Failure(`${OPTION}: ${typed.join(' and ')} cannot both have stdio`);
  return ports;
}

/** The device that they are of. */
export const portsConfigOf = (ports: readonly WantedPort[] | undefined): PortsConfig | undefined =>
  ports && { ports: ports.map(({ name }) => name).filter((name) => name !== CONSOLE_PORT) };

/** What it says where a tape is run again: which of its consoles and ports go where. @throws Failure where the tape's guest has no such one */
export function portsOfTape(
  texts: readonly string[] | undefined,
  machine: { readonly console?: PortsConfig },
): readonly WantedPort[] | undefined {
  const ports = parsePorts(texts);
  const [, ...names] = consoleNames(machine);
  const wrong = ports?.find(({ name }) => !names.includes(name));
  if (wrong === undefined) return ports;
  const there = names.length === 0 ? 'no virtio console' : names.join(', ');
  throw new Failure(`${OPTION} ${wrong.name}: the tape's guest has ${there}`);
}

/** The console that what is typed goes to, by its number on the tape: the UART, unless a port has stdio. */
export function typedConsole(
  ports: readonly WantedPort[] | undefined,
  machine: { readonly console?: PortsConfig },
): number {
  const port = ports?.find(({ target }) => target === 'stdio');
  return port === undefined ? 0 : consoleNames(machine).indexOf(port.name);
}

/** Takes note of the files that they will be written to. @throws Failure where one is written or read by somebody else */
export function checkPorts(ports: readonly WantedPort[] | undefined, outputs: Outputs): void {
  for (const { target } of ports ?? []) {
    const file = consoleFile(target);
    if (file !== undefined) outputs.writes(file, OPTION, { streams: true });
  }
}

/** Where the guest's consoles and ports go: a virtio console where the UART goes, and ports nowhere, unless it is said. */
export class GuestOutputs {
  readonly #main: ConsoleOutput;
  /** By numbers on the tape, of those that do not go where the UART goes. */
  readonly #own = new Map<number, ConsoleOutput>();
  readonly #numbers: ReadonlyMap<string, number>;

  /** @throws Failure where a file cannot be made; none is left then */
  constructor(
    { console, json, force }: { readonly console: string; readonly json: boolean; readonly force: boolean },
    machine: { readonly console?: PortsConfig },
    ports: readonly WantedPort[] = [],
  ) {
    this.#main = new ConsoleOutput(console, json, force);
    const names = consoleNames(machine);
    this.#numbers = new Map(names.map((name, number) => [portChannel(name), number]));
    try {
      for (const [number, name] of names.entries()) {
        const target =
          ports.find((port) => port.name === name)?.target ?? (number <= VIRTIO_CONSOLE ? 'stdio' : 'none');
        if (target !== 'stdio') this.#own.set(number, new ConsoleOutput(target, json, force));
      }
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Whether people see the console on their terminal. */
  get isTerminal(): boolean {
    return this.#main.isTerminal;
  }
  /** A byte of the UART, or of a virtio console. */
  write(byte: number, console: number): void {
    (this.#own.get(console) ?? this.#main).write(byte);
  }
  /** What the guest sends by a channel; the port's number, where it is one. */
  sent(channel: string, bytes: Uint8Array): number | undefined {
    const number = this.#numbers.get(channel);
    if (number !== undefined) for (const byte of bytes) this.write(byte, number);
    return number;
  }
  get #all(): readonly ConsoleOutput[] {
    return [this.#main, ...this.#own.values()];
  }
  /** Writes what has come. */
  flush(): void {
    for (const output of this.#all) output.flush();
  }
  /** Between two pieces of a run: writes what has come. @throws Failure where one takes no more */
  check(): void {
    for (const output of this.#all) output.check();
  }
  /** Why one of them takes no more. */
  get failure(): Failure | null {
    return this.#all.find(({ failure }) => failure !== null)?.failure ?? null;
  }
  /** What is said next on the same terminal begins a line of its own. */
  endLine(): void {
    this.#main.endLine();
  }
  /** @throws Failure where one is not whole where it goes */
  close(): void {
    for (const output of this.#all) output.close();
  }
  /** After a failure: what was written stays where it is. */
  keep(): void {
    for (const output of this.#all) output.keep();
  }
  /** Nothing was run: takes files away that were made. */
  discard(): void {
    for (const output of this.#all) output.discard();
  }
}
