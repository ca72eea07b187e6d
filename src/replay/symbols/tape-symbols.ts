import { Failure } from '../../base/failure.ts';
import { GiB } from '../../base/limits.ts';
import { ramOf } from '../../machine/boards/board.ts';
import { boardByName } from '../../machine/boards/index.ts';
import { type PlacedKernel, placedImage, placedKernel } from '../../machine/boot.ts';
import type { ImageFile } from '../../machine/loaders/read-image.ts';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
import { imagesOfTape } from '../tape-images.ts';
import { machineOfTape } from '../version.ts';
import { imageBases } from './exit-witness.ts';
import { moduleSymbols, type PreloadedSymbols } from './preload.ts';
import { type Exits, type FoundSymbols, placeSymbols, readSymbols, symbolsOf } from './sources.ts';
import { hasFirmware, startedKernel } from './started-kernel.ts';
import type { SymbolTable } from './table.ts';

/**
 * Of an imported trace nothing is known but where its exits were: a place for its guest's kernel, which only virtual addresses are
 * asked of. RAM of a GiB holds any image.
 */
const IMPORTED = { board: 'virt', memoryBytes: GiB } as const;

/** Of a tape that begins in firmware, where nobody replays it or its exits tell nothing. */
const STARTED =
  'the guest begins in firmware, and no exit is of a Linux kernel that it started; give --symbols with System.map or unstripped ELF';

/** The kernel of a tape, and where it lay at the start. @throws Failure where the tape has none that is whole */
export function kernelOfTape(reader: TapeReader): ReturnType<typeof placedKernel> {
  const { header, path } = reader;
  if (header.machine.imported !== undefined) {
    if (!header.images.some(({ name }) => name === 'kernel'))
      throw new Failure(
        `${path}: made by "import" of a real host's trace: there is no machine to replay, and no kernel for names of functions; "import --kernel" puts the guest's onto the tape`,
      );
    const board = boardByName(IMPORTED.board);
    return placedImage(imagesOfTape(reader, IMPORTED, ['kernel']), ramOf(board, IMPORTED.memoryBytes));
  }
  const config = machineOfTape(header, path);
  return placedKernel(config, boardByName(config.board), imagesOfTape(reader, config, ['firmware', 'kernel']));
}

/** The kernel that a tape's guest runs: that which it is entered at, or which its firmware has started, as far as the exits tell. @throws Failure likewise */
export const runningKernel = (reader: TapeReader): PlacedKernel =>
  (hasFirmware(reader) ? startedKernel(reader) : undefined) ?? kernelOfTape(reader);

/**
 * The functions of a tape's guest: from a file of symbols where one is given, else from the tape's own kernel. No machine runs
 * for it, but where a file is of a kernel that firmware has started. @throws Failure where the file is none or not of this kernel
 */
export function symbolsOfTape(reader: TapeReader, file?: ImageFile): FoundSymbols {
  if (hasFirmware(reader) && reader.header.machine.imported === undefined)
    return file ? placeStarted(reader, readSymbols(file)) : { missing: STARTED };
  const kernel = kernelOfTape(reader);
  // Whoever imported the trace chose the kernel: unless its exits say where it was, it was another.
  const isImported = reader.header.machine.imported !== undefined;
  if (isImported && kernel.kind === 'arm64-image' && imageBases(kernel.bytes, exitsOf(reader)).length === 0)
    return { missing: `the exits are not of the kernel on the tape; give "import" the one that the guest ran` };
  if (file) return placeSymbols(readSymbols(file), kernel, exitsOf(reader));
  return symbolsOf(kernel, exitsOf(reader), kernel.kind === 'freebsd' ? modulesOfTape(reader) : undefined);
}

/** The symbols of the modules that a FreeBSD kernel begins with, where the tape has all images. */
function modulesOfTape(reader: TapeReader): PreloadedSymbols | undefined {
  try {
    const config = machineOfTape(reader.header, reader.path);
    return moduleSymbols(config, imagesOfTape(reader, config));
  } catch (error) {
    // The kernel's own are there all the same.
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

/** A kernel's symbols, else the firmware's, which may be what is looked at. */
function placeStarted(reader: TapeReader, table: SymbolTable): FoundSymbols {
  const started = startedKernel(reader);
  if (started !== undefined)
    try {
      return placeSymbols(table, started, exitsOf(reader));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  return placeSymbols(table, kernelOfTape(reader), exitsOf(reader));
}

/** A tape's exits, as far as it is whole. */
export function* exitsOf(reader: TapeReader): Exits {
  for (const event of reader.events({ classes: new Set(['vm-exit']), damage: 'skip' }))
    if (event.kind === 'vm-exit') yield event;
}
