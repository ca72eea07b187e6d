import { PAGE_BYTES } from '../../base/page.ts';
import { Decoder } from '../decode/decoder.ts';
import { type FrontEnd, liftRow, liftRowIf } from '../decode/front-end.ts';
import { Builder32 } from '../ir/builder32.ts';
import { ExceptionCall } from '../state/codes.ts';
import { t16Classes, t32Classes } from './index.ts';

const COND_ALWAYS = 14;
const HALF_WIDTH = 16;
/** First halfwords from 0b11101 on in their top five bits start instructions of 32 bits. Arm ARM DDI 0406C, A6.1. */
const WIDE_FROM = 0b11101;
export const isWide = (half: number): boolean => half >>> 11 >= WIDE_FROM;
/** Executed in an IT block whatever its condition. */
const UNCONDITIONAL_IN_IT = 'BKPT';

const narrow = new Decoder(t16Classes, HALF_WIDTH);
const wide = new Decoder(t32Classes);

/** T32: halfwords, conditional in IT blocks. Its offsets are odd: bit 0 is CPSR.T. */
export const t32FrontEnd: FrontEnd = {
  builder: (config, pool) => new Builder32(config, pool),
  canStart: (config, page, offset) => {
    const at = offset & ~1;
    return at < PAGE_BYTES - 2 || config.straddle >= 0 || !isWide(page.half(at));
  },
  lift: (builder, page) => {
    const ir = builder as Builder32;
    const at = ir.offset & ~1;
    const half = page.half(at);
    const size = isWide(half) ? 4 : 2;
    ir.next = ir.offset + size;
    ir.beginIt(ir.itAfter);
    if (ir.config.illegal) return ir.exception(ExceptionCall.illegalState);
    const word = size === 2 ? half : ((half << 16) | page.half(at + 2)) >>> 0;
    const row = (size === 2 ? narrow : wide).decode(word);
    const cond = ir.inIt ? ir.it >>> 4 : COND_ALWAYS;
    if (cond >= COND_ALWAYS || row?.name === UNCONDITIONAL_IN_IT) return liftRow(ir, row, word);
    return liftRowIf(ir, ir.condition(cond), row, word);
  },
};
