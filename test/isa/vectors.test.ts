// A sample of the instruction vectors (NOTE.md): on the engine alone, translated and evaluated, and at EL0 of the whole CPU.
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { FlatPlatform } from '../../tools/conformance/flat-platform.ts';
import { PagedPlatform } from '../../tools/conformance/paged-platform.ts';
import type { VectorPlatform } from '../../tools/conformance/platform.ts';
import { A32Runner } from '../../tools/conformance/run-a32.ts';
import { A64Runner } from '../../tools/conformance/run-a64.ts';
import { sampleOf } from './sample.fixture.ts';

function withEvaluations<T extends VectorPlatform>(platform: T, evaluations: number): T {
  platform.engine.bounds.evaluations = evaluations;
  return platform;
}

/** Code that calls before each instruction, where all of its state is to be in the cells. */
function observed<T extends VectorPlatform>(platform: T): T {
  platform.engine.observe({ before: ({ written }) => void written });
  return platform;
}

it.each<[string, () => VectorPlatform]>([
  ['on the engine alone', () => new FlatPlatform()],
  ['at EL0', () => new PagedPlatform()],
])('vectors that retire nothing stop one after another, however many: %s', (_name, platform) => {
  const runner = new A64Runner(platform());
  const undefinedOne = sampleOf('a64').find((v) => v.out.outcome === 'undefined');
  if (undefinedOne === undefined) throw new Error('no undefined vector in the sample');
  for (let n = 0; n <= limits.exceptionsWithoutProgressMax; n++) runner.run(undefinedOne);
  expect(runner.run(undefinedOne)).toEqual([]);
});

describe.each([
  ['a64', 75],
  ['a32', 50],
  ['t32', 60],
] as const)('%s', (isa, groupsMin) => {
  const vectors = sampleOf(isa);
  const groups = Map.groupBy(vectors, (v) => v.group);

  describe.each<[string, () => VectorPlatform]>([
    ['translated', () => withEvaluations(new FlatPlatform(), 0)],
    ['evaluated', () => withEvaluations(new FlatPlatform(), Number.POSITIVE_INFINITY)],
    ['at EL0 with translation tables and exceptions', () => withEvaluations(new PagedPlatform(), 0)],
    ['at EL0, and observed', () => observed(new PagedPlatform())],
  ])('%s', (_name, platform) => {
    const runner = isa === 'a64' ? new A64Runner(platform()) : new A32Runner(platform());
    it.each([...groups.keys()])('%s', (group) => {
      const failures = (groups.get(group) ?? []).flatMap((vector) => {
        const differences = runner.run(vector);
        return differences.length > 0 ? [{ id: vector.id, code: vector.code, differences }] : [];
      });
      expect(failures).toEqual([]);
    });
  });

  it('every group is there, and every outcome', () => {
    expect(groups.size).toBeGreaterThanOrEqual(groupsMin);
    expect(new Set(vectors.map((v) => v.out.outcome))).toEqual(new Set(['ok', 'undefined', 'abort']));
  });
});
