// helpers/: what translated code calls: floating point, crypto, table lookups; in AssemblyScript, in as/.

import { must } from '../../base/assert.ts';
import { cryptoHelpers } from './crypto.signatures.ts';
import { flagHelpers } from './flags.signatures.ts';
import { floatHelpers } from './float.signatures.ts';
import { integerHelpers } from './integer.signatures.ts';
import type { HelperSignature } from './signature.ts';
import { vectorHelpers } from './vector.signatures.ts';

export const helpers = { ...flagHelpers, ...integerHelpers, ...floatHelpers, ...vectorHelpers, ...cryptoHelpers };
export type HelperName = keyof typeof helpers;
export const helperNames = Object.keys(helpers) as HelperName[];
const numbers = new Map(helperNames.map((name, i) => [name, i]));
export const helperNumber = (name: HelperName): number => must(numbers.get(name), name);
const pure = new Set(
  helperNames.filter((name) => (helpers[name] as HelperSignature).pure).map((name) => numbers.get(name)),
);
export const isPureHelper = (number: number): boolean => pure.has(number);
