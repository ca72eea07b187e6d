// A sample of the instruction vectors (NOTE.md): on the engine alone, and at EL0 of the whole CPU.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FlatPlatform } from '../../tools/conformance/flat-platform.ts';
import { PagedPlatform } from '../../tools/conformance/paged-platform.ts';
import { A64Runner } from '../../tools/conformance/run-a64.ts';
import type { Vector } from '../../tools/conformance/vector.ts';

const vectors = gunzipSync(readFileSync(new URL('a64.jsonl.gz', import.meta.url)))
  .toString('utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Vector);
const groups = Map.groupBy(vectors, (v) => v.group);

describe.each([
  ['the engine', () => new FlatPlatform()],
  ['EL0 with translation tables and exceptions', () => new PagedPlatform()],
])('%s', (_name, platform) => {
  const runner = new A64Runner(platform());
  it.each([...groups.keys()])('%s', (group) => {
    const failures = (groups.get(group) ?? []).flatMap((vector) => {
      const differences = runner.run(vector);
      return differences.length > 0 ? [{ id: vector.id, code: vector.code, differences }] : [];
    });
    expect(failures).toEqual([]);
  });
});

it('every group is there, and every outcome', () => {
  expect(groups.size).toBeGreaterThanOrEqual(75);
  expect(new Set(vectors.map((v) => v.out.outcome))).toEqual(new Set(['ok', 'undefined', 'abort']));
});
