import { describe, expect, it } from 'vitest';
import { CODE, machine } from '../architecture.fixture.ts';
import { Trait } from './page-traits.ts';
import { codeOf } from './stored-region.ts';
import { SharedTranslations, TranslationStore } from './translation-store.ts';

const SVC_MODE = 0x13;
const PAGE = CODE >>> 12;
/** r0 += 1, for ever. */
const LOOP = [
  0xe280_0001, // add r0, r0, #1
  0xeaff_fffd, // b CODE
] as const;
const ADD_2 = 0xe280_0002; // add r0, r0, #2
const ROUNDS = 20;

function run(store: TranslationStore, code: readonly number[] = LOOP) {
  const m = machine({ mode: SVC_MODE, code });
  m.engine.code.shareBy(store);
  m.engine.bounds.evaluations = 1;
  m.engine.bounds.waitsAModule = 1;
  return { ...m, after: () => [m.run(2 * ROUNDS), m.r(0), m.engine.translated.modules] };
}
const write = (m: ReturnType<typeof run>, address: number, word: number): void => {
  m.setWord(address, word);
  m.engine.wrote(address, 4);
};

describe('machines with one store', () => {
  it('translate a page once', () => {
    const store = new TranslationStore();
    expect(run(store).after()).toEqual(['count', ROUNDS, 1]);
    const second = run(store);
    // Not even evaluated.
    second.engine.bounds.evaluations = Number.POSITIVE_INFINITY;
    expect(second.after()).toEqual(['count', ROUNDS, 0]);
    expect(second.engine.code.table.get(1)).not.toBe(null);
  });
  it('translate what a page holds otherwise, and that once too', () => {
    const store = new TranslationStore();
    expect(run(store).after()).toEqual(['count', ROUNDS, 1]);
    const other = [ADD_2, LOOP[1]];
    expect(run(store, other).after()).toEqual(['count', 2 * ROUNDS, 1]);
    expect(run(store, other).after()).toEqual(['count', 2 * ROUNDS, 0]);
    expect(run(new TranslationStore()).after()).toEqual(['count', ROUNDS, 1]);
  });
  it('find what a page held before', () => {
    const m = run(new TranslationStore());
    expect(m.after()).toEqual(['count', ROUNDS, 1]);
    write(m, CODE, ADD_2);
    expect(m.after()).toEqual(['count', 3 * ROUNDS, 2]);
    write(m, CODE, LOOP[0]);
    expect(m.after()).toEqual(['count', 4 * ROUNDS, 2]);
  });
  it('take what is no code of a page for data', () => {
    const store = new TranslationStore();
    expect(run(store).after()).toEqual(['count', ROUNDS, 1]);
    const second = run(store);
    write(second, CODE + 0x100, ADD_2);
    expect(second.after()).toEqual(['count', ROUNDS, 0]);
  });
  it('stop each before its own instructions', () => {
    const store = new TranslationStore();
    run(store).after();
    const second = run(store);
    second.engine.stopBefore([{ pa: CODE + 4 }]);
    expect(second.after()).toEqual(['place', 1, 0]);
    expect([second.run(2 * ROUNDS), second.r(0)]).toEqual(['place', 2]);
    second.engine.stopBefore([]);
    expect([second.run(2 * ROUNDS), second.r(0)]).toEqual(['count', 2 + ROUNDS]);
    expect(run(store).after()).toEqual(['count', ROUNDS, 0]);
  });
  it('are told of what they execute, each as it observes', () => {
    const store = new TranslationStore();
    run(store).after();
    const second = run(store);
    let told = 0;
    second.engine.observe({ before: () => void told++, after: () => {}, exception: () => {}, entered: () => {} });
    expect([...second.after().slice(0, 2), told]).toEqual(['count', ROUNDS, 2 * ROUNDS]);
    second.engine.observe(null);
    expect(run(store).after()).toEqual(['count', ROUNDS, 0]);
  });
  it('begin anew when one drops all its code', () => {
    const store = new TranslationStore();
    const first = run(store);
    first.after();
    const { current } = store;
    first.engine.code.flush();
    expect(store.current).not.toBe(current);
    expect(first.after()).toEqual(['count', 2 * ROUNDS, 2]);
    expect(run(store).after()).toEqual(['count', ROUNDS, 0]);
  });
  it('go on without the one that a page has too many configurations of', () => {
    const store = new TranslationStore();
    const first = run(store);
    first.after();
    const { code, traits } = first.engine;
    for (let configuration = 100; configuration < 120; configuration++) code.refCell(PAGE, 0xffe, configuration);
    traits.add(PAGE, Trait.code);
    code.invalidate(PAGE);
    expect([code.isShared, code.isFull]).toEqual([true, true]);
    expect(first.after()).toEqual(['count', 2 * ROUNDS, 2]);
    expect([code.isShared, code.isFull]).toEqual([false, false]);
    expect(run(store).after()).toEqual(['count', ROUNDS, 0]);
  });
});

it('keeps the newest translations of a block, each for what its page holds', () => {
  const shared = new SharedTranslations();
  const extents = [{ from: 8, to: 16, cut: false }];
  const page = new Uint8Array(4096);
  const pageOf = (n: number): Uint8Array => page.fill(n, 8, 16);
  for (let n = 1; n <= 5; n++)
    shared.add({
      of: { module: null as never, slot: n, regions: 1 },
      slot: n,
      cells: [4],
      extents,
      code: codeOf(extents, pageOf(n)),
    });
  expect([1, 2, 3, 4, 5, 6].map((n) => shared.find(4, pageOf(n))?.slot)).toEqual([undefined, 2, 3, 4, 5, undefined]);
  pageOf(2)[16] = 1;
  expect([shared.find(4, page)?.slot, shared.find(8, page)]).toEqual([2, undefined]);
});
