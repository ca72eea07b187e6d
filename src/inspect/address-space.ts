import { Format } from '../core/mmu/regime.ts';
import type { GuestView } from './guest-view.ts';

/** RAM that the guest has at virtual addresses, in one piece on both sides. */
export interface MappedRam {
  readonly va: bigint;
  readonly ipa: number;
  readonly bytes: number;
}

/** Descriptors and holes that are looked at: tables may lead into themselves, and describe more than anybody can count. */
const WALKS_MAX = 2 ** 22;
/** Pieces that are kept: what is beyond them is left out. */
const PIECES_MAX = 2 ** 20;

/** Where addresses that tables can describe begin, and how many there are (log2). */
function ranges(view: GuestView): { readonly from: bigint; readonly bits: number }[] {
  const { format, lower, upper } = view.tables().regime;
  if (format !== Format.vmsav8) return [{ from: 0n, bits: 32 }];
  return [
    ...(upper.disabled ? [] : [{ from: (1n << 64n) - (1n << BigInt(upper.inputBits)), bits: upper.inputBits }]),
    ...(lower.disabled ? [] : [{ from: 0n, bits: lower.inputBits }]),
  ];
}

/**
 * All RAM that the EL1&0 regime maps now, the kernel's half first; with stage 1 off RAM as it lies there. `isWhole` is false where
 * the tables describe so much that some is left out.
 */
export function mappedRam(view: GuestView): { readonly pieces: MappedRam[]; readonly isWhole: boolean } {
  const { ram: segments } = view.machine.vm.memory;
  if (!view.tables().regime.enabled)
    return { pieces: segments.map(({ ipa, bytes }) => ({ va: BigInt(ipa), ipa, bytes })), isWhole: true };
  const walk = view.tables();
  const pieces: MappedRam[] = [];
  let [va, ipa, bytes] = [0n, 0, 0];
  const close = (): void => {
    if (bytes > 0) pieces.push({ va, ipa, bytes });
    bytes = 0;
  };
  const add = (at: bigint, to: number, length: number): void => {
    if (bytes > 0 && at === va + BigInt(bytes) && to === ipa + bytes) bytes += length;
    else {
      close();
      [va, ipa, bytes] = [at, to, length];
    }
  };
  let walks = 0;
  for (const { from, bits } of ranges(view)) {
    const end = from + (1n << BigInt(bits));
    for (let at = from; at < end; ) {
      if (++walks > WALKS_MAX || pieces.length >= PIECES_MAX) {
        close();
        return { pieces, isWhole: false };
      }
      const to = walk.ipaOf(at);
      const length = 2 ** walk.mappedBits;
      if (to >= 0)
        for (const segment of segments) {
          const first = Math.max(to, segment.ipa);
          const last = Math.min(to + length, segment.ipa + segment.bytes);
          if (first < last) add(at + BigInt(first - to), first, last - first);
        }
      at += BigInt(length);
    }
    close();
  }
  return { pieces, isWhole: true };
}

/** What is to be added to guest-physical addresses for most of the RAM that is mapped: the linear map's offset, if there is one. */
export function linearOffset(pieces: readonly MappedRam[]): bigint | undefined {
  const bytesAt = new Map<bigint, number>();
  for (const { va, ipa, bytes } of pieces) {
    const offset = va - BigInt(ipa);
    bytesAt.set(offset, (bytesAt.get(offset) ?? 0) + bytes);
  }
  let best: bigint | undefined;
  for (const [offset, bytes] of bytesAt) if (best === undefined || bytes > (bytesAt.get(best) ?? 0)) best = offset;
  return best;
}
