import { ipa } from '../base/brands.ts';
import { Failure } from '../base/failure.ts';
import type { Board, Range } from './boards/board.ts';
import type { ImageRole, MachineImages } from './images.ts';
import type { Segment } from './loaders/plan.ts';
import { mebibytes } from './loaders/read-image.ts';

/** What goes into which bank, as QEMU's `virt` machine has it (docs/system/arm/virt.rst). */
const BANKS = [
  { role: 'firmware', what: 'firmware' },
  { role: 'vars', what: "firmware's variables" },
] as const satisfies readonly { readonly role: ImageRole; readonly what: Segment['what'] }[];

/** The place of a bank. @throws Failure where the board has none */
export function flashBank({ name, flash }: Board, bank: number): Range {
  const base = flash?.banks[bank];
  if (flash === undefined || base === undefined)
    throw new Failure(`--${BANKS[bank]?.role}: board ${name} has no flash for it; give --board virt`);
  return { base, size: flash.geometry.blockBytes * flash.geometry.blocks };
}

/** The images that go into flash, with their places; the rest of a bank is zero. @throws Failure where there is no flash, or too little */
export function flashSegments(board: Board, images: MachineImages): Segment[] {
  return BANKS.flatMap(({ role, what }, bank): Segment[] => {
    const image = images.get(role);
    if (image === undefined) return [];
    const { base, size } = flashBank(board, bank);
    if (image.bytes.length > size)
      throw new Failure(
        `${image.name}: ${mebibytes(image.bytes.length)} are more than the ${mebibytes(size)} of a bank of flash; give another image`,
      );
    return [{ what, ipa: ipa(BigInt(base)), bytes: image.bytes, zeroFillBytes: 0 }];
  });
}
