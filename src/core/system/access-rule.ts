import type { TranslationConfig } from '../ir/config.ts';

/** What becomes of an access: it is done, UNDEFINED, trapped as an FP access ('fp'), or trapped to a level. */
export type Verdict = 'ok' | 'undefined' | 'fp' | 1 | 2;
/** The verdict on a read or write by code under a configuration. */
export type AccessRule = (config: TranslationConfig, write: boolean) => Verdict;
