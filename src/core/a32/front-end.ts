import { Decoder } from '../decode/decoder.ts';
import { type FrontEnd, liftRow, liftRowIf } from '../decode/front-end.ts';
import { Builder32 } from '../ir/builder32.ts';
import { ExceptionCall } from '../state/codes.ts';
import { a32Classes, a32UnconditionalClasses } from './index.ts';

const COND_ALWAYS = 14;
const COND_UNCONDITIONAL = 15;
const conditional = new Decoder(a32Classes);
const unconditional = new Decoder(a32UnconditionalClasses);

/** A32: words, each with its condition in bits 31:28. Arm ARM DDI 0406C, A5.1. */
export const a32FrontEnd: FrontEnd = {
  builder: (config, pool) => new Builder32(config, pool),
  canStart: () => true,
  lift: (builder, page) => {
    const ir = builder as Builder32;
    const { offset } = ir;
    ir.next = offset + 4;
    if (ir.config.illegal) return ir.exception(ExceptionCall.illegalState);
    const word = page.word(offset);
    const cond = word >>> 28;
    if (cond === COND_UNCONDITIONAL) return liftRow(ir, unconditional.decode(word), word);
    const row = conditional.decode(word);
    if (cond === COND_ALWAYS) return liftRow(ir, row, word);
    return liftRowIf(ir, ir.condition(cond), row, word);
  },
};
