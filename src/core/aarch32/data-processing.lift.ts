import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import * as op from './data-processing.ts';
import type { Operand } from './shift.ts';

type First = { readonly n: number };
type To = op.Destination;

/** Data processing, by how a class of encodings gives the second operand. */
export function dataProcessingLift<F>(operand: (ir: Builder32, f: F) => Operand) {
  const binary =
    (operation: op.Operation) =>
    (ir: Builder32, f: F & First & To): Flow =>
      operation(ir, f, ir.r(f.n), operand(ir, f));
  const comparison =
    (compare: op.Comparison) =>
    (ir: Builder32, f: F & First): Flow =>
      compare(ir, ir.r(f.n), operand(ir, f));
  const move =
    (operation: op.Move) =>
    (ir: Builder32, f: F & To): Flow =>
      operation(ir, f, operand(ir, f));
  return {
    AND: binary(op.and),
    EOR: binary(op.eor),
    SUB: binary(op.sub),
    RSB: binary(op.rsb),
    ADD: binary(op.add),
    ADC: binary(op.adc),
    SBC: binary(op.sbc),
    RSC: binary(op.rsc),
    TST: comparison(op.tst),
    TEQ: comparison(op.teq),
    CMP: comparison(op.cmp),
    CMN: comparison(op.cmn),
    ORR: binary(op.orr),
    ORN: binary(op.orn),
    MOV: move(op.mov),
    BIC: binary(op.bic),
    MVN: move(op.mvn),
  } as const;
}
