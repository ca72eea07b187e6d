// node tools/conformance/sample.ts FILE... > test/isa/ISA.jsonl.gz: a sample of instruction vectors for npm test.
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Vector } from './vector.ts';

/** Of each group every so many vectors are taken, and the first of each outcome. */
const EVERY = 40;

const seen = new Map<string, number>();
const count = (key: string): number => {
  const before = seen.get(key) ?? 0;
  seen.set(key, before + 1);
  return before;
};

const kept: string[] = [];
for (const path of process.argv.slice(2)) {
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').split('\n')) {
    if (line === '') continue;
    const { group, out } = JSON.parse(line) as Vector;
    const isFirst = count(`${group} ${out.outcome} ${out.fault ?? ''}`) === 0;
    if (count(group) % EVERY === 0 || isFirst) kept.push(`${line}\n`);
  }
}
process.stdout.write(gzipSync(kept.join(''), { level: 9 }));
