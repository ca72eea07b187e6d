import { expect, test } from 'vitest';
import type { TapeReader } from '../../trace/codec/tape-reader.ts';
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
