import { type CodeAt, textHash } from '../analysis/code-tokens.ts';
import { hex } from '../base/bits.ts';
import { Failure } from '../base/failure.ts';
import { readImage } from '../machine/loaders/read-image.ts';
import { GuestSymbols } from '../replay/symbols/guest-symbols.ts';
import { mustFind, symbolsByReplay } from '../replay/symbols/replay-symbols.ts';
import { placeText } from '../replay/symbols/table.ts';
import { symbolsOfTape } from '../replay/symbols/tape-symbols.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';

/** One of two tapes, and the file of its symbols where one was given. */
export interface NamedTape {
  readonly reader: TapeReader;
  readonly symbols?: string | undefined;
}

/** How symbols of a kernel that unpacks itself are found. */
type ByReplay = typeof symbolsByReplay;

/** Names of the code of two tapes' guests, by which it is the same on both sides. */
export interface NamesOfSide {
  readonly codeAt: CodeAt;
  /** Function and offset, for people. */
  readonly textAt: (pc: bigint) => string | undefined;
  /** Of the function alone. */
  readonly functionAt: (pc: bigint) => string | undefined;
}

const kernelOf = ({ header }: TapeReader): string | undefined =>
  header.images.find(({ name }) => name === 'kernel')?.sha256;
const seedOf = ({ header }: TapeReader): string => String(header.machine.entropySeed);
/** Kernels that are placed by chance are arm64's alone (Linux Documentation/arch/arm64/booting.rst, kaslr-seed). */
const isPlacedByChance = ({ header }: TapeReader): boolean => header.machine.arch !== 'armv7';

/**
 * Where both have the same kernel, at the same place, code is known by its address; else by function and offset, or, where the
 * function has another length in the other build, by the function. @throws Failure where a file of symbols is none
 */
export function codeOfBoth(
  a: NamedTape,
  b: NamedTape,
  byReplay: ByReplay = symbolsByReplay,
): Readonly<Record<'a' | 'b', NamesOfSide>> {
  const kernel = kernelOf(a.reader);
  const isSameKernel = kernel !== undefined && kernel === kernelOf(b.reader);
  const isSamePlace = isSameKernel && (!isPlacedByChance(a.reader) || seedOf(a.reader) === seedOf(b.reader));
  const [ofA, ofB] = [a, b].map((tape) => symbolsFound(tape, !isSameKernel, byReplay));
  const names = (own: GuestSymbols | undefined, other: GuestSymbols | undefined): NamesOfSide => {
    const isSame = isSameKernel || own === undefined || other === undefined ? () => true : sameLengths(own, other);
    return {
      functionAt: (pc) => own?.at(pc)?.name,
      textAt: (pc) => own?.text(pc),
      codeAt: (pc) => {
        const place = own?.at(pc);
        if (place === undefined) return isSamePlace ? hex(pc) : undefined;
        return isSame(place.name) ? placeText(place) : place.name;
      },
    };
  };
  return { a: names(ofA, ofB), b: names(ofB, ofA) };
}

/** Those of a file, or of the tape's own kernel; of one that unpacks itself, where it is of use, by a replay up to there. */
function symbolsFound(
  { reader, symbols: path }: NamedTape,
  isNeeded: boolean,
  byReplay: ByReplay,
): GuestSymbols | undefined {
  try {
    const read = symbolsOfTape(reader, path === undefined ? undefined : readImage(path));
    if (read instanceof GuestSymbols) return read;
    if (path === undefined && !isNeeded) return undefined;
    const found = byReplay(reader, read);
    if (path !== undefined) return mustFind(found, `--symbols ${path}`);
    return found instanceof GuestSymbols ? found : undefined;
  } catch (error) {
    if (!(error instanceof Failure) || path !== undefined) throw error;
    return undefined;
  }
}

/** Whether a function is as long in both builds; of those that are there several times nobody knows. */
function sameLengths(a: GuestSymbols, b: GuestSymbols): (name: string) => boolean {
  const [ofA, ofB] = [lengthsOf(a), lengthsOf(b)];
  return (name) => {
    const hash = textHash(name);
    const length = ofA.get(hash);
    return length !== undefined && length === ofB.get(hash);
  };
}
/** By hashes of the names: a kernel has a hundred thousand of them. Undefined: several. */
function lengthsOf({ table }: GuestSymbols): Map<number, number | undefined> {
  const lengths = new Map<number, number | undefined>();
  let before: { readonly hash: number; readonly address: bigint } | undefined;
  for (const { name, address } of table.entries()) {
    if (before !== undefined)
      lengths.set(before.hash, lengths.has(before.hash) ? undefined : Number(address - before.address));
    before = { hash: textHash(name), address };
  }
  return lengths;
}
