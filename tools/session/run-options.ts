import type { Argv } from 'yargs';
import type { CheckpointSpacing } from '../../src/replay/checkpoints.ts';
import type { Level } from '../../src/trace/events/index.ts';
import { type MachineArgs, machineOptions } from './machine-options.ts';

/** Help shows options by what they are for, the usual ones first. */
const groups: Readonly<Record<string, readonly string[]>> = {
  'What to run:': ['guest', 'shell', 'kernel', 'initrd', 'append', 'dtb', 'dtb-at', 'load', 'firmware', 'vars', 'arch'],
  'The machine:': [
    'memory',
    'cpu',
    'board',
    'gic',
    'smp',
    'turn',
    'schedule-seed',
    'timer-policy',
    'rtc',
    'entropy-seed',
  ],
  "bhyve's configuration:": ['bhyve'],
  'A FreeBSD kernel:': ['env', 'loader-conf', 'boot-flags', 'module'],
  'Disks and other virtio devices:': ['disk', 'disk-fault', 'net', 'net-mac', 'rng', 'virtio-console', 'virtio'],
  'Console and input:': ['console', 'input'],
  'When to stop:': ['until', 'max-icount', 'on-panic', 'reboot'],
  'While it runs:': ['ctl'],
  'What to write:': [
    'output',
    'level',
    'checkpoint-every',
    'no-checkpoints',
    'keep-last',
    'reference-disks',
    'reproducible',
    'force',
    'json',
  ],
};

const onPanicChoices = ['stop', 'continue'] as const;

/** Of `--ctl`. */
export const CTL_HELP =
  'a control socket at this path, for "hypertape ctl PATH"; a guest that waits for what comes from outside goes on waiting';

/** The options of `run` and `record`. */
export const runOptions = (yargs: Argv) =>
  Object.entries(groups)
    .reduce((grouped, [title, names]) => grouped.group([...names], title), machineOptions(yargs))
    .option('console', { type: 'string', default: 'stdio', describe: "guest's console: stdio, none or file:F" })
    .option('input', {
      type: 'string',
      describe: 'script of console input instead of standard input: a file, a pipe, or - for standard input',
    })
    .option('until', { type: 'string', describe: 'stop when the console shows this text' })
    .option('max-icount', { type: 'string', describe: 'stop at this instruction count, or time: 3e8, 1M, 1.2s' })
    .option('ctl', {
      type: 'string',
      describe: CTL_HELP,
    })
    .option('force', { type: 'boolean', default: false, describe: 'replace files that are there already' })
    .option('on-panic', {
      choices: onPanicChoices,
      default: onPanicChoices[0],
      describe: 'whether a kernel that panicked runs on',
    })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON object on standard output' })
    .requiresArg(['console', 'input', 'until', 'max-icount', 'on-panic', 'ctl']);

/** Exit statuses of `run` and `record`. */
export const runExits = {
  0: 'the guest powered off, or showed the text of --until',
  3: 'the guest stopped otherwise: reset, halt, fault, panic, stuck, --max-icount, --until never shown, or the user ended it',
} as const;

/** Options of a run. */
export interface RunArgs extends MachineArgs {
  readonly console: string;
  readonly input?: string | undefined;
  readonly until?: string | undefined;
  readonly maxIcount?: string | undefined;
  readonly ctl?: string | undefined;
  readonly force: boolean;
  readonly onPanic: (typeof onPanicChoices)[number];
  readonly json: boolean;
}

/** Options of a tape that is written. */
export interface TapeArgs {
  readonly path: string;
  readonly level: Level;
  readonly reproducible: boolean;
  /** Null: it has none. */
  readonly checkpoints: CheckpointSpacing | null;
  /** So many counts of the run's end alone. */
  readonly keepLast?: number;
  /** Of what the guest reads of its disks it has digests alone. */
  readonly referenceDisks?: boolean;
}
