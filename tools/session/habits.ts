import { similarTo } from './similar.ts';

/** What people type who know QEMU, or who guess, and what to type instead. */

const NO_NEED = 'leave it out: the console is on this terminal as it is';
const NO_DEVICES = 'leave it out: there are no disks and no network yet; give programs and files in an --initrd';
const DETERMINISTIC =
  'leave it out: every run counts instructions, and "record" and "replay" are the verbs for a log of it';

/** QEMU's options, without their dash. */
const qemuOptions: Readonly<Record<string, string>> = {
  kernel: 'give --kernel FILE',
  initrd: 'give --initrd FILE',
  append: 'give --append "WORDS", in quotes',
  dtb: 'give --dtb FILE',
  smp: 'give --smp N',
  m: 'give --memory 512M',
  M: 'give --board virt, which is the default; --gic 2 or 3 for its interrupt controller',
  machine: 'give --board virt, which is the default; --gic 2 or 3 for its interrupt controller',
  cpu: 'give --cpu MODEL',
  bios: 'give --firmware FILE',
  pflash: 'give --firmware FILE, and --vars FILE for its variables',
  device: NO_DEVICES,
  drive: NO_DEVICES,
  hda: NO_DEVICES,
  netdev: NO_DEVICES,
  nic: NO_DEVICES,
  display: NO_NEED,
  monitor: NO_NEED,
  nodefaults: NO_NEED,
  nographic: NO_NEED,
  serial: NO_NEED,
  icount: DETERMINISTIC,
};

/** The words that are not the value of the option before them. */
export const freeWords = (argv: readonly string[]): string[] =>
  argv.filter((_, i) => !/^(--[a-z][\w-]*|-o)$/.test(argv[i - 1] ?? ''));

/** Says what to type instead of an option of QEMU; undefined where there is none. */
export function qemuAdvice(argv: readonly string[]): string | undefined {
  for (const word of freeWords(argv)) {
    const name = /^-([a-zA-Z][\w-]*)$/.exec(word)?.[1];
    const advice = name === undefined ? undefined : qemuOptions[name];
    if (advice !== undefined) return `${word}: ${advice}`;
  }
  return undefined;
}

interface Known {
  readonly verb: string | undefined;
  /** The verb's options, without dashes. */
  readonly options: readonly string[];
  readonly guests: readonly string[];
}

/** Says what was probably meant by words that the verb does not know; undefined where that is not known. */
export function strayAdvice(strays: readonly string[], argv: readonly string[], known: Known): string | undefined {
  const [first = ''] = strays;
  const option = /^--([\w-]+)/.exec(first)?.[1];
  if (option !== undefined) {
    const similar = similarTo(option, known.options);
    return similar === undefined ? undefined : `did you mean --${similar}?`;
  }
  const runs = known.options.includes('guest') && known.options.includes('kernel');
  if (!runs) return undefined;
  const append = argv.indexOf('--append');
  const at = argv.indexOf(first);
  if (append > 0 && at === append + 2)
    return `put the words of --append in quotes: --append "${argv.slice(append + 1, at + strays.length).join(' ')}"`;
  if (known.guests.includes(first)) return `give a guest as --guest ${first}`;
  if (/\.tape$/.test(first))
    return known.verb === 'record'
      ? `give the tape to write as -o ${first}`
      : `a tape is run again by "hypertape replay ${first}"`;
  if (/[./]|^(vm)?linuz|image/i.test(first)) return `give a kernel as --kernel ${first}`;
  const guest = similarTo(first, known.guests);
  return guest === undefined ? undefined : `did you mean --guest ${guest}?`;
}
