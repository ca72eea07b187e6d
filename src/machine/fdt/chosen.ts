import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { Prng } from '../../base/prng.ts';
import { type DeviceTree, encodeProperty, type FdtNode, node, type PropertyValue } from './tree.ts';

/** Where the initrd lies, in guest-physical bytes; `end` is exclusive. */
export interface InitrdRange {
  readonly start: number;
  readonly end: number;
}

/** The randomness a kernel gets from whoever boots it. */
export interface BootSeeds {
  readonly kaslrSeed: bigint;
  readonly rngSeed: Uint8Array;
}

/** What the loader tells the kernel in /chosen. */
export interface Chosen {
  readonly bootArgs: string;
  readonly initrd?: InitrdRange;
  readonly seeds: BootSeeds;
}

const RNG_SEED_BYTES = 32;

/** The seeds that follow from a machine's entropy seed. */
export function bootSeeds(entropySeed: bigint): BootSeeds {
  const prng = new Prng(entropySeed);
  return { kaslrSeed: prng.next64(), rngSeed: prng.bytes(RNG_SEED_BYTES) };
}

/** /chosen's properties (Linux Documentation/devicetree/bindings/chosen.txt and dt-schema's chosen.yaml). */
export function chosenProperties({ bootArgs, initrd, seeds }: Chosen): { readonly [name: string]: PropertyValue } {
  if (Buffer.byteLength(bootArgs) >= limits.commandLineBytesMax)
    throw new Failure(`--append: the kernel command line is longer than ${limits.commandLineBytesMax - 1} bytes`);
  if (bootArgs.includes('\0')) throw new Failure('--append: the kernel command line holds a NUL; leave it out');
  return {
    ...(bootArgs === '' ? {} : { bootargs: bootArgs }),
    ...(initrd && { 'linux,initrd-start': BigInt(initrd.start), 'linux,initrd-end': BigInt(initrd.end) }),
    'rng-seed': seeds.rngSeed,
    'kaslr-seed': seeds.kaslrSeed,
  };
}

/** `tree` with /chosen's boot properties (Devicetree Specification v0.4, 3.6) set; what else it has, the tree keeps. */
export function withChosen(tree: DeviceTree, chosen: Chosen): DeviceTree {
  const old = tree.root.children.find((c) => c.name === 'chosen') ?? node('chosen', {});
  const properties = new Map(old.properties);
  if (!chosen.initrd) for (const name of ['linux,initrd-start', 'linux,initrd-end']) properties.delete(name);
  for (const [name, value] of Object.entries(chosenProperties(chosen))) properties.set(name, encodeProperty(value));
  const updated: FdtNode = { ...old, properties };
  const children = tree.root.children.filter((c) => c.name !== 'chosen');
  return { ...tree, root: { ...tree.root, children: [...children, updated] } };
}
