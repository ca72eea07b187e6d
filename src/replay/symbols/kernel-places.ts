import type { PlacedKernel } from '../../machine/boot.ts';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
import { imageBases } from './exit-witness.ts';
import { GuestSymbols } from './guest-symbols.ts';
import { symbolsByReplay } from './replay-symbols.ts';
import type { Exits } from './sources.ts';
import { exitsOf, runningKernel, symbolsOfTape } from './tape-symbols.ts';

/** Where a guest's kernel lies, whatever its tables say at a moment: at first it has none. */
export interface KernelPlaces {
  /** Virtual address at which an image that moves itself was executed; undefined where it does not move, or nobody knows. */
  readonly textBase: bigint | undefined;
  /** Guest-physical addresses that a virtual one of the kernel has, while the code lies where it was loaded. */
  physicalOf(va: bigint): readonly number[];
}

/**
 * From the exits of a run as far as they go.
 * @param unpacked the symbols of what a zImage has unpacked, once it has
 */
export function kernelPlaces(
  kernel: PlacedKernel,
  exits: Exits,
  unpacked: () => GuestSymbols | undefined,
): KernelPlaces {
  switch (kernel.kind) {
    case 'elf':
      return {
        textBase: undefined,
        physicalOf: (va) =>
          kernel.segments
            .filter(({ virtual, memoryBytes }) => va >= virtual && va < virtual + BigInt(memoryBytes))
            .map(({ at, virtual }) => at + Number(va - virtual)),
      };
    case 'freebsd':
      return {
        textBase: undefined,
        physicalOf: (va) =>
          kernel.segments.flatMap(({ virtual, memoryBytes }, n) => {
            const part = kernel.place.parts[n];
            return part && va >= virtual && va < virtual + BigInt(memoryBytes) ? [part.at + Number(va - virtual)] : [];
          }),
      };
    case 'arm64-image': {
      // KASLR (Linux arch/arm64/Kconfig, RANDOMIZE_BASE): before it has moved it runs for some exits where it was linked.
      const textBase = imageBases(kernel.bytes, exits).at(-1);
      const { memoryBytes, place } = kernel;
      return {
        textBase,
        physicalOf: (va) => {
          const offset = textBase === undefined ? -1n : va - textBase;
          return offset >= 0n && offset < BigInt(memoryBytes) ? [place.entry + Number(offset)] : [];
        },
      };
    }
    case 'zimage':
      return { textBase: undefined, physicalOf: (va) => unpacked()?.physicalOf(va) ?? [] };
    default:
      return { textBase: undefined, physicalOf: () => [] };
  }
}

/** From the tape alone, but for a zImage, which is replayed until it has unpacked itself. @throws Failure where the tape has no whole kernel */
export function kernelPlacesOf(reader: TapeReader): KernelPlaces {
  let symbols: ReturnType<typeof symbolsOfTape> | undefined;
  return kernelPlaces(runningKernel(reader), exitsOf(reader), () => {
    symbols ??= symbolsByReplay(reader, symbolsOfTape(reader));
    return symbols instanceof GuestSymbols ? symbols : undefined;
  });
}
