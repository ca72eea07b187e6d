import { PORT_NAME_MAX, PORTS_MAX } from '../devices/virtio/console.ts';

/** A virtio console device (virtio 1.2, 5.3), as a tape's header has it. */
export type PortsConfig = {
  /** Names of the ports behind its console. */
  readonly ports: readonly string[];
};

/** What the console of such a device is called, as Linux does. */
export const CONSOLE_PORT = 'hvc0';
/** And the board's own. */
export const UART = 'uart';
/** Named ports of one machine at most. */
export const NAMED_PORTS_MAX = PORTS_MAX - 1;

/** By what input comes to a port. */
export const portChannel = (name: string): string => `console-0:${name}`;
/** By what the console's size comes. */
export const SIZE_CHANNEL = 'console-0.size';

/** What the guest's consoles and ports are called, by their numbers on the tape. */
export const consoleNames = ({ console }: { readonly console?: PortsConfig }): readonly string[] => [
  UART,
  ...(console === undefined ? [] : [CONSOLE_PORT, ...console.ports]),
];

const isName = (text: string): boolean =>
  text.length <= PORT_NAME_MAX && /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/.test(text) && text !== CONSOLE_PORT && text !== UART;

/** What is wrong with names of ports, in a line of advice; undefined where they can be. */
export function portsProblem({ ports }: PortsConfig): string | undefined {
  if (ports.length > NAMED_PORTS_MAX) return `at most ${NAMED_PORTS_MAX} named ports`;
  const wrong = ports.find((name) => !isName(name));
  if (wrong !== undefined)
    return `${JSON.stringify(wrong)} is no name of a port: up to ${PORT_NAME_MAX} letters, digits and ._:-, as org.test.0`;
  const twice = ports.find((name, i) => ports.indexOf(name) < i);
  return twice === undefined ? undefined : `${twice} is given twice; ports have names of their own`;
}

/** Of a tape's header; undefined where it is none. */
export function decodePorts(value: unknown): PortsConfig | undefined {
  if (typeof value !== 'object' || value === null || !('ports' in value) || !Array.isArray(value.ports))
    return undefined;
  const ports: unknown[] = value.ports;
  return ports.every((name) => typeof name === 'string') ? { ports } : undefined;
}
