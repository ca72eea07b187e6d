import { type EncodingClass, encodingClass32 } from '../decode/lift.ts';
import { coprocessorLift, vfpSystemLift } from './coprocessor.lift.ts';
import { coprocessor, vfpSystem } from './coprocessor.table.ts';

/** The encoding classes that A32 and T32 have alike, in A32's form; T32's are made from them. */
export const coprocessorClasses: readonly EncodingClass[] = [
  encodingClass32('coprocessor', coprocessor, coprocessorLift),
  encodingClass32('vfp-system', vfpSystem, vfpSystemLift),
];
