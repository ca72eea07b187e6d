import { boardByName } from '../../machine/boards/index.ts';
import { placedKernel } from '../../machine/boot.ts';
import type { ImageFile } from '../../machine/loaders/read-image.ts';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
import { imagesOfTape } from '../tape-images.ts';
import { machineOfTape } from '../version.ts';
import { type Exits, type FoundSymbols, placeSymbols, readSymbols, symbolsOf } from './sources.ts';

/** The kernel of a tape, and where it lay at the start. @throws Failure where the tape has none that is whole */
export function kernelOfTape(reader: TapeReader): ReturnType<typeof placedKernel> {
  const config = machineOfTape(reader.header, reader.path);
  return placedKernel(config, boardByName(config.board), imagesOfTape(reader, config, ['kernel']));
}

/**
 * The functions of a tape's guest: from a file of symbols where one is given, else from the tape's own kernel. No machine runs
 * for it. @throws Failure where the file is none or not of this kernel
 */
export function symbolsOfTape(reader: TapeReader, file?: ImageFile): FoundSymbols {
  const kernel = kernelOfTape(reader);
  return file ? placeSymbols(readSymbols(file), kernel, exitsOf(reader)) : symbolsOf(kernel, exitsOf(reader));
}

/** A tape's exits, as far as it is whole. */
export function* exitsOf(reader: TapeReader): Exits {
  for (const event of reader.events({ classes: new Set(['vm-exit']), damage: 'skip' }))
    if (event.kind === 'vm-exit') yield event;
}
