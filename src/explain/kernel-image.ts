import type { GuestSymbols } from '../replay/symbols/guest-symbols.ts';
import type { CodeImage, CodePlace } from './code-images.ts';
import type { LineTable } from './dwarf/line-table.ts';

/** The kernel's own code, by its symbols. `lines`: of the ELF that they are from. */
export function kernelImage(symbols: GuestSymbols, name: string, lines?: LineTable): CodeImage {
  const { from, to, slide } = symbols.image;
  return {
    ...{ kind: 'kernel', name, from, to, slide },
    functionAt: (linked) => symbols.functionAt(linked),
    functions: () => symbols.table.entries(),
    ...(lines?.isEmpty === false ? { lines } : {}),
  };
}

/** Where in it an address of the guest lies. */
export function placeInKernel(image: CodeImage, symbols: GuestSymbols, pc: bigint): CodePlace | undefined {
  const linked = symbols.linked(pc);
  return linked === undefined || symbols.functionAt(linked) === undefined ? undefined : { image, linked };
}
