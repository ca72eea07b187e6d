import type { Builder32 } from '../ir/builder32.ts';
import { AccessFlags, WORDS_MAX } from '../ir/ops.ts';
import type { I32 } from '../ir/types.ts';
import { inByteOrder } from '../lifting/data-access.ts';

// Words one after the other, as LDM, STM, LDRD and STRD access them: aligned by 4 bytes whatever SCTLR.A says (Arm ARM
// DDI 0406C, A3.2.1), each in the byte order of data. As few accesses as there can be, since each costs a look at the TLB.

const { wordAligned } = AccessFlags;

const plus = (ir: Builder32, address: I32, offset: number): I32 =>
  offset === 0 ? address : ir.add(address, ir.i32(offset));

export function loadWords(ir: Builder32, start: I32, count: number): I32[] {
  const loaded: I32[] = [];
  while (loaded.length < count) {
    const address = ir.address(plus(ir, start, 4 * loaded.length));
    loaded.push(...ir.loadWords(address, Math.min(count - loaded.length, WORDS_MAX), wordAligned));
  }
  return loaded.map((word) => inByteOrder(ir, word));
}

export function storeWords(ir: Builder32, start: I32, values: readonly I32[]): void {
  const ordered = values.map((value) => inByteOrder(ir, value));
  for (let first = 0; first < ordered.length; first += WORDS_MAX) {
    const address = ir.address(plus(ir, start, 4 * first));
    ir.storeWords(address, ordered.slice(first, first + WORDS_MAX), wordAligned);
  }
}
