import yargs, { type Argv } from 'yargs';
import { ExitStatus, Failure } from '../src/base/failure.ts';
import { keptTranslations } from '../src/host/kept-files.ts';
import { PRODUCER } from '../src/library/producer.ts';
import type { Command } from './session/command.ts';
import { freeWords, qemuAdvice, strayAdvice } from './session/habits.ts';
import { similarTo } from './session/similar.ts';
import { keepHeapSmall } from './session/small-heap.ts';
import { ReaderGone, say } from './session/standard-output.ts';
import { keepTranslations } from './session/translations.ts';
import { kebab, oneLine, strayWords, usageText } from './session/usage.ts';
import { allVerbs, verbNames, verbOf } from './verbs.ts';

/** Verbs that are yargs' own. */
const HELP = 'help';
const COMPLETION = 'completion';

/** Does what the words of a command line ask for; what goes wrong is told on standard error. */
export const run = (words: readonly string[]): Promise<ExitStatus> => keeping(words).catch(report);

/** With translations that earlier processes have left, and leaving its own. */
async function keeping(words: readonly string[]): Promise<ExitStatus> {
  keepTranslations();
  const status = await main(words);
  keptTranslations.atEnd?.();
  return status;
}
async function main(given: readonly string[]): Promise<ExitStatus> {
  const words = given[0] === HELP ? [...given.slice(1, 2), '--help'] : given;
  const [name] = words;
  const verb = await verbOf(name);
  if (name !== undefined && !name.startsWith('-') && verb === undefined && name !== COMPLETION) throw noSuchVerb(name);
  const { argv, rest } = partsOf(words, verb);
  const advice = qemuAdvice([...argv, ...rest]);
  if (advice !== undefined) throw new Failure(`${advice}; see "${helpFor(name)}"`);
  let status: ExitStatus = ExitStatus.ok;
  const add = (to: Argv, spelling: string, { describe, exits, lists, isReduction = false, ...verb }: Command): void => {
    const meanings = Object.entries(exits).map(([code, meaning]) => `  ${code}  ${meaning}`);
    to.command(
      spelling,
      describe,
      (y) => verb.builder(y).epilogue(['Exit status:', ...meanings].join('\n')),
      async (args) => {
        checkValues(args, lists ?? []);
        if (isReduction) keepHeapSmall();
        status = await verb.handler(args, rest);
      },
    );
  };
  try {
    if (name !== undefined && verb !== undefined && !asksForTexts(argv)) {
      // As the default command: before any other yargs lays out its help, which takes longer than a short verb.
      const parser = emptyParser(argv.slice(1));
      add(parser, `$0${verb.command.slice(name.length)}`, verb);
      await parser.parseAsync();
    } else {
      const parser = emptyParser(argv);
      // The texts of one verb need no other.
      for (const each of verb === undefined ? await allVerbs() : [verb]) add(parser, each.command, each);
      await parser
        .demandCommand(1, 'which command? "hypertape --help" lists them')
        .completion(COMPLETION, 'print a script by which the shell (bash, zsh) completes verbs and options')
        .command(`${HELP} [verb]`, 'how a verb is used')
        .parseAsync();
    }
  } catch (error) {
    throw error instanceof WrongUsage ? await explained(error.message, argv) : error;
  }
  return status;
}

/** Whether yargs is asked for what it says of verbs: their help, or what a shell completes. */
const asksForTexts = (argv: readonly string[]): boolean =>
  argv.some((word) => word === '--help' || word === '-h' || word.startsWith('--get-yargs-completions'));

function emptyParser(argv: readonly string[]): Argv {
  return yargs([...argv])
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
    .strict()
    .fail((message, error) => {
      // yargs throws its own kind of error for some wrong usage.
      throw error && error.name !== 'YError' ? error : new WrongUsage(message);
    });
}

/** What is the verb's, and what behind `--` is another's, where the verb takes that. */
function partsOf(
  words: readonly string[],
  verb: Command | undefined,
): { readonly argv: readonly string[]; readonly rest: readonly string[] } {
  const at = verb?.takesRest === true ? words.indexOf('--') : -1;
  return at === -1 ? { argv: words, rest: [] } : { argv: words.slice(0, at), rest: words.slice(at + 1) };
}

/** What yargs says of wrong usage. */
class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** The one line for wrong usage, with what was probably meant. */
async function explained(message: string, argv: readonly string[]): Promise<Failure> {
  const unknown = strayWords(message, argv);
  // What is missing is complained of first, though a word may stand there that means it.
  const strays = unknown.length > 0 ? unknown : freeWords(argv).filter((word, i) => i > 0 && !word.startsWith('-'));
  const verb = await verbOf(argv[0]);
  let advice: string | undefined;
  if (strays.length > 0 && verb !== undefined) {
    const help = await verb.builder(yargs([])).getHelp();
    const options = [...help.matchAll(/--([a-z][\w-]*)/g)].map(([, name]) => name ?? '');
    const { listGuests } = await import('./guests/catalogue.ts');
    const guests = listGuests().map(({ name }) => name);
    advice = strayAdvice(strays, argv, { verb: argv[0], options, guests });
  }
  const said = usageText(message, argv);
  return new Failure(`${said}; ${advice === undefined ? '' : `${advice}; `}see "${helpFor(argv[0])}"`);
}

/** Options that may be without a word. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['append']);

/**
 * An option with one value that is given twice is a mistake: neither its first nor its last value is surely meant. So is an
 * empty one, which a shell's variable leaves that is not set.
 */
function checkValues(args: Readonly<Record<string, unknown>>, lists: readonly string[]): void {
  for (const [name, value] of Object.entries(args)) {
    if (name === '_' || name === '$0') continue;
    if (Array.isArray(value) && !lists.includes(name))
      throw new Failure(`--${kebab(name)}: given more than once (${value.join(', ')}); give it once`);
    const isEmpty = value === '' || (Array.isArray(value) && value.includes(''));
    if (isEmpty && !MAY_BE_EMPTY.has(name)) {
      const isPositional = ['tape', 'tapes', 'name', 'address', 'length'].includes(name);
      throw new Failure(
        `${isPositional ? `<${name}>` : `--${kebab(name)}`}: its value is empty; give one, or leave it out`,
      );
    }
  }
}

function noSuchVerb(verb: string): Failure {
  const similar = similarTo(verb, [...verbNames, HELP, COMPLETION]);
  const hint = similar === undefined ? '' : `did you mean "hypertape ${similar}"? `;
  return new Failure(`there is no command ${JSON.stringify(verb)}; ${hint}see "${helpFor(undefined)}"`);
}

const helpFor = (verb: string | undefined): string =>
  verb !== undefined && verbNames.includes(verb) ? `hypertape ${verb} --help` : 'hypertape --help';

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
