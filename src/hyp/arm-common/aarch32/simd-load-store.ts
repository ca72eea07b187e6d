import { bit, bits } from '../../../base/bits.ts';
import { doubleWords, type LoadStore, type Operands, type VectorTransfer } from './load-store.ts';

// Advanced SIMD structures, element by element in the order of memory; alike in A32 and T32 but for bits 31:24. Arm ARM DDI 0406, A7.7.

type Size = VectorTransfer['size'];
const PC = 15;
const SP = 13;

/** By the type in bits 11:8: registers of a structure, structures that follow one another, and from one register of it to the next. */
const shapes: { readonly [type: number]: readonly [elements: number, repeat: number, step: number] } = {
  7: [1, 1, 1],
  10: [1, 2, 1],
  6: [1, 3, 1],
  2: [1, 4, 1],
  8: [2, 1, 1],
  9: [2, 1, 2],
  3: [2, 2, 2],
  4: [3, 1, 1],
  5: [3, 1, 2],
  0: [4, 1, 1],
  1: [4, 1, 2],
};

const firstRegister = (word: number): number => (bit(word, 22) << 4) | bits(word, 15, 12);
const element = (i: number, size: Size, reg: number, at: number): VectorTransfer => ({
  offset: i * size,
  size,
  register: 'd',
  reg,
  at,
});

/** VLD1 to VLD4, VST1 to VST4 of whole registers. */
function multiple(word: number, operands: Operands): readonly VectorTransfer[] | undefined {
  const shape = shapes[bits(word, 11, 8)];
  const log2 = bits(word, 7, 6);
  if (shape === undefined || (log2 === 3 && shape[0] > 1)) return undefined;
  const [elements, repeat, step] = shape;
  const first = firstRegister(word);
  if (first + (elements - 1) * step + repeat > 32) return undefined;
  if (log2 === 3) return doubleWords(first, repeat, operands);
  const size = (1 << log2) as Size;
  const transfers: VectorTransfer[] = [];
  for (let r = 0; r < repeat; r++)
    for (let at = 0; at < 8; at += size)
      for (let s = 0; s < elements; s++) transfers.push(element(transfers.length, size, first + r + s * step, at));
  return transfers;
}

/** Of one lane: its place and the step between registers are in index_align, bits 7:4. */
function lane(word: number): readonly VectorTransfer[] | undefined {
  const log2 = bits(word, 11, 10);
  const align = bits(word, 7, 4);
  const elements = bits(word, 9, 8) + 1;
  const size = (1 << log2) as Size;
  const at = size * (align >>> (log2 + 1));
  const step = log2 > 0 && elements > 1 && bit(align, log2) === 1 ? 2 : 1;
  const first = firstRegister(word);
  if (first + (elements - 1) * step > 31) return undefined;
  return Array.from({ length: elements }, (_, s) => element(s, size, first + s * step, at));
}

/** VLD1 to VLD4 to all lanes; VLD1 may fill two registers with its one element. */
function allLanes(word: number): readonly VectorTransfer[] | undefined {
  const elements = bits(word, 9, 8) + 1;
  const log2 = bits(word, 7, 6);
  const wide = bit(word, 5);
  // Size 3 is VLD4's: words, aligned by 16.
  if (log2 === 3 && elements !== 4) return undefined;
  const size = (1 << Math.min(log2, 2)) as Size;
  const first = firstRegister(word);
  const registers = elements === 1 ? 1 + wide : elements;
  const step = elements === 1 ? 1 : 1 + wide;
  if (first + (registers - 1) * step > 31) return undefined;
  return Array.from({ length: registers }, (_, s) => ({
    ...element(elements === 1 ? 0 : s, size, first + s * step, 0),
    copied: true,
  }));
}

/** Decodes an element or structure load or store. */
export function structure(word: number, operands: Operands): LoadStore | undefined {
  const load = bit(word, 21) === 1;
  const toAllLanes = bits(word, 11, 10) === 3;
  const base = bits(word, 19, 16);
  const rm = bits(word, 3, 0);
  if (base === PC || (bit(word, 23) === 1 && toAllLanes && !load)) return undefined;
  const isWhole = bit(word, 23) === 0;
  const transfers = isWhole ? multiple(word, operands) : toAllLanes ? allLanes(word) : lane(word);
  if (transfers === undefined) return undefined;
  const start = operands.r(base);
  const bytes = Math.max(...transfers.map(({ offset, size }) => offset + size));
  const moved = (start + (rm === SP ? bytes : operands.r(rm))) >>> 0;
  return { load, address: start, writeBack: rm === PC ? null : { reg: base, value: moved }, transfers };
}
