import { hex } from '../../base/bits.ts';
import type { GuestMemory } from '../../hyp/vmm/memory.ts';
import type { PlacedKernel } from '../../machine/boot.ts';
import { isElf } from '../../machine/loaders/elf-file.ts';
import type { ImageFile } from '../../machine/loaders/read-image.ts';
import { buildIdsIn } from './build-id.ts';
import type { GuestSymbols } from './guest-symbols.ts';
import { unpackedAt } from './sources.ts';

/**
 * So many functions of a kernel are compared: in another build the later ones lie elsewhere. All of a kernel may have been moved by
 * one distance (KASLR: Linux arch/arm64/Kconfig, RANDOMIZE_BASE).
 */
const WITNESSES = 8;

/** A function of the guest's kernel, and where it lies: whoever has the kernel's symbols has it there. */
export interface Witness {
  readonly name: string;
  readonly at: bigint;
}
type Places = ReturnType<GuestSymbols['placesOf']>;

/** Where it is executed in the end, as far as that is known. */
export const executedAt = ({ virtual }: Places): bigint | undefined => virtual.at(-1);
const loadedAt = ({ physical }: Places): bigint | undefined => physical[0];

/** Functions from all over the kernel, of names that only one has. */
export function witnessesOf(symbols: GuestSymbols, place: (places: Places) => bigint | undefined): Witness[] {
  const times = new Map<string, number>();
  const entries = [...symbols.table.entries()];
  for (const { name } of entries) times.set(name, (times.get(name) ?? 0) + 1);
  const witnesses = entries.flatMap(({ name, address }) => {
    if (times.get(name) !== 1) return [];
    const at = place(symbols.placesOf(address));
    return at === undefined ? [] : [{ name, at }];
  });
  const every = Math.max(1, Math.floor(witnesses.length / WITNESSES));
  return witnesses.filter((_, n) => n % every === every >>> 1).slice(0, WITNESSES);
}

/**
 * In words, that someone's symbols are not those of the guest's kernel; undefined where they are, or nothing is known. A name may be
 * another thing's too: one that differs proves nothing.
 */
export function differsFrom(
  witnesses: readonly Witness[],
  addressOf: (name: string) => bigint | undefined,
): string | undefined {
  const found = witnesses.flatMap(({ name, at }) => {
    const there = addressOf(name);
    return there === undefined ? [] : [{ name, at, there, by: at - there }];
  });
  const others = found.filter(({ by }) => by !== 0n);
  const [first] = others;
  if (first === undefined || others.length <= found.length / 2) return undefined;
  const places = `${first.name} at ${hex(first.there)}, the guest has it at ${hex(first.at)}`;
  const isMoved = others.length > 1 && others.every(({ by }) => by === first.by);
  return isMoved
    ? `${places}, as all of its kernel (${first.by < 0n ? '-' : '+'}${hex(first.by < 0n ? -first.by : first.by)})`
    : places;
}

/** The build IDs of a guest's kernel. @param memory the guest's: a zImage has its kernel packed */
export function buildIdsOf(kernel: PlacedKernel, memory: GuestMemory | undefined): string[] {
  switch (kernel.kind) {
    case 'elf':
    case 'freebsd':
      return buildIdsIn(kernel.file);
    case 'arm64-image':
      return buildIdsIn(kernel.bytes);
    case 'zimage':
      return buildIdsIn(memory?.view(unpackedAt(kernel), kernel.inflatedBytes) ?? new Uint8Array(0));
    default:
      return [];
  }
}

/** What a file of symbols says of the kernel that it is of. */
export interface SymbolFile {
  readonly name: string;
  /** An ELF's, where it has one. */
  readonly buildId: string | undefined;
}

/** Of a file's bytes. */
export const symbolFileOf = ({ name, bytes }: ImageFile): SymbolFile => ({
  name,
  buildId: isElf(bytes) ? buildIdsIn(bytes)[0] : undefined,
});

/**
 * In words, that a file of symbols is of another kernel than the guest's: by the build IDs of both, or else by the names that the
 * guest's own table has too. Undefined where it is not, null where that cannot be known yet.
 * @param own the guest's own symbols, where it has some
 */
export function otherKernel(
  { name, buildId }: SymbolFile,
  given: GuestSymbols,
  guest: readonly string[],
  own: () => GuestSymbols | undefined,
): string | undefined | null {
  const lies = 'what it names may lie elsewhere';
  if (buildId !== undefined && guest.length > 0)
    return guest.includes(buildId)
      ? undefined
      : `${name}: its build ID is ${buildId}, that of the guest's kernel ${guest.join(' or ')}: ${lies}`;
  const symbols = own();
  if (symbols === undefined) return null;
  const differs = differsFrom(witnessesOf(symbols, loadedAt), (wanted) => {
    const [extent] = given.table.find(wanted);
    return extent && loadedAt(given.placesOf(extent.from));
  });
  return differs === undefined ? undefined : `${name}: of another kernel than the guest's: it has ${differs}: ${lies}`;
}
