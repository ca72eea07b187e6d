import { Failure } from '../../src/base/failure.ts';
import { type CommandKind, controlCommands } from './commands.ts';

/** What is asked of a VM at one moment: by the names of commands, their values; true where one has none. */
export interface ControlRequest {
  /** The vCPU that is looked at and changed; 0 where none is named, as of bhyvectl. */
  readonly cpu?: number;
  readonly commands: Readonly<Record<string, string | true | readonly string[]>>;
}

/** Values of one request, and characters of one. */
const VALUES_MAX = 256;
const VALUE_CHARACTERS_MAX = 4096;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= VALUE_CHARACTERS_MAX;

/** Reads what claims to be a request. @throws Failure that says what is wrong with it */
export function requestOf(value: unknown): ControlRequest {
  if (!isMap(value) || !isMap(value.commands)) throw new Failure('a request is {"cpu": N, "commands": {…}}');
  for (const key of Object.keys(value))
    if (key !== 'cpu' && key !== 'commands') throw new Failure(`a request has no ${JSON.stringify(key.slice(0, 40))}`);
  const { cpu, commands } = value;
  if (cpu !== undefined && !(Number.isSafeInteger(cpu) && (cpu as number) >= 0))
    throw new Failure('cpu is the number of a vCPU');
  const entries = Object.entries(commands);
  if (entries.length === 0) throw new Failure('nothing is asked; see "hypertape ctl --help"');
  if (entries.length > VALUES_MAX) throw new Failure(`at most ${VALUES_MAX} commands at once`);
  for (const [name, given] of entries) checkCommand(name, given);
  return { ...(cpu === undefined ? {} : { cpu: cpu as number }), commands: commands as ControlRequest['commands'] };
}

function checkCommand(name: string, given: unknown): void {
  const decl = Object.hasOwn(controlCommands, name) ? controlCommands[name] : undefined;
  if (decl === undefined) throw new Failure(`there is no command ${JSON.stringify(name.slice(0, 40))}`);
  const isFit =
    decl.value === undefined
      ? given === true
      : decl.isList === true
        ? Array.isArray(given) && given.length > 0 && given.length <= VALUES_MAX && given.every(isText)
        : isText(given) && given !== '';
  if (!isFit) throw new Failure(`${name}: its value is ${decl.value === undefined ? 'true' : (decl.value ?? '')}`);
}

/** The commands of a kind that a request has, in the order in which they are carried out. */
export const commandsOf = ({ commands }: ControlRequest, kind: CommandKind): string[] =>
  Object.keys(controlCommands).filter((name) => controlCommands[name]?.kind === kind && commands[name] !== undefined);

/** A whole number as strtoul reads it with base 0, but for octal: `0x40080000`, `12`. @throws Failure */
export function numberIn(name: string, text: string): bigint {
  if (!/^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(text) || BigInt(text) >> 64n !== 0n)
    throw new Failure(`${name} ${text.slice(0, 40)}: give a number from 0 to 2^64 - 1`);
  return BigInt(text);
}
