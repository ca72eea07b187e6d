// a64/: the encoding classes of A64, each a table of rows (X.table.ts) and its lifters (X.lift.ts).

import { type EncodingClass, encodingClass } from '../decode/lift.ts';
import { branchLift } from './branch.lift.ts';
import { branch } from './branch.table.ts';
import { cryptoLift } from './crypto.lift.ts';
import { crypto } from './crypto.table.ts';
import { dpImmediateLift } from './dp-immediate.lift.ts';
import { dpImmediate } from './dp-immediate.table.ts';
import { dpRegisterLift } from './dp-register.lift.ts';
import { dpRegister } from './dp-register.table.ts';
import { fpCompareLift } from './fp-compare.lift.ts';
import { fpCompare } from './fp-compare.table.ts';
import { fpFixedPointLift } from './fp-fixed-point.lift.ts';
import { fpFixedPoint } from './fp-fixed-point.table.ts';
import { fpIntegerLift } from './fp-integer.lift.ts';
import { fpInteger } from './fp-integer.table.ts';
import { fpOneSourceLift } from './fp-one-source.lift.ts';
import { fpOneSource } from './fp-one-source.table.ts';
import { fpSelectLift } from './fp-select.lift.ts';
import { fpSelect } from './fp-select.table.ts';
import { fpThreeSourceLift } from './fp-three-source.lift.ts';
import { fpThreeSource } from './fp-three-source.table.ts';
import { fpTwoSourceLift } from './fp-two-source.lift.ts';
import { fpTwoSource } from './fp-two-source.table.ts';
import { ldstExclusiveLift } from './ldst-exclusive.lift.ts';
import { ldstExclusive } from './ldst-exclusive.table.ts';
import { ldstLiteralFpLift, ldstLiteralLift } from './ldst-literal.lift.ts';
import { ldstLiteral, ldstLiteralFp } from './ldst-literal.table.ts';
import { ldstPairFpLift, ldstPairLift } from './ldst-pair.lift.ts';
import { ldstPair, ldstPairFp } from './ldst-pair.table.ts';
import { ldstRegisterLift } from './ldst-register.lift.ts';
import { ldstRegister } from './ldst-register.table.ts';
import { ldstRegisterFpLift } from './ldst-register-fp.lift.ts';
import { ldstRegisterFp } from './ldst-register-fp.table.ts';
import { ldstSimdMultipleLift } from './ldst-simd-multiple.lift.ts';
import { ldstSimdSingleLift } from './ldst-simd-single.lift.ts';
import { ldstSimdMultiple, ldstSimdSingle } from './ldst-simd-structures.table.ts';
import { simdAcrossLanesLift } from './simd-across-lanes.lift.ts';
import { simdAcrossLanes } from './simd-across-lanes.table.ts';
import { simdAcrossLanesFpLift } from './simd-across-lanes-fp.lift.ts';
import { simdAcrossLanesFp } from './simd-across-lanes-fp.table.ts';
import { simdByElementLift } from './simd-by-element.lift.ts';
import { simdByElement } from './simd-by-element.table.ts';
import { simdByElementFpLift } from './simd-by-element-fp.lift.ts';
import { simdByElementFp } from './simd-by-element-fp.table.ts';
import { simdCopyLift } from './simd-copy.lift.ts';
import { simdCopy } from './simd-copy.table.ts';
import { simdModifiedImmediateLift } from './simd-modified-immediate.lift.ts';
import { simdModifiedImmediate } from './simd-modified-immediate.table.ts';
import { simdPermuteLift } from './simd-permute.lift.ts';
import { simdPermute } from './simd-permute.table.ts';
import { simdScalarByElementLift } from './simd-scalar-by-element.lift.ts';
import { simdScalarByElement } from './simd-scalar-by-element.table.ts';
import { simdScalarByElementFpLift } from './simd-scalar-by-element-fp.lift.ts';
import { simdScalarByElementFp } from './simd-scalar-by-element-fp.table.ts';
import { simdScalarPairwiseFpLift } from './simd-scalar-pairwise-fp.lift.ts';
import { simdScalarPairwiseFp } from './simd-scalar-pairwise-fp.table.ts';
import { simdScalarShiftByImmediateLift } from './simd-scalar-shift-by-immediate.lift.ts';
import { simdScalarShiftByImmediate } from './simd-scalar-shift-by-immediate.table.ts';
import { simdScalarShiftByImmediateFpLift } from './simd-scalar-shift-by-immediate-fp.lift.ts';
import { simdScalarShiftByImmediateFp } from './simd-scalar-shift-by-immediate-fp.table.ts';
import { simdScalarThreeDifferentLift } from './simd-scalar-three-different.lift.ts';
import { simdScalarThreeDifferent } from './simd-scalar-three-different.table.ts';
import { simdScalarThreeSameLift } from './simd-scalar-three-same.lift.ts';
import { simdScalarThreeSame } from './simd-scalar-three-same.table.ts';
import { simdScalarThreeSameFpLift } from './simd-scalar-three-same-fp.lift.ts';
import { simdScalarThreeSameFp } from './simd-scalar-three-same-fp.table.ts';
import { simdScalarTwoRegMiscLift } from './simd-scalar-two-reg-misc.lift.ts';
import { simdScalarTwoRegMisc } from './simd-scalar-two-reg-misc.table.ts';
import { simdScalarTwoRegMiscFpLift } from './simd-scalar-two-reg-misc-fp.lift.ts';
import { simdScalarTwoRegMiscFp } from './simd-scalar-two-reg-misc-fp.table.ts';
import { simdShiftByImmediateLift } from './simd-shift-by-immediate.lift.ts';
import { simdShiftByImmediate } from './simd-shift-by-immediate.table.ts';
import { simdShiftByImmediateFpLift } from './simd-shift-by-immediate-fp.lift.ts';
import { simdShiftByImmediateFp } from './simd-shift-by-immediate-fp.table.ts';
import { simdThreeDifferentLift } from './simd-three-different.lift.ts';
import { simdThreeDifferent } from './simd-three-different.table.ts';
import { simdThreeSameLift } from './simd-three-same.lift.ts';
import { simdThreeSame } from './simd-three-same.table.ts';
import { simdThreeSameFpLift } from './simd-three-same-fp.lift.ts';
import { simdThreeSameFp } from './simd-three-same-fp.table.ts';
import { simdTwoRegMiscLift } from './simd-two-reg-misc.lift.ts';
import { simdTwoRegMisc } from './simd-two-reg-misc.table.ts';
import { simdTwoRegMiscFpLift } from './simd-two-reg-misc-fp.lift.ts';
import { simdTwoRegMiscFp } from './simd-two-reg-misc-fp.table.ts';
import { systemLift } from './system.lift.ts';
import { system } from './system.table.ts';

