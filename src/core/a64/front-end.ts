import { Decoder } from '../decode/decoder.ts';
import { type FrontEnd, liftRow } from '../decode/front-end.ts';
import { Builder } from '../ir/builder.ts';
import { ExceptionCall } from '../state/codes.ts';
import { a64Classes } from './index.ts';

const decoder = new Decoder(a64Classes);

/** A64: words, always aligned. */
export const a64FrontEnd: FrontEnd = {
  builder: (config, pool) => new Builder(config, pool),
  canStart: () => true,
  lift: (ir, page) => {
    const { offset } = ir;
    ir.next = offset + 4;
    if (ir.config.illegal) return ir.exception(ExceptionCall.illegalState);
    const word = page.word(offset);
    return liftRow(ir, decoder.decode(word), word);
  },
};
