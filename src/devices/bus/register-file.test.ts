import { expect, test } from 'vitest';
import {
  type RegisterFile,
  readRegisters,
  registerMap,
  registerName,
  resetRegisters,
  writeRegisters,
} from './register-file.ts';

interface Two {
  a: number;
  b: number;
}
const file = {
  A: {
    at: 0,
    mask: 0xffff_ffff,
    reset: 0x1234_5678,
    read: (s) => s.a,
    write: (s, v) => {
      s.a = v;
    },
  },
  B: {
    at: 4,
    mask: 0xf0,
    write: (s, v) => {
      s.b = v;
    },
  },
} satisfies RegisterFile<Two>;
const map = registerMap<Two>(file);
const reset = (): Two => {
  const state = { a: 0, b: 0 };
  resetRegisters<Two>(file, state);
  return state;
};

test('narrow reads take their byte lanes, wide ones two registers', () => {
  const state = reset();
  expect([0, 1, 2, 3].map((at) => readRegisters(map, state, at, 1))).toEqual([0x78n, 0x56n, 0x34n, 0x12n]);
  expect(readRegisters(map, state, 2, 2)).toBe(0x1234n);
  expect(readRegisters(map, state, 0, 8)).toBe(0x1234_5678n);
});

test('writes are cut to the mask; narrow ones leave the other lanes zero', () => {
  const state = reset();
  writeRegisters(map, state, 3, 1, 0xffn);
  expect(readRegisters(map, state, 0, 4)).toBe(0xff00_0000n);
  writeRegisters(map, state, 0, 8, 0xffff_ffff_8000_0001n);
  expect(state).toEqual({ a: 0x8000_0001, b: 0xf0 });
});

test('what has no read case reads as zero, what has no register is ignored', () => {
  const state = reset();
  writeRegisters(map, state, 8, 4, 1n);
  expect(readRegisters(map, state, 4, 4)).toBe(0n);
  expect(readRegisters(map, state, 8, 4)).toBe(0n);
  expect([0, 6, 8].map((at) => registerName<Two>(file, at))).toEqual(['A', 'B', undefined]);
});

test('rows that share an offset, are misplaced or reset outside their mask are refused', () => {
  const read = (): number => 0;
  expect(() => registerMap({ A: { at: 0, mask: 1, read }, B: { at: 0, mask: 1, read } })).toThrow();
  expect(() => registerMap({ A: { at: 2, mask: 1, read } })).toThrow();
  expect(() => registerMap({ A: { at: 0, mask: 1, reset: 2, read } })).toThrow();
});
