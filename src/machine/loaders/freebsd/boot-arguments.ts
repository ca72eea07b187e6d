/** Bits of `boothowto` (FreeBSD sys/sys/reboot.h), by the letter of the boot flag (boot(8)) and the variable of loader(8) that ask for it. */
const howtos: readonly { readonly bit: number; readonly flag?: string; readonly variable?: string }[] = [
  { bit: 0x1, flag: 'a', variable: 'boot_askname' },
  { bit: 0x2, flag: 's', variable: 'boot_single' },
  { bit: 0x20, flag: 'r', variable: 'boot_dfltroot' },
  { bit: 0x40, flag: 'd', variable: 'boot_ddb' },
  { bit: 0x800, flag: 'v', variable: 'boot_verbose' },
  { bit: 0x1000, flag: 'h', variable: 'boot_serial' },
  { bit: 0x2000, flag: 'C', variable: 'boot_cdrom' },
  { bit: 0x8000, flag: 'g', variable: 'boot_gdb' },
  { bit: 0x1_0000, flag: 'm', variable: 'boot_mute' },
  { bit: 0x10_0000, flag: 'p', variable: 'boot_pause' },
  { bit: 0x1000_0000, flag: 'P' },
  { bit: 0x2000_0000, flag: 'D', variable: 'boot_multicons' },
];
const SERIAL = 0x1000;
const MUTE = 0x1_0000;

/** Letters that may stand in boot flags. */
export const bootFlagLetters = howtos.flatMap(({ flag }) => flag ?? []).join('');

/** Names and values of the kernel's environment, a line each: `name=value`. */
export const isEnvironmentLine = (line: string): boolean => /^[^=\s"]+=[^\0\n\r]*$/.test(line);

/** What a FreeBSD kernel is told beside where everything is. */
export interface BootArguments {
  /** `boothowto`. */
  readonly howto: number;
  /** Sorted by name, as loader(8) keeps it, each name once. */
  readonly environment: readonly string[];
}

/**
 * What loader(8) makes of its variables and of a kernel's arguments: `-sv` is flags, `name=value` a variable, a mere name one that is 1
 * (FreeBSD sys/kern/subr_boot.c; stand/efi/loader/bootinfo.c for `console`).
 */
export function bootArguments(args: string, lines: readonly string[]): BootArguments {
  const variables = new Map<string, string>();
  const set = (line: string): void => {
    const at = line.indexOf('=');
    if (at < 0) variables.set(line, '1');
    else variables.set(line.slice(0, at), line.slice(at + 1));
  };
  for (const line of lines) set(line);
  let howto = 0;
  for (const word of args.split(/[ \t\n]+/).filter((w) => w !== '')) {
    if (!word.startsWith('-')) {
      set(word);
      continue;
    }
    for (const [i, letter] of [...word.slice(1)].entries()) {
      if (letter === 'S') {
        variables.set('comconsole_speed', word.slice(i + 2));
        break;
      }
      howto |= howtos.find(({ flag }) => flag === letter)?.bit ?? 0;
    }
  }
  for (const { variable, bit } of howtos) {
    const value = variable === undefined ? undefined : variables.get(variable);
    if (value !== undefined && value.toLowerCase() !== 'no') howto |= bit;
  }
  const console = variables.get('console');
  if (console === 'comconsole') howto |= SERIAL;
  if (console === 'nullconsole') howto |= MUTE;
  const environment = [...variables]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => `${name}=${value}`);
  return { howto, environment };
}
