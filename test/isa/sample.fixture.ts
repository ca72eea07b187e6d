import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Vector } from '../../tools/conformance/vector.ts';

/** The sample of a set of instruction vectors (NOTE.md). */
export const sampleOf = (isa: Vector['isa']): Vector[] =>
  gunzipSync(readFileSync(new URL(`${isa}.jsonl.gz`, import.meta.url)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Vector);
