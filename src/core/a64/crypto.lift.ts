import type { Lifters } from '../decode/lift.ts';
import type { HelperName } from '../helpers/signatures.ts';
import type { Builder, Flow } from '../ir/builder.ts';
import type { crypto } from './crypto.table.ts';
import { halfAddress } from './simd-operands.ts';

const two =
  (helper: HelperName) =>
  (ir: Builder, f: { readonly n: number; readonly d: number }): Flow => {
    ir.call(helper, ir.vAddress(f.d), ir.vAddress(f.n));
    return 'next';
  };
const three =
  (helper: HelperName) =>
  (ir: Builder, f: { readonly m: number; readonly n: number; readonly d: number }): Flow => {
    ir.call(helper, ir.vAddress(f.d), ir.vAddress(f.n), ir.vAddress(f.m));
    return 'next';
  };

export const cryptoLift = {
  AESE: two('aese'),
  AESD: two('aesd'),
  AESMC: two('aesmc'),
  AESIMC: two('aesimc'),
  SHA1C: three('sha1c'),
  SHA1P: three('sha1p'),
  SHA1M: three('sha1m'),
  SHA1SU0: three('sha1su0'),
  SHA1SU1: two('sha1su1'),
  SHA1H: (ir, f) => {
    ir.setVs(f.d, ir.rotrBy(ir.vs(f.n), 2));
    return 'next';
  },
  SHA256H: three('sha256h'),
  SHA256H2: three('sha256h2'),
  SHA256SU0: two('sha256su0'),
  SHA256SU1: three('sha256su1'),
  PMULL_d: (ir, f) => {
    ir.call('pmull64', ir.vAddress(f.d), halfAddress(ir, f.n, f.q), halfAddress(ir, f.m, f.q));
    return 'next';
  },
} satisfies Lifters<typeof crypto>;
