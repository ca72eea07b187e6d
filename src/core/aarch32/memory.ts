import type { Builder32 } from '../ir/builder32.ts';
import { AccessFlags } from '../ir/ops.ts';
import type { I32, I64 } from '../ir/types.ts';
import { inByteOrder } from '../lifting/data-access.ts';

// Words one after the other, as LDM, STM, LDRD and STRD access them: aligned by 4 bytes whatever SCTLR.A says (Arm ARM
// DDI 0406C, A3.2.1), each in the byte order of data. As few accesses as there can be, since each costs a look at the TLB.

const { wordAligned } = AccessFlags;

const lowWord = (ir: Builder32, pair: I64): I32 => ir.wrap(pair);
const highWord = (ir: Builder32, pair: I64): I32 => ir.wrap(ir.shrUBy(pair, 32));
const pairOf = (ir: Builder32, low: I32, high: I32): I64 => ir.or(ir.extendU(low), ir.shlBy(ir.extendU(high), 32));

const plus = (ir: Builder32, address: I32, offset: number): I32 =>
  offset === 0 ? address : ir.add(address, ir.i32(offset));

/** The lengths of the accesses to so many words: 4 words while there are, then 2, then 1. */
function* accesses(count: number): Generator<{ readonly first: number; readonly words: 1 | 2 | 4 }> {
  for (let first = 0; first < count; ) {
    const left = count - first;
    const words = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    yield { first, words };
    first += words;
  }
}

export function loadWords(ir: Builder32, start: I32, count: number): I32[] {
  const loaded: I32[] = [];
  for (const { first, words } of accesses(count)) {
    const address = ir.address(plus(ir, start, 4 * first));
    if (words === 4) {
      const [a, b] = ir.loadPair64(address, wordAligned);
      loaded.push(lowWord(ir, a), highWord(ir, a), lowWord(ir, b), highWord(ir, b));
    } else if (words === 2) loaded.push(...ir.loadPair32(address, wordAligned));
    else loaded.push(ir.load32(address, wordAligned));
  }
  return loaded.map((word) => inByteOrder(ir, word));
}

export function storeWords(ir: Builder32, start: I32, values: readonly I32[]): void {
  const ordered = values.map((value) => inByteOrder(ir, value));
  for (const { first, words } of accesses(values.length)) {
    const address = ir.address(plus(ir, start, 4 * first));
    const [a, b, c, d] = ordered.slice(first, first + words) as [I32, I32, I32, I32];
    if (words === 4) ir.storePair64(address, pairOf(ir, a, b), pairOf(ir, c, d), wordAligned);
    else if (words === 2) ir.storePair32(address, a, b, wordAligned);
    else ir.store32(address, a, wordAligned);
  }
}
