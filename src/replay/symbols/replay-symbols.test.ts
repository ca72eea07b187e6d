import { expect, test } from 'vitest';
import { TapeReader } from '../../trace/codec/tape-reader.ts';
import { ReplaySymbols } from './replay-symbols.ts';

test("a guest's own symbols are read when a name is asked for, not to see whether they are its own", () => {
  let reads = 0;
  const symbols = new ReplaySymbols({} as TapeReader, () => {
    reads++;
    return { missing: 'none' };
  });
  expect(symbols.otherKernel()).toBe(undefined);
  expect(reads).toBe(0);
  expect(() => symbols.stopAt('main', {} as never, '--until', () => {})).toThrow();
  expect(reads).toBe(1);
});

test('where there are no symbols yet the guest is searched for them once a moment', () => {
  const symbols = new ReplaySymbols(TapeReader.open('traces/golden/v3/demo-arm64.tape'), () => ({ missing: 'none' }));
  const guest = {
    icount: 1,
    looks: 0,
    get pc() {
      this.looks++;
      return 0n;
    },
  };
  const looksAt = (icount: number): number => {
    Object.assign(guest, { icount, looks: 0 });
    for (let n = 0; n < 3; n++) expect(symbols.text(0n, guest as never)).toBe(undefined);
    return guest.looks;
  };
  const once = looksAt(1);
  expect(once).toBeGreaterThan(0);
  expect([looksAt(1), looksAt(2), looksAt(1)]).toEqual([0, once, once]);
});
