// a32/: the encoding classes of A32, each a table of rows and its lifters.

import { multiplyLift } from '../aarch32/multiply.lift.ts';
import { packingLift } from '../aarch32/packing.lift.ts';
import { parallelLift } from '../aarch32/parallel.lift.ts';
import { saturateLift } from '../aarch32/saturate.lift.ts';
import { simdClasses, vfpClasses } from '../aarch32/simd-classes.ts';
import { coprocessorClasses } from '../aarch32/system-classes.ts';
import { type EncodingClass, encodingClass32 } from '../decode/lift.ts';
import { branchLift, branchRegisterLift, ldstMultipleLift, unconditionalLift } from './branch.lift.ts';
import { branch, ldstMultiple } from './branch.table.ts';
import { dpImmediateLift, dpRegisterLift, dpRegisterShiftedLift } from './dp.lift.ts';
import { dpImmediate } from './dp-immediate.table.ts';
import { dpRegister } from './dp-register.table.ts';
import { dpRegisterShifted } from './dp-register-shifted.table.ts';
import { ldstExtraLift, ldstExtraUnprivilegedLift, ldstWordByteLift } from './ldst.lift.ts';
import { ldstExclusiveLift } from './ldst-exclusive.lift.ts';
import { ldstExclusive } from './ldst-exclusive.table.ts';
import { ldstExtra, ldstExtraUnprivileged } from './ldst-extra.table.ts';
import { ldstWordByte } from './ldst-word-byte.table.ts';
import { branchRegister, countZeros } from './miscellaneous.table.ts';
import { multiply, multiplyHalfword, multiplySigned } from './multiply.table.ts';
import { bitfield, bytewise, packing, packingSaturating } from './packing.table.ts';
import { parallel } from './parallel.table.ts';
import { saturating } from './saturating.table.ts';
import { immediateAndHintsLift, miscellaneousLift, unconditionalSystemLift } from './system.lift.ts';
import { immediateAndHints, miscellaneous, unconditionalSystem } from './system.table.ts';
import { unconditional } from './unconditional.table.ts';

/** The encoding classes of A32 whose bits 31:28 are a condition: rows write them as `----`. */
export const a32Classes: readonly EncodingClass[] = [
  encodingClass32('dp-register', dpRegister, dpRegisterLift, { computes: true }),
  encodingClass32('dp-register-shifted', dpRegisterShifted, dpRegisterShiftedLift, { computes: true }),
  encodingClass32('dp-immediate', dpImmediate, dpImmediateLift, { computes: true }),
  encodingClass32('multiply', multiply, multiplyLift, { computes: true }),
  encodingClass32('multiply-halfword', multiplyHalfword, multiplyLift),
  encodingClass32('multiply-signed', multiplySigned, multiplyLift),
  encodingClass32('saturating', saturating, saturateLift),
  encodingClass32('parallel', parallel, parallelLift),
  encodingClass32('packing', packing, packingLift, { computes: true }),
  encodingClass32('packing-saturating', packingSaturating, saturateLift),
  encodingClass32('bitfield', bitfield, packingLift, { computes: true }),
  encodingClass32('bytewise', bytewise, parallelLift),
  encodingClass32('count-zeros', countZeros, packingLift, { computes: true }),
  encodingClass32('ldst-word-byte', ldstWordByte, ldstWordByteLift),
  encodingClass32('ldst-extra', ldstExtra, ldstExtraLift),
  encodingClass32('ldst-extra-unprivileged', ldstExtraUnprivileged, ldstExtraUnprivilegedLift),
  encodingClass32('ldst-exclusive', ldstExclusive, ldstExclusiveLift),
  encodingClass32('ldst-multiple', ldstMultiple, ldstMultipleLift),
  encodingClass32('branch', branch, branchLift),
  encodingClass32('branch-register', branchRegister, branchRegisterLift),
  encodingClass32('miscellaneous', miscellaneous, miscellaneousLift),
  encodingClass32('immediate-and-hints', immediateAndHints, immediateAndHintsLift),
  ...coprocessorClasses,
  ...vfpClasses,
];
/** Those of A32's unconditional space, bits 31:28 = 1111. */
export const a32UnconditionalClasses: readonly EncodingClass[] = [
  encodingClass32('unconditional', unconditional, unconditionalLift),
  encodingClass32('unconditional-system', unconditionalSystem, unconditionalSystemLift),
  ...simdClasses,
];
