// AArch32's longer vectors in pieces: at every count, since an interrupt may come there, and at every place of a page's end.

import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../src/base/page.ts';
import { FlatPlatform } from '../../tools/conformance/flat-platform.ts';
import type { VectorStop } from '../../tools/conformance/platform.ts';
import { A32Runner } from '../../tools/conformance/run-a32.ts';
import { layout, type Vector } from '../../tools/conformance/vector.ts';
import { sampleOf } from './sample.fixture.ts';

/** Of these groups no result depends on where the code lies. */
const GROUPS = ['it', 'seq', 'loop', 'excl-seq'];
/** The end of a page before one that the runner fills for the instruction set. */
const pageEnds = { a32: layout.codePage + PAGE_BYTES, t32: layout.codePage + 2 * PAGE_BYTES } as const;

/** Runs one instruction at a time. */
class SteppedPlatform extends FlatPlatform {
  override run(instructionsMax: number): VectorStop {
    for (let left = instructionsMax; ; left--) {
      const stop = super.run(1);
      if (stop.reason !== 'none' || left === 0) return stop;
    }
  }
}

/** Translated at once, not evaluated first. */
class TranslatedPlatform extends FlatPlatform {
  constructor() {
    super();
    this.engine.bounds.evaluations = 0;
  }
}

const failuresOf = (runner: A32Runner, vectors: readonly Vector[]) =>
  vectors.flatMap((vector) => {
    const differences = runner.run(vector);
    return differences.length > 0 ? [{ id: vector.id, code: vector.code, differences }] : [];
  });
const bytesOf = ({ code }: Vector): number => code.reduce((sum, unit) => sum + unit.length / 2, 0);

describe.each(['a32', 't32'] as const)('%s', (isa) => {
  const vectors = sampleOf(isa).filter((v) => GROUPS.includes(v.group));

  it('there is enough to cut', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(80);
  });
  it('one instruction at a time', () => {
    expect(failuresOf(new A32Runner(new SteppedPlatform()), vectors)).toEqual([]);
  });
  it.each([
    ['', () => new TranslatedPlatform()],
    [', one instruction at a time', () => new SteppedPlatform()],
  ])('across the end of a page at every place%s', (_name, platform) => {
    const unit = isa === 't32' ? 2 : 4;
    for (let before = unit; before < 32; before += unit) {
      const runner = new A32Runner(platform(), pageEnds[isa] - before - layout.code);
      const long = vectors.filter((v) => bytesOf(v) > before);
      expect([before, failuresOf(runner, long)]).toEqual([before, []]);
    }
  });
});
