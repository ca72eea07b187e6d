import { bits } from '../../base/bits.ts';
import { based, type LoadStore, type Operands, type VectorTransfer } from './access-plan.ts';

// Advanced SIMD structures: element by element, in the order of memory. Arm ARM DDI 0487, C4.1 "Loads and Stores", C7.2.

type Size = VectorTransfer['size'];

/** By opcode: registers of a structure, and how many structures of one register follow one another. */
const shapes: { readonly [opcode: number]: readonly [elements: number, repeat: number] } = {
  0: [4, 1],
  2: [1, 4],
  4: [3, 1],
  6: [1, 3],
  7: [1, 1],
  8: [2, 1],
  10: [1, 2],
};

/** LD1 to LD4, ST1 to ST4 of whole registers. */
function multiple(word: number): readonly VectorTransfer[] | undefined {
  const shape = shapes[bits(word, 15, 12)];
  const log2 = bits(word, 11, 10);
  const bytes = bits(word, 30, 30) === 1 ? 16 : 8;
  if (shape === undefined) return undefined;
  const [elements, repeat] = shape;
  if (log2 === 3 && bytes === 8 && elements > 1) return undefined;
  const size = (1 << log2) as Size;
  const transfers: VectorTransfer[] = [];
  for (let r = 0; r < repeat; r++)
    for (let at = 0; at < bytes; at += size)
      for (let s = 0; s < elements; s++)
        transfers.push({
          register: 'v',
          offset: transfers.length * size,
          size,
          reg: (bits(word, 4, 0) + r + s) % 32,
          at,
          whole: at === 0,
        });
  return transfers;
}

/** The element's size and its byte in the register, by opcode<2:1>, Q, S and size. */
function lane(word: number): { readonly size: Size; readonly at: number } | undefined {
  const [q, s, size] = [bits(word, 30, 30), bits(word, 12, 12), bits(word, 11, 10)];
  switch (bits(word, 15, 14)) {
    case 0:
      return { size: 1, at: (q << 3) | (s << 2) | size };
    case 1:
      return (size & 1) === 0 ? { size: 2, at: 2 * ((q << 2) | (s << 1) | (size >>> 1)) } : undefined;
    default:
      if (size === 0) return { size: 4, at: 4 * ((q << 1) | s) };
      return size === 1 && s === 0 ? { size: 8, at: 8 * q } : undefined;
  }
}

/** LD1 to LD4, ST1 to ST4 of one lane; LD1R to LD4R. */
function single(word: number): readonly VectorTransfer[] | undefined {
  const elements = 1 + bits(word, 21, 21) + 2 * bits(word, 13, 13);
  const replicates = bits(word, 15, 14) === 3;
  const isLoad = bits(word, 22, 22) === 1;
  if (replicates && (!isLoad || bits(word, 12, 12) === 1)) return undefined;
  const place = replicates ? { size: (1 << bits(word, 11, 10)) as Size, at: 0 } : lane(word);
  if (place === undefined) return undefined;
  const copies = bits(word, 30, 30) === 1 ? 16 : 8;
  return Array.from({ length: elements }, (_, s) => ({
    register: 'v',
    offset: s * place.size,
    ...place,
    reg: (bits(word, 4, 0) + s) % 32,
    whole: replicates,
    ...(replicates ? { copies } : {}),
  }));
}

/** Decodes LD1 to LD4, LD1R to LD4R, ST1 to ST4. */
export function structure(word: number, operands: Operands): LoadStore | undefined {
  if ((word & 0xbe00_0000) >>> 0 !== 0x0c00_0000) return undefined;
  const isSingle = bits(word, 24, 24) === 1;
  const isPost = bits(word, 23, 23) === 1;
  const rm = bits(word, 20, 16);
  // Bit 21 of whole registers and, without write-back, the place of Rm are 0.
  if ((!isSingle && bits(word, 21, 21) === 1) || (!isPost && rm !== 0)) return undefined;
  const transfers = isSingle ? single(word) : multiple(word);
  if (transfers === undefined) return undefined;
  const bytes = transfers.reduce((sum, { size }) => sum + size, 0);
  const offset = !isPost ? 0n : rm === 31 ? BigInt(bytes) : operands.x(rm);
  return {
    load: bits(word, 22, 22) === 1,
    ...based(word, offset, isPost ? 'post' : null, operands),
    transfers,
  };
}
