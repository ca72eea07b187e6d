import { describe, expect, it } from 'vitest';
import { machine } from '../architecture.fixture.ts';
import { keepingStore, leftBy } from './keeping-store.fixture.ts';
import { LateCompiler } from './late-compiler.fixture.ts';
import { decodeTranslations } from './saved-translations.ts';
import { SharedTranslations, TranslationStore } from './translation-store.ts';

const SVC_MODE = 0x13;
/** r0 += 1, for ever. */
const LOOP = [
  0xe280_0001, // add r0, r0, #1
  0xeaff_fffd, // b CODE
] as const;
const ADD_2 = 0xe280_0002; // add r0, r0, #2
/** The same in T32, whose blocks begin at halfwords that A32's do not. */
const T32_LOOP = [
  0x3001, // adds r0, #1
  0xe7ff, // b CODE + 4
  0xbf00, // nop
  0xe7fb, // b CODE
] as const;
const ROUNDS = 20;

function run(store: TranslationStore, code: readonly number[] = LOOP, thumb = false) {
  const m = machine({ mode: SVC_MODE, code, thumb });
  m.engine.code.shareBy(store);
  m.engine.bounds.evaluations = 1;
  m.engine.bounds.waitsAModule = 1;
  m.engine.bounds.modulesBeforeAThread = Number.POSITIVE_INFINITY;
  const after = () => [m.run((thumb ? 4 : 2) * ROUNDS), m.r(0), m.engine.translated.modules];
  return { ...m, after };
}
/** What a machine leaves that has executed this. */
function leftAfter(code: readonly number[], thumb = false): Uint8Array {
  const store = keepingStore();
  run(store, code, thumb).after();
  return leftBy(store);
}

describe('translations of an earlier process', () => {
  it.each([
    ['A32', LOOP, false],
    ['T32', T32_LOOP, true],
  ] as const)('are executed, and none is made anew: %s', (_name, code, thumb) => {
    const first = keepingStore();
    const [, , modules] = run(first, code, thumb).after();
    expect(modules).toBeGreaterThan(0);
    const store = keepingStore(leftBy(first));
    const m = run(store, code, thumb);
    m.engine.bounds.evaluations = Number.POSITIVE_INFINITY;
    expect(m.after()).toEqual(['count', ROUNDS, 0]);
    expect([m.engine.code.table.get(1) === null, m.engine.counters.evaluations]).toEqual([false, 0]);
    expect(store.current.kept?.added).toBe(0);
    expect(leftBy(store)).toEqual(leftBy(first));
  });
  it('are kept beside what comes to them', () => {
    const store = keepingStore(leftAfter(LOOP));
    expect(run(store, [ADD_2, LOOP[1]]).after()).toEqual(['count', 2 * ROUNDS, 1]);
    expect(store.current.kept?.added).toBe(1);
    const both = leftBy(store);
    expect(run(keepingStore(both)).after()).toEqual(['count', ROUNDS, 0]);
    expect(run(keepingStore(both), [ADD_2, LOOP[1]]).after()).toEqual(['count', 2 * ROUNDS, 0]);
  });
  it('are not kept again where a process makes some anew', () => {
    const store = keepingStore(leftAfter(LOOP));
    const m = run(store);
    // As one that goes on from a place within the guest's run.
    m.engine.resumed();
    expect(m.after()).toEqual(['count', ROUNDS, 1]);
    expect(store.current.kept?.added).toBe(0);
    expect(run(keepingStore(leftBy(store))).after()).toEqual(['count', ROUNDS, 0]);
  });
  it('are none where nobody asked for any to be kept', () => {
    const store = new TranslationStore();
    run(store).after();
    expect(store.current.save()).toBe(undefined);
  });
  it('are taken up no more where they leave little room', () => {
    const saved = decodeTranslations(leftAfter(LOOP));
    const slots = { ...saved.places, slots: 2 ** 16 + 1 };
    expect(SharedTranslations.of({ ...saved, places: slots })).toBe(undefined);
  });
});

