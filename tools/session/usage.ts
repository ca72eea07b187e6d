/** A message of several lines as one. */
export const oneLine = (message: string): string =>
  message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ');

export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What yargs says of wrong usage, in one line that names options as they are typed. */
export function usageText(message: string, argv: readonly string[]): string {
  const asTyped = (name: string): string => {
    const option = `--${kebab(name)}`;
    return argv.some((word) => word === option || word.startsWith(`${option}=`)) ? option : name;
  };
  const line = oneLine(message);
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(line)?.[1];
  // yargs names an option twice, in kebab and in camel case.
  if (unknown !== undefined) return `unknown: ${[...new Set(unknown.split(', ').map(asTyped))].join(', ')}`;
  const [, option, given, choices] =
    /^Invalid values:; Argument: ([\w-]+), Given: (.*), Choices: (.*)$/.exec(line) ?? [];
  if (option !== undefined) return `${asTyped(option)} ${given}: choose from ${choices}`;
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
