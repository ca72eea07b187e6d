import { type EncodingClass, encodingClass } from '../decode/lift.ts';
import { branchLift } from './branch.lift.ts';
import { branch } from './branch.table.ts';
import { dpImmediateLift } from './dp-immediate.lift.ts';
import { dpImmediate } from './dp-immediate.table.ts';
import { ldstLiteralFpLift, ldstLiteralLift } from './ldst-literal.lift.ts';
import { ldstLiteral, ldstLiteralFp } from './ldst-literal.table.ts';
import { ldstPairFpLift, ldstPairLift } from './ldst-pair.lift.ts';
import { ldstPair, ldstPairFp } from './ldst-pair.table.ts';
import { ldstRegisterLift } from './ldst-register.lift.ts';
import { ldstRegister } from './ldst-register.table.ts';
import { ldstRegisterFpLift } from './ldst-register-fp.lift.ts';
import { ldstRegisterFp } from './ldst-register-fp.table.ts';

/** Every encoding class of A64. */
export const a64Classes: readonly EncodingClass[] = [
  encodingClass('dp-immediate', dpImmediate, dpImmediateLift),
  encodingClass('branch', branch, branchLift),
  encodingClass('ldst-register', ldstRegister, ldstRegisterLift),
  encodingClass('ldst-register-fp', ldstRegisterFp, ldstRegisterFpLift, { fp: true }),
  encodingClass('ldst-literal', ldstLiteral, ldstLiteralLift),
  encodingClass('ldst-literal-fp', ldstLiteralFp, ldstLiteralFpLift, { fp: true }),
  encodingClass('ldst-pair', ldstPair, ldstPairLift),
  encodingClass('ldst-pair-fp', ldstPairFp, ldstPairFpLift, { fp: true }),
];
