// t32/: the encoding classes of T32, of 16 and of 32 bits.

import { multiplyLift } from '../aarch32/multiply.lift.ts';
import { packingLift } from '../aarch32/packing.lift.ts';
import { parallelLift } from '../aarch32/parallel.lift.ts';
import { saturateLift } from '../aarch32/saturate.lift.ts';
import { simdClasses, vfpClasses } from '../aarch32/simd-classes.ts';
import { coprocessorClasses } from '../aarch32/system-classes.ts';
import { type EncodingClass, encodingClass32 } from '../decode/lift.ts';
import { branchLift, monitorLift } from './branch.lift.ts';
import { branch, monitor } from './branch.table.ts';
import { dpImmediateLift, dpPlainImmediateLift, dpRegisterShiftedLift, dpShiftedLift } from './dp.lift.ts';
import { bitfield, dpImmediate, dpPlainImmediate, saturating } from './dp-immediate.table.ts';
import { dpRegisterShifted, dpShifted, pack, packing, parallel, saturatingAdd } from './dp-register.table.ts';
import { ldstDualLift, ldstMultipleLift, ldstSingleLift, memoryHintsLift } from './ldst.lift.ts';
import { ldstDual, ldstMultiple } from './ldst-multiple.table.ts';
import { ldstSingle, memoryHints } from './ldst-single.table.ts';
import { multiply, multiplyLong } from './multiply.table.ts';
import { inT32 } from './simd-encoding.ts';
import { returnStateLift, systemLift, t16SystemLift } from './system.lift.ts';
import { returnState, system, t16System } from './system.table.ts';
import { t16BranchLift, t16IfThenLift } from './t16-branch.lift.ts';
import { t16Branch, t16IfThen } from './t16-branch.table.ts';
import { t16AddressLift, t16ImmediateLift, t16PackingLift, t16RegisterLift, t16SpecialLift } from './t16-data.lift.ts';
import { t16Address, t16Immediate, t16Packing, t16Register, t16Special } from './t16-data.table.ts';
import { t16LdstLift, t16MultipleLift } from './t16-ldst.lift.ts';
import { t16Ldst, t16Multiple } from './t16-ldst.table.ts';

/** The encoding classes of T32's 16-bit instructions. */
export const t16Classes: readonly EncodingClass[] = [
  encodingClass32('t16-immediate', t16Immediate, t16ImmediateLift, { computes: true }),
  encodingClass32('t16-register', t16Register, t16RegisterLift, { computes: true }),
  encodingClass32('t16-special', t16Special, t16SpecialLift, { computes: true }),
  encodingClass32('t16-address', t16Address, t16AddressLift, { computes: true }),
  encodingClass32('t16-packing', t16Packing, t16PackingLift, { computes: true }),
  encodingClass32('t16-ldst', t16Ldst, t16LdstLift),
  encodingClass32('t16-multiple', t16Multiple, t16MultipleLift),
  encodingClass32('t16-branch', t16Branch, t16BranchLift),
  encodingClass32('t16-if-then', t16IfThen, t16IfThenLift),
  encodingClass32('t16-system', t16System, t16SystemLift),
];
/** Those of its 32-bit instructions, first halfword in bits 31:16. */
export const t32Classes: readonly EncodingClass[] = [
  encodingClass32('dp-immediate', dpImmediate, dpImmediateLift, { computes: true }),
  encodingClass32('dp-plain-immediate', dpPlainImmediate, dpPlainImmediateLift, { computes: true }),
  encodingClass32('saturating', saturating, saturateLift),
  encodingClass32('bitfield', bitfield, packingLift, { computes: true }),
  encodingClass32('dp-shifted', dpShifted, dpShiftedLift, { computes: true }),
  encodingClass32('pack', pack, packingLift, { computes: true }),
  encodingClass32('dp-register-shifted', dpRegisterShifted, dpRegisterShiftedLift, { computes: true }),
  encodingClass32('packing', packing, packingLift, { computes: true }),
  encodingClass32('saturating-add', saturatingAdd, saturateLift),
  encodingClass32('parallel', parallel, parallelLift),
  encodingClass32('multiply', multiply, multiplyLift, { computes: true }),
  encodingClass32('multiply-long', multiplyLong, multiplyLift, { computes: true }),
  encodingClass32('ldst-single', ldstSingle, ldstSingleLift),
  encodingClass32('memory-hints', memoryHints, memoryHintsLift),
  encodingClass32('ldst-multiple', ldstMultiple, ldstMultipleLift),
  encodingClass32('ldst-dual', ldstDual, ldstDualLift),
  encodingClass32('branch', branch, branchLift),
  encodingClass32('monitor', monitor, monitorLift),
  encodingClass32('system', system, systemLift),
  encodingClass32('return-state', returnState, returnStateLift),
  ...[...coprocessorClasses, ...vfpClasses, ...simdClasses].map(inT32),
];
