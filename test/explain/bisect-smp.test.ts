// Where two runs of several vCPUs part: whichever vCPU it is on, in whose registers it was planted, or in how they take turns.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { type BisectResult, findParting, partingOptions } from '../../src/explain/bisect.ts';
import { effectOf } from '../../src/explain/effect.ts';
import { Pair } from '../../src/explain/pair.ts';
import { partingCauses } from '../../src/explain/parting-cause.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { inLockStep } from '../../tools/bench/lock-step.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';
import { plant } from '../support/fork.fixture.ts';

const kinds = [
  { arch: 'arm64', gicVersion: 3, letter: 'x' },
  { arch: 'armv7', gicVersion: 2, letter: 'r' },
] as const;
type Kind = (typeof kinds)[number];
const VCPUS = 3;

function recorded({ arch, gicVersion }: Kind, path: string, guest: 'smp' | 'race', more: object = {}): TapeReader {
  const images = MachineImages.read({ kernel: guestFiles(`demo-${guest}-${arch}`).kernel });
  const vcpus = guest === 'smp' ? VCPUS : 2;
  recordDemo({ path, images, config: { arch, gicVersion, vcpus, turnCounts: 300, scheduleSeed: 4n, ...more } });
  return TapeReader.open(path);
}
/** The demo of three vCPUs, and a count at which all of them are on. */
function demo(kind: Kind): { readonly parent: TapeReader; readonly folder: string; readonly busyAt: number } {
  const folder = testFolder();
  const parent = recorded(kind, join(folder, 'parent.tape'), 'smp');
  const calls = [...parent.events({ classes: new Set(['psci']) })];
  return { parent, folder, busyAt: (calls[5]?.at ?? 0) + 2000 };
}
function bisect(a: TapeReader, b: TapeReader): { readonly result: BisectResult; readonly pair: Pair } {
  const options = partingOptions(a, b);
  const pair = new Pair(new Timeline(a), new Timeline(b));
  return { result: findParting(pair, options), pair };
}

describe.each(kinds)('$arch', (kind) => {
  it('is a flipped register of any vCPU where one step after the other finds it', () => {
    const { parent, folder, busyAt } = demo(kind);
    const turns = [...parent.events({ classes: new Set(['vcpu-turn']) })];
    for (const vcpu of [1, 2]) {
      // It is changed while another one has its turn.
      const at = turns.findLast((turn) => turn.kind === 'vcpu-turn' && turn.to === vcpu && turn.at < busyAt)?.at ?? 0;
      const timeline = new Timeline(parent);
      timeline.seek(at - 20);
      const view = new GuestView(timeline.machine);
      for (let n = 0; ; n++) {
        const value = view.of(vcpu, () => view.general(n)) ^ 4n;
        const edit = { kind: 'register', name: `${kind.letter}${n}`, value, vcpu } as const;
        const other = plant(parent, join(folder, `${vcpu}-${n}.tape`), [[at - 20, edit]], at + 2000);
        const expected = inLockStep(parent, other, at - 20, 200).icount;
        const { result, pair } = bisect(parent, other);
        if (expected === undefined) {
          // It is overwritten, or used later.
          if (result.kind === 'instruction') expect(result.icount).toBeGreaterThanOrEqual(at + 180);
          continue;
        }
        expect([edit, result]).toMatchObject([edit, { kind: 'instruction', icount: expected }]);
        if (result.kind !== 'instruction') return;
        expect(result.vcpus).toEqual({ a: vcpu, b: vcpu });
        expect(result.since).toMatchObject([{ kind: 'input', b: { kind: 'edit', vcpu } }]);
        const causes = partingCauses(pair, result, effectOf(pair, result), { depth: 8 });
        expect([edit, causes?.b?.origin]).toMatchObject([
          edit,
          { kind: 'event', what: expect.stringContaining('edit: ') },
        ]);
        break;
      }
    }
  });

  it("is another vCPU's private interrupt where it takes it", () => {
    const { parent, folder, busyAt } = demo(kind);
    const edit = { kind: 'interrupt', intid: 27, vcpu: 1 } as const;
    const other = plant(parent, join(folder, 'ppi.tape'), [[busyAt, edit]], busyAt + 20_000);
    const expected = inLockStep(parent, other, busyAt, 8000).icount;
    const { result } = bisect(parent, other);
    expect(result).toMatchObject({ kind: 'interrupt', icount: expected, vcpus: { a: 1, b: 1 } });
    expect(result).toMatchObject({ since: [{ kind: 'input', at: busyAt, b: { kind: 'edit', vcpu: 1 } }] });
  });

  it.each(['smp', 'race'] as const)('is where another vCPU is next, of demo-%s by two seeds', (guest) => {
    const folder = testFolder();
    const [a, b] = [4n, 9n].map((scheduleSeed) =>
      recorded(kind, join(folder, `${scheduleSeed}.tape`), guest, { scheduleSeed, append: 'race=counter' }),
    ) as [TapeReader, TapeReader];
    const turns = [a, b].map((reader) => [...reader.events({ classes: new Set(['vcpu-turn']) })]);
    const n = must(turns[0], 'a').findIndex(
      (turn, i) => JSON.stringify(told(turn)) !== JSON.stringify(told(turns[1]?.[i])),
    );
    const [ofA, ofB] = [turns[0]?.[n], turns[1]?.[n]];
    const icount = Math.min(ofA?.at ?? 0, ofB?.at ?? 0);
    const { result, pair } = bisect(a, b);
    expect(result).toMatchObject({ kind: 'schedule', icount, since: [{ kind: 'begin' }] });
    if (result.kind !== 'schedule') return;
    const turnOf = (turn: typeof ofA): { from: number; to: number } =>
      turn?.kind === 'vcpu-turn' ? turn : { from: -1, to: -1 };
    const { from } = turnOf(ofA);
    expect(result.vcpus).toEqual({
      a: ofA?.at === icount ? turnOf(ofA).to : from,
      b: ofB?.at === icount ? turnOf(ofB).to : from,
    });
    const effect = effectOf(pair, result);
    expect(effect.registers).toEqual([{ what: 'turn', a: BigInt(result.vcpus.a), b: BigInt(result.vcpus.b) }]);
    expect([effect.a.ends, effect.b.ends]).toEqual([ofA, ofB].map((turn) => (turn?.at === icount ? from : undefined)));
  });
});
const told = (turn: { readonly kind: string; readonly at: number } | undefined): object =>
  turn?.kind === 'vcpu-turn' ? { ...turn, ordinal: 0 } : {};
