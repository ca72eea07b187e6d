// session/: what the commands share: options, terminal, progress, messages.

import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { ExitStatus } from '../../src/base/failure.ts';

/** What a verb's exit statuses mean: shown in its help. */
export type Exits = { readonly [status in ExitStatus]?: string };

/** A verb of the command line. */
export interface Command {
  /** As yargs has it: the verb and its positional arguments. */
  readonly command: string;
  readonly describe: string;
  readonly exits: Exits;
  /** Options and positional arguments that may be given several times. */
  readonly lists?: readonly string[];
  /** Reads tapes of any size and holds little of them: its garbage is collected sooner. */
  readonly isReduction?: boolean;
  /** What stands behind `--` is another verb's. */
  readonly takesRest?: boolean;
  readonly builder: (yargs: Argv) => Argv;
  readonly handler: (args: ArgumentsCamelCase, rest: readonly string[]) => ExitStatus | Promise<ExitStatus>;
}

interface Declaration<Args> {
  readonly command: string;
  readonly describe: string;
  readonly exits: Exits;
  readonly lists?: readonly string[];
  readonly isReduction?: boolean;
  readonly takesRest?: boolean;
  readonly builder: (yargs: Argv) => Argv<Args>;
  readonly handler: (args: ArgumentsCamelCase<Args>, rest: readonly string[]) => ExitStatus | Promise<ExitStatus>;
}

/** Declares a verb; its handler's arguments are typed by its builder's options. */
export const command = <Args>(declaration: Declaration<Args>): Command => declaration as unknown as Command;

/** Statuses that every verb has. */
export const commonExits: Exits = {
  2: 'wrong usage, or a file that is missing, unreadable, damaged or cannot be written',
  4: 'a fault of hypertape itself',
};
