import { GuestSymbols } from '../replay/symbols/guest-symbols.ts';
import { symbolsOfTape } from '../replay/symbols/tape-symbols.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { CodeNames } from './code-names.ts';
import { kernelImage, placeInKernel } from './kernel-image.ts';

/** Names of a guest without an operating system, whose programs are a part of it. */
export function namesOf(reader: TapeReader): CodeNames {
  const symbols = symbolsOfTape(reader);
  if (!(symbols instanceof GuestSymbols)) throw new Error(symbols.missing);
  const image = kernelImage(symbols, 'kernel');
  return new CodeNames({ kernelAt: (pc) => placeInKernel(image, symbols, pc), isOfKernel: () => true });
}
