import type { TapeHeader } from '../trace/codec/header.ts';

/**
 * What made two runs differ. `input`: what comes from outside, the kernel's command line, console input and edits among them; `timer`,
 * `interrupt`: their values and moments; `schedule`: how vCPUs take turns; `entropy`: the seed; `device`: what a device answers, or the machine's devices and memory;
 * `image`: what the guest was started from; `disk`: what its disks are, or began with; `semantics`: what the emulator does; `end`: nothing, one recording goes on for longer.
 */
export const differenceKinds = [
  'input',
  'timer',
  'interrupt',
  'schedule',
  'entropy',
  'device',
  'image',
  'disk',
  'semantics',
  'end',
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** Something that two tapes' headers say differently. */
export interface HeaderDifference {
  /** `image kernel`, `entropySeed`, `append`. */
  readonly what: string;
  readonly kind: DifferenceKind;
  readonly a: string;
  readonly b: string;
}

/** What each key of the machine's configuration decides; those that are not here: what the emulator does. */
const kinds: Readonly<Record<string, DifferenceKind>> = {
  append: 'input',
  freebsd: 'input',
  entropySeed: 'entropy',
  timerPolicy: 'timer',
  scheduleSeed: 'schedule',
  turnCounts: 'schedule',
  turnEnds: 'schedule',
  reboot: 'device',
  board: 'device',
  memoryBytes: 'device',
  gicVersion: 'device',
  vcpus: 'device',
  rtcEpochSeconds: 'device',
  disks: 'disk',
  net: 'device',
  rng: 'device',
  virtio: 'device',
  loadAddress: 'image',
};
const text = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);

/**
 * What headers say differently of what a guest sees, the most telling first: images, then what the machine was given, then the emulator.
 * Who recorded is told too, where it is another program, and makes no difference by itself.
 */
export function headerDifferences(a: TapeHeader, b: TapeHeader): HeaderDifference[] {
  const found: HeaderDifference[] = [];
  const compare = (what: string, kind: DifferenceKind, one: unknown, other: unknown): void => {
    if (text(one) !== text(other)) found.push({ what, kind, a: text(one), b: text(other) });
  };
  const digests = ({ images }: TapeHeader): Map<string, string> =>
    new Map(images.map(({ name, sha256 }) => [name, sha256]));
  const [ofA, ofB] = [digests(a), digests(b)];
  for (const name of new Set([...ofA.keys(), ...ofB.keys()]))
    compare(`image ${name}`, 'image', ofA.get(name), ofB.get(name));
  const keys = new Set([...Object.keys(kinds), ...Object.keys(a.machine), ...Object.keys(b.machine)]);
  for (const key of keys) compare(key, kinds[key] ?? 'semantics', a.machine[key], b.machine[key]);
  compare('semantics', 'semantics', a.semantics, b.semantics);
  compare('producer', 'semantics', a.producer, b.producer);
  return found;
}
