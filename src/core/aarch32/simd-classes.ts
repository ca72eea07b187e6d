import { type EncodingClass, encodingClass32 } from '../decode/lift.ts';
import { simdByScalarLift } from './simd-by-scalar.lift.ts';
import { simdByScalar } from './simd-by-scalar.table.ts';
import { simdLoadStoreMultiple, simdLoadStoreSingle } from './simd-load-store.table.ts';
import { simdLoadStoreMultipleLift } from './simd-load-store-multiple.lift.ts';
import { simdLoadStoreSingleLift } from './simd-load-store-single.lift.ts';
import { simdModifiedImmediateLift } from './simd-modified-immediate.lift.ts';
import { simdModifiedImmediate } from './simd-modified-immediate.table.ts';
import { simdPermuteLift } from './simd-permute.lift.ts';
import { simdPermute } from './simd-permute.table.ts';
import { simdShiftLift } from './simd-shift.lift.ts';
import { simdShift } from './simd-shift.table.ts';
import { simdThreeDifferentLift } from './simd-three-different.lift.ts';
import { simdThreeDifferent } from './simd-three-different.table.ts';
import { simdThreeSameLift } from './simd-three-same.lift.ts';
import { simdThreeSame } from './simd-three-same.table.ts';
import { simdThreeSameFpLift } from './simd-three-same-fp.lift.ts';
import { simdThreeSameFp } from './simd-three-same-fp.table.ts';
import { simdTwoRegMiscLift } from './simd-two-reg-misc.lift.ts';
import { simdTwoRegMisc, simdTwoRegMiscFp } from './simd-two-reg-misc.table.ts';
import { simdTwoRegMiscFpLift } from './simd-two-reg-misc-fp.lift.ts';
import { vfpConvertLift } from './vfp-convert.lift.ts';
import { vfpConvert } from './vfp-convert.table.ts';
import { vfpDataLift } from './vfp-data.lift.ts';
import { vfpData } from './vfp-data.table.ts';
import { vfpLoadStoreLift } from './vfp-load-store.lift.ts';
import { vfpLoadStore } from './vfp-load-store.table.ts';
import { simdTransferLift, vfpTransferLift } from './vfp-transfer.lift.ts';
import { simdTransfer, vfpTransfer } from './vfp-transfer.table.ts';

// The encoding classes of VFP and AdvSIMD, in A32's form; T32's is made from them.

const vfp = { fp: true };
const simd = { fp: true, simd: true };

/** Those with a condition in A32. */
export const vfpClasses: readonly EncodingClass[] = [
  encodingClass32('vfp-data', vfpData, vfpDataLift, vfp),
  encodingClass32('vfp-convert', vfpConvert, vfpConvertLift, vfp),
  encodingClass32('vfp-transfer', vfpTransfer, vfpTransferLift, vfp),
  encodingClass32('vfp-load-store', vfpLoadStore, vfpLoadStoreLift, vfp),
  encodingClass32('simd-transfer', simdTransfer, simdTransferLift, simd),
];

/** Those of A32's unconditional space. */
export const simdClasses: readonly EncodingClass[] = [
  encodingClass32('simd-three-same', simdThreeSame, simdThreeSameLift, simd),
  encodingClass32('simd-three-same-fp', simdThreeSameFp, simdThreeSameFpLift, simd),
  encodingClass32('simd-three-different', simdThreeDifferent, simdThreeDifferentLift, simd),
  encodingClass32('simd-by-scalar', simdByScalar, simdByScalarLift, simd),
  encodingClass32('simd-shift', simdShift, simdShiftLift, simd),
  encodingClass32('simd-modified-immediate', simdModifiedImmediate, simdModifiedImmediateLift, simd),
  encodingClass32('simd-two-reg-misc', simdTwoRegMisc, simdTwoRegMiscLift, simd),
  encodingClass32('simd-two-reg-misc-fp', simdTwoRegMiscFp, simdTwoRegMiscFpLift, simd),
  encodingClass32('simd-permute', simdPermute, simdPermuteLift, simd),
  encodingClass32('simd-load-store-multiple', simdLoadStoreMultiple, simdLoadStoreMultipleLift, simd),
  encodingClass32('simd-load-store-single', simdLoadStoreSingle, simdLoadStoreSingleLift, simd),
];
