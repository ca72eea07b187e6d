/** A message of several lines as one. */
export const oneLine = (message: string): string =>
  message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');

/** The option for a name. */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function asTyped(name: string, argv: readonly string[]): string {
  const option = `--${kebab(name)}`;
  return argv.some((word) => word === option || word.startsWith(`${option}=`)) ? option : name;
}

/** The words that yargs says it does not know, as they are typed. */
export function strayWords(message: string, argv: readonly string[]): string[] {
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(oneLine(message))?.[1];
  // yargs names an option twice, in kebab and in camel case.
  return unknown === undefined ? [] : [...new Set(unknown.split(', ').map((name) => asTyped(name, argv)))];
}

/** What yargs says of wrong usage, in one line that names options as they are typed. */
export function usageText(message: string, argv: readonly string[]): string {
  const line = oneLine(message);
  const strays = strayWords(message, argv);
  if (strays.length > 0) return `unknown: ${strays.join(', ')}`;
  const [, option, given, choices] =
    /^Invalid values:; Argument: ([\w-]+), Given: (.*), Choices: (.*)$/.exec(line) ?? [];
  if (option !== undefined) return `${asTyped(option, argv)} ${given}: choose from ${choices}`;
  const missing = /^Missing required arguments?: (.*)$/.exec(line)?.[1];
  if (missing !== undefined)
    return `missing: ${missing
      .split(', ')
      .map((name) => `--${name}`)
      .join(', ')}`;
  const valueless = /^Not enough arguments following: ([\w-]+)$/.exec(line)?.[1];
  if (valueless !== undefined) return `--${kebab(valueless)}: its value is missing`;
  return /^Not enough non-option arguments/.test(line) ? 'an argument is missing' : line;
}
