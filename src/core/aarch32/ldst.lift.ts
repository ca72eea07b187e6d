import type { Flow } from '../ir/builder.ts';
import type { Builder32 } from '../ir/builder32.ts';
import { ordinary } from '../lifting/data-access.ts';
import {
  byte,
  half,
  type Kind,
  loadRegister,
  type Place,
  signedByte,
  signedHalf,
  storeRegister,
  word,
} from './ldst.ts';

type Transferred = { readonly t: number };

/** Loads and stores of one register, by where a class of encodings has them go: null is UNDEFINED. */
export function transferLift<F>(placeOf: (ir: Builder32, f: F) => Place | null, flagsOf = ordinary) {
  const transfer =
    (access: typeof loadRegister, kind: Kind) =>
    (ir: Builder32, f: F & Transferred): Flow => {
      const place = placeOf(ir, f);
      return place === null ? ir.undefined() : access(ir, f.t, place, kind, flagsOf(ir));
    };
  return {
    STR: transfer(storeRegister, word),
    STRB: transfer(storeRegister, byte),
    STRH: transfer(storeRegister, half),
    LDR: transfer(loadRegister, word),
    LDRB: transfer(loadRegister, byte),
    LDRH: transfer(loadRegister, half),
    LDRSB: transfer(loadRegister, signedByte),
    LDRSH: transfer(loadRegister, signedHalf),
  } as const;
}
