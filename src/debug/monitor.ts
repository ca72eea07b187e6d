import { Failure } from '../base/failure.ts';

/** What a command does that takes its time: the client waits for it, and may ask it to end. */
export interface Errand {
  /** Resolves when it is done, however it went. */
  readonly done: Promise<void>;
  interrupt(): void;
}

/** One of the commands behind GDB's `monitor`. */
export type MonitorCommand = {
  /** The name and its operands. */
  readonly usage: string;
  readonly help: string;
} & (
  | {
      /** `rest` is what follows the name. @throws Failure */
      readonly run: (rest: string, say: Say) => void;
    }
  | {
      /** Likewise of what takes its time. */
      readonly begin: (rest: string, say: Say) => Errand;
    }
);
/** Takes what is said: text with its newlines. */
export type Say = (text: string) => void;

/** What GDB keeps of registers and memory, it keeps: a monitor command that moves the machine says how to let go of it. */
export const FLUSH = '"maintenance flush register-cache", as a hook of "monitor" each time (define hookpost-monitor)';

/** The commands behind `monitor`, by their names. */
export class Monitor {
  readonly #commands: ReadonlyMap<string, MonitorCommand>;

  constructor(commands: readonly MonitorCommand[]) {
    this.#commands = new Map(commands.map((command) => [nameOf(command), command]));
  }

  /** Carries out a line. @throws Failure with one line of what is wrong with it */
  execute(line: string, say: Say): Errand | undefined {
    const [, name = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
    if (name === '' || name === 'help') {
      say(this.#help());
      return undefined;
    }
    const command = this.#commands.get(name);
    if (command === undefined) throw new Failure(`monitor ${name}: there is no such command; see "monitor help"`);
    if ('begin' in command) return command.begin(rest, say);
    command.run(rest, say);
    return undefined;
  }

  #help(): string {
    const commands = [...this.#commands.values()];
    const width = Math.max(...commands.map(({ usage }) => usage.length)) + 2;
    return commands.map(({ usage, help }) => `${usage.padEnd(width)}${help}\n`).join('');
  }
}

const nameOf = ({ usage }: MonitorCommand): string => usage.split(' ')[0] ?? '';
