// What exceptions write, as causes are told: of each kind that the demo guests take. Whatever is none of the inputs is made random, and it
// writes the same.
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../src/core/dependence/state-bytes.ts';
import type { ObservedException } from '../../src/core/engine/observation.ts';
import * as cells from '../../src/core/state/cells.ts';
import { sys } from '../../src/core/state/system-cells.ts';
import type { CausedValue, CauseStep } from '../../src/explain/cause.ts';
import { causeChain, readPlace } from '../../src/explain/cause-chain.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { NOWHERE } from '../../src/timeline/stops.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { Noise } from '../core/perturbation.fixture.ts';
import { flip } from './flip.fixture.ts';

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);
/** What is made random where it is no input. */
const state = [
  ...range(cells.X, 31 * 8),
  ...range(cells.V, 512),
  ...Object.values(FLAG),
  ...[
    sys.TPIDR_EL0,
    sys.ELR_EL1,
    sys.SPSR_EL1,
    sys.ESR_EL1,
    sys.FAR_EL1,
    sys.SPSR_abt,
    sys.SPSR_irq,
    sys.SPSR_und,
  ].flatMap((at) => range(at, 4)),
];
const written = (value: CausedValue): { value: CausedValue; by: CauseStep }[] =>
  value.parts?.flatMap(written) ?? (value.by ? [{ value, by: value.by }] : []);

/** The first exceptions of each kind that are taken to EL1 or PL1. */
function exceptionsOf(t: Timeline, from: number, each: number): { icount: number; kind: string; hasFar: boolean }[] {
  const found = new Map<string, { icount: number; kind: string; hasFar: boolean }[]>();
  t.seek(from);
  const exception = ({ exception: taken, icount }: ObservedException): void => {
    if (taken.target !== 1) return;
    const kind = `${taken.kind} ${taken.ec}`;
    const all = found.get(kind) ?? [];
    if (all.length < each) found.set(kind, [...all, { icount, kind, hasFar: taken.far !== undefined }]);
  };
  t.machine.observe({ exception });
  t.run('forwards', NOWHERE, t.last);
  t.machine.observe(null);
  return [...found.values()].flat();
}

describe.each(['demo-arm64', 'demo-armv7'] as const)('%s', (name) => {
  const t = new Timeline(TapeReader.open(`traces/golden/v3/${name}.tape`));
  /** Whatever was done to the guest where it is. */
  const goTo = (icount: number): void => {
    t.seek(t.first);
    t.seek(icount);
  };
  const noise = new Noise(name.length * 0x9e37_79b9);
  let tried = 0;
  const taken = exceptionsOf(t, Math.floor(0.75 * t.last), 1);

  it('several kinds are taken', () => {
    expect(new Set(taken.map(({ kind }) => kind)).size).toBeGreaterThan(2);
  });

  it.each(taken)('$kind at $icount', ({ icount, hasFar }) => {
    goTo(icount + 1);
    const view = new GuestView(t.machine);
    const always = view.isAarch32 ? ['lr'] : ['ELR_EL1', 'SPSR_EL1'];
    const ofFault = view.isAarch32 ? ['DFAR', 'DFSR'] : ['FAR_EL1', 'ESR_EL1'];
    for (const register of [...always, ...(hasFar ? ofFault : [])]) {
      goTo(icount + 1);
      const { root } = causeChain(t, { register }, { depth: 1, limit: 1 });
      const writers = written(root).filter(({ by }) => by.by === 'exception' && by.icount === icount);
      if (writers.length === 0 && !view.isAarch32) expect([register, root.by?.by]).toEqual([register, 'exception']);
      for (const { value, by } of writers) {
        const counts = new Set(
          by.inputs.flatMap(({ value: { place } }) => (place && 'registers' in place ? place.registers : [])),
        );
        goTo(icount);
        // An interrupt is taken before a run stops at its count.
        if (t.now.pc !== by.pc) continue;
        for (const one of state) if (!counts.has(one)) flip(t.machine.cpu.cpu, one, noise.below(256));
        if (t.session.run(icount + 1).kind !== 'place' || t.machine.icount !== icount + 1) continue;
        expect([register, value.what, readPlace(t.machine, value.place)]).toEqual([register, value.what, value.value]);
        tried++;
      }
    }
  });
  it('most of them could be tried', () => {
    expect(tried).toBeGreaterThan(taken.length);
  });
});