/** Every encoding class of A64. */
export const a64Classes: readonly EncodingClass[] = [
  encodingClass('dp-immediate', dpImmediate, dpImmediateLift),
  encodingClass('dp-register', dpRegister, dpRegisterLift),
  encodingClass('branch', branch, branchLift),
  encodingClass('ldst-register', ldstRegister, ldstRegisterLift),
  encodingClass('ldst-register-fp', ldstRegisterFp, ldstRegisterFpLift, { fp: true }),
  encodingClass('ldst-literal', ldstLiteral, ldstLiteralLift),
  encodingClass('ldst-literal-fp', ldstLiteralFp, ldstLiteralFpLift, { fp: true }),
  encodingClass('ldst-pair', ldstPair, ldstPairLift),
  encodingClass('ldst-pair-fp', ldstPairFp, ldstPairFpLift, { fp: true }),
  encodingClass('ldst-exclusive', ldstExclusive, ldstExclusiveLift),
  encodingClass('ldst-simd-multiple', ldstSimdMultiple, ldstSimdMultipleLift, { fp: true }),
  encodingClass('ldst-simd-single', ldstSimdSingle, ldstSimdSingleLift, { fp: true }),
  encodingClass('simd-three-same', simdThreeSame, simdThreeSameLift, { fp: true }),
  encodingClass('simd-three-different', simdThreeDifferent, simdThreeDifferentLift, { fp: true }),
  encodingClass('simd-two-reg-misc', simdTwoRegMisc, simdTwoRegMiscLift, { fp: true }),
  encodingClass('simd-across-lanes', simdAcrossLanes, simdAcrossLanesLift, { fp: true }),
  encodingClass('simd-copy', simdCopy, simdCopyLift, { fp: true }),
  encodingClass('simd-permute', simdPermute, simdPermuteLift, { fp: true }),
  encodingClass('simd-modified-immediate', simdModifiedImmediate, simdModifiedImmediateLift, { fp: true }),
  encodingClass('simd-shift-by-immediate', simdShiftByImmediate, simdShiftByImmediateLift, { fp: true }),
  encodingClass('simd-by-element', simdByElement, simdByElementLift, { fp: true }),
  encodingClass('simd-scalar-three-same', simdScalarThreeSame, simdScalarThreeSameLift, { fp: true }),
  encodingClass('simd-scalar-three-different', simdScalarThreeDifferent, simdScalarThreeDifferentLift, { fp: true }),
  encodingClass('simd-scalar-two-reg-misc', simdScalarTwoRegMisc, simdScalarTwoRegMiscLift, { fp: true }),
  encodingClass('simd-scalar-shift-by-immediate', simdScalarShiftByImmediate, simdScalarShiftByImmediateLift, {
    fp: true,
  }),
  encodingClass('simd-scalar-by-element', simdScalarByElement, simdScalarByElementLift, { fp: true }),
  encodingClass('crypto', crypto, cryptoLift, { fp: true }),
  encodingClass('fp-one-source', fpOneSource, fpOneSourceLift, { fp: true }),
  encodingClass('fp-two-source', fpTwoSource, fpTwoSourceLift, { fp: true }),
  encodingClass('fp-three-source', fpThreeSource, fpThreeSourceLift, { fp: true }),
  encodingClass('fp-compare', fpCompare, fpCompareLift, { fp: true }),
  encodingClass('fp-select', fpSelect, fpSelectLift, { fp: true }),
  encodingClass('fp-integer', fpInteger, fpIntegerLift, { fp: true }),
  encodingClass('fp-fixed-point', fpFixedPoint, fpFixedPointLift, { fp: true }),
  encodingClass('simd-three-same-fp', simdThreeSameFp, simdThreeSameFpLift, { fp: true }),
  encodingClass('simd-two-reg-misc-fp', simdTwoRegMiscFp, simdTwoRegMiscFpLift, { fp: true }),
  encodingClass('simd-across-lanes-fp', simdAcrossLanesFp, simdAcrossLanesFpLift, { fp: true }),
  encodingClass('simd-by-element-fp', simdByElementFp, simdByElementFpLift, { fp: true }),
  encodingClass('simd-shift-by-immediate-fp', simdShiftByImmediateFp, simdShiftByImmediateFpLift, { fp: true }),
  encodingClass('simd-scalar-three-same-fp', simdScalarThreeSameFp, simdScalarThreeSameFpLift, { fp: true }),
  encodingClass('simd-scalar-two-reg-misc-fp', simdScalarTwoRegMiscFp, simdScalarTwoRegMiscFpLift, { fp: true }),
  encodingClass('simd-scalar-pairwise-fp', simdScalarPairwiseFp, simdScalarPairwiseFpLift, { fp: true }),
  encodingClass('simd-scalar-by-element-fp', simdScalarByElementFp, simdScalarByElementFpLift, { fp: true }),
  encodingClass('simd-scalar-shift-by-immediate-fp', simdScalarShiftByImmediateFp, simdScalarShiftByImmediateFpLift, {
    fp: true,
  }),
  encodingClass('system', system, systemLift),
];