describe('a module of theirs that is compiled beside the run', () => {
  const late = (looks: number, evaluationsAModule: number) => {
    const m = run(keepingStore(leftAfter(LOOP)));
    const compiler = new LateCompiler(looks);
    m.engine.bounds.modulesBeforeAThread = 0;
    m.engine.bounds.evaluationsAModule = evaluationsAModule;
    m.engine.onTheirWay.compilerOf = () => compiler;
    return { ...m, compiler };
  };
  it.each([0, 1, 7])('is used from when it is there, after %i looks', (looks) => {
    const m = late(looks, 1000);
    expect(m.after()).toEqual(['count', ROUNDS, 0]);
    expect([m.compiler.asked, m.compiler.handedOut]).toEqual([1, 1]);
    expect(m.engine.counters.evaluations).toBe(Math.max(1, looks));
    expect(m.engine.code.table.get(1)).not.toBe(null);
  });
  it('is waited for when its blocks were evaluated often enough', () => {
    const m = late(Number.POSITIVE_INFINITY, 3);
    expect(m.after()).toEqual(['count', ROUNDS, 0]);
    expect([m.engine.counters.evaluations, m.compiler.handedOut]).toEqual([3, 0]);
    // It comes for nothing.
    m.compiler.next();
    expect(m.after()).toEqual(['count', 2 * ROUNDS, 0]);
  });
  it('is none where it cannot be compiled: its blocks are translated', () => {
    const saved = decodeTranslations(leftAfter(LOOP));
    const [group] = saved.groups;
    const store = new TranslationStore();
    const broken = { ...saved, groups: [{ ...group, unpack: () => [Uint8Array.of(1, 2, 3)] } as never] };
    store.begin(SharedTranslations.of(broken) as SharedTranslations);
    expect(run(store).after()).toEqual(['count', ROUNDS, 1]);
  });
});

describe('what was saved otherwise', () => {
  const saved = leftAfter(LOOP);
  /** Of each of these changes: an error, and nothing else. */
  const takenUp = (bytes: Uint8Array): unknown => {
    try {
      return SharedTranslations.of(decodeTranslations(bytes));
    } catch (error) {
      return error instanceof Error ? 'refused' : error;
    }
  };
  it('is refused where it ends early', () => {
    for (let length = 0; length < saved.length; length++) {
      const taken = takenUp(saved.subarray(0, length));
      expect([length, taken]).toEqual([length, 'refused']);
    }
  });
  it('does no harm where bits have changed', () => {
    for (let bit = 0; bit < 8 * saved.length; bit += 7) {
      const bytes = saved.slice();
      (bytes[bit >>> 3] as number) ^= 1 << (bit & 7);
      const taken = takenUp(bytes);
      expect(taken === 'refused' || taken === undefined || taken instanceof SharedTranslations).toBe(true);
    }
  });
  it('is refused where it speaks of what is not there', () => {
    const { places, modules, regions, ...rest } = decodeTranslations(saved);
    const of = (changed: object) => (): unknown =>
      SharedTranslations.of({ ...rest, places, modules, regions, ...changed });
    const withWord = (of: Uint32Array, at: number, value: number): Uint32Array => {
      const copy = of.slice();
      copy[at] = value;
      return copy;
    };
    expect(of({})).not.toThrow();
    expect(of({ modules: withWord(modules, 0, 0) })).toThrow(RangeError);
    expect(of({ modules: withWord(modules, 1, 1000) })).toThrow(RangeError);
    expect(of({ modules: modules.subarray(2) })).toThrow(RangeError);
    for (const [at, value] of [
      [0, 9], // module
      [1, 7], // slot
      [2, 1000], // blocks
      [3, 4], // cell
      [4, 4096], // its beginning
      [5, 0], // its end
    ] as const) {
      const words = withWord(regions.words, at, value);
      expect([at, of({ regions: { ...regions, words } })]).toEqual([at, expect.toSatisfy(throwsRangeError)]);
    }
    expect(of({ regions: { ...regions, code: regions.code.subarray(1) } })).toThrow(RangeError);
    for (const [at, value] of [
      [0, 2 ** 20], // page
      [2, 0], // shift
      [3, 9], // places
    ] as const) {
      const pages = withWord(places.pages, at, value);
      expect([at, of({ places: { ...places, pages } })]).toEqual([at, expect.toSatisfy(throwsRangeError)]);
    }
    expect(of({ places: { ...places, places: places.places.map(() => 1024) } })).toThrow(RangeError);
    expect(of({ places: { ...places, cells: withWord(places.cells, 0, places.refs) } })).toThrow(RangeError);
    for (const wrong of [{ refs: Number.NaN }, { refs: -1 }, { slots: Number.NaN }, { slots: 0 }, { slots: 1.5 }])
      expect([wrong, of({ places: { ...places, ...wrong } })]).toEqual([wrong, expect.toSatisfy(throwsRangeError)]);
    const t32 = decodeTranslations(leftAfter(T32_LOOP, true));
    const twice = { ...t32.places, cells: t32.places.cells.map(() => 0) };
    expect(() => SharedTranslations.of({ ...t32, places: twice })).toThrow(RangeError);
  });
});
const throwsRangeError = (act: () => unknown): boolean => {
  try {
    act();
    return false;
  } catch (error) {
    return error instanceof RangeError;
  }
};
