#!/usr/bin/env node
// tools/: the command line, and what develops and checks the project.

import yargs, { type Argv } from 'yargs';
import { ExitStatus, Failure } from '../src/base/failure.ts';
import { bench } from './commands/bench.ts';
import { events } from './commands/events.ts';
import { guest } from './commands/guest.ts';
import { info } from './commands/info.ts';
import { record } from './commands/record.ts';
import { repair } from './commands/repair.ts';
import { replay } from './commands/replay.ts';
import { run } from './commands/run.ts';
import type { Command } from './session/command.ts';
import { PRODUCER } from './session/producer.ts';
import { ReaderGone, say } from './session/standard-output.ts';
import { kebab, oneLine, usageText } from './session/usage.ts';

const commands: readonly Command[] = [run, record, replay, info, events, repair, guest, bench];

async function main(argv: readonly string[]): Promise<ExitStatus> {
  const [verb] = argv;
  if (verb !== undefined && !verb.startsWith('-') && !isCommand(verb))
    throw new Failure(`there is no command ${JSON.stringify(verb)}; see "${helpFor(undefined)}"`);
  let status: ExitStatus = ExitStatus.ok;
  const parser: Argv = yargs([...argv])
    .scriptName('hypertape')
    .usage('$0 COMMAND: records every VM exit of an unmodified guest to a tape, replays it bit-exactly, explains it')
    .detectLocale(false)
    .parserConfiguration({
      'dot-notation': false,
      'boolean-negation': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .wrap(Math.min(120, process.stdout.columns ?? 120))
    .version(PRODUCER)
    .help()
    .alias('help', 'h')
    .exitProcess(false)
    .demandCommand(1, 'which command? "hypertape --help" lists them')
    .strict()
    .fail((message, error) => {
      // yargs throws its own kind of error for some wrong usage.
      throw error && error.name !== 'YError'
        ? error
        : new Failure(`${usageText(message, argv)}; see "${helpFor(argv[0])}"`);
    });
  for (const { command, describe, exits, lists, builder, handler } of commands) {
    const meanings = Object.entries(exits).map(([code, meaning]) => `  ${code}  ${meaning}`);
    parser.command(
      command,
      describe,
      (y) => builder(y).epilogue(['Exit status:', ...meanings].join('\n')),
      async (args) => {
        checkOnce(args, lists ?? []);
        status = await handler(args);
      },
    );
  }
  await parser.parseAsync();
  return status;
}

/** An option with one value that is given twice is a mistake: neither its first nor its last value is surely meant. */
function checkOnce(args: Readonly<Record<string, unknown>>, lists: readonly string[]): void {
  for (const [name, value] of Object.entries(args))
    if (Array.isArray(value) && name !== '_' && !lists.includes(name))
      throw new Failure(`--${kebab(name)}: given more than once (${value.join(', ')}); give it once`);
}

const isCommand = (verb: string | undefined): boolean => commands.some(({ command }) => command.split(' ')[0] === verb);
const helpFor = (verb: string | undefined): string =>
  isCommand(verb) ? `hypertape ${verb} --help` : 'hypertape --help';

function report(error: unknown): ExitStatus {
  if (error instanceof ReaderGone) return ExitStatus.ok;
  if (error instanceof Failure) {
    say(`hypertape: ${error.message}`);
    return error.status;
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (process.env.HYPERTAPE_DEBUG) for (const line of (stack ?? message).split('\n')) say(line);
  say(
    `hypertape: internal fault (${name}: ${oneLine(message)}); please report it with the command line, its images or tape, and what it prints with HYPERTAPE_DEBUG=1`,
  );
  return ExitStatus.internal;
}

const status = await main(process.argv.slice(2)).catch(report);
process.exit(status);
