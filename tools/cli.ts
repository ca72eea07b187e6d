#!/usr/bin/env node
import yargs, { type Argv } from 'yargs';
import { ExitStatus, Failure } from '../src/base/failure.ts';
import { PRODUCER } from '../src/replay/version.ts';
import { events } from './commands/events.ts';
import { guest } from './commands/guest.ts';
import { info } from './commands/info.ts';
import { record } from './commands/record.ts';
import { replay } from './commands/replay.ts';
import { run } from './commands/run.ts';
import type { Command } from './session/command.ts';
import { ReaderGone, say } from './session/standard-output.ts';

const commands: readonly Command[] = [run, record, replay, info, events, guest];

/** What yargs has to say, as one line. */
const oneLine = (message: string): string =>
  message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');

async function main(argv: readonly string[]): Promise<ExitStatus> {
  let status: ExitStatus = ExitStatus.ok;
  const parser: Argv = yargs([...argv])
    .scriptName('hypertape')
    .usage('$0 COMMAND: records every VM exit of an unmodified guest to a tape, replays it bit-exactly, explains it')
    .detectLocale(false)
    .parserConfiguration({
      'duplicate-arguments-array': false,
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
      throw (
        error ??
        new Failure(
          `${oneLine(message)}; see "hypertape ${[argv[0] ?? ''].filter(isCommand).concat('--help').join(' ')}"`,
        )
      );
    });
  for (const { command, describe, exits, builder, handler } of commands) {
    const meanings = Object.entries(exits).map(([code, meaning]) => `  ${code}  ${meaning}`);
    parser.command(
      command,
      describe,
      (y) => builder(y).epilogue(['Exit status:', ...meanings].join('\n')),
      async (args) => {
        status = await handler(args);
      },
    );
  }
  await parser.parseAsync();
  return status;
}

const isCommand = (verb: string): boolean => commands.some(({ command }) => command.split(' ')[0] === verb);

function report(error: unknown): ExitStatus {
  if (error instanceof ReaderGone) return ExitStatus.ok;
  if (error instanceof Failure) {
    say(`hypertape: ${error.message}`);
    return error.status;
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (process.env.HYPERTAPE_DEBUG) say(stack ?? message);
  say(
    `hypertape: internal fault (${name}: ${oneLine(message)}); please report it with the command line, its images or tape, and what it prints with HYPERTAPE_DEBUG=1`,
  );
  return ExitStatus.internal;
}

const status = await main(process.argv.slice(2)).catch(report);
process.exit(status);
