import { beforeEach, describe, expect, it } from 'vitest';
import { must } from '../../base/assert.ts';
import * as cells from '../state/cells.ts';
import { type Helpers, instantiateHelpers } from './instantiate.ts';

const [d, n, m] = [cells.V, cells.V + 16, cells.V + 32] as const;
const memory = new WebAssembly.Memory({ initial: cells.HOST_MEMORY / 65536 });
const view = new DataView(memory.buffer);
type Step = (d: number, n: number, m?: number) => void;
let steps: Record<string, Step>;

const put = (at: number, hex: string): void => new Uint8Array(memory.buffer, at, 16).set(Buffer.from(hex, 'hex'));
const get = (at: number): string => Buffer.from(memory.buffer, at, 16).toString('hex');
const run = (name: string, ...at: [number, number, number?]): void => must(steps[name], name)(...at);
function putWords(at: number, words: readonly number[]): void {
  for (const [i, word] of words.entries()) view.setUint32(at + 4 * i, word, true);
}
const getWords = (at: number): number[] => [0, 1, 2, 3].map((i) => view.getUint32(at + 4 * i, true));

beforeEach(() => {
  const helpers: Helpers = instantiateHelpers(memory);
  steps = helpers as unknown as Record<string, Step>;
});

// FIPS 197, appendix B: the first round of the example, and its states.
const input = '3243f6a8885a308d313198a2e0370734';
const key = '2b7e151628aed2a6abf7158809cf4f3c';
const afterShiftRows = 'd4bf5d30e0b452aeb84111f11e2798e5';
const afterMixColumns = '046681e5e0cb199a48f8d37a2806264c';

describe('AES steps', () => {
  it('encrypt as the example of FIPS 197 does', () => {
    put(d, input);
    put(n, key);
    run('aese', d, n);
    expect(get(d)).toBe(afterShiftRows);
    run('aesmc', n, d);
    expect(get(n)).toBe(afterMixColumns);
  });
  it('are undone by their inverses', () => {
    put(d, afterMixColumns);
    run('aesimc', d, d);
    expect(get(d)).toBe(afterShiftRows);
    put(n, '0'.repeat(32));
    run('aesd', d, n);
    const keyBytes = Buffer.from(key, 'hex');
    const mixed = Buffer.from(input, 'hex').map((byte, i) => byte ^ (keyBytes[i] as number));
    expect(get(d)).toBe(Buffer.from(mixed).toString('hex'));
  });
  it('take the same register twice', () => {
    put(d, input);
    run('aese', d, d);
    expect(get(d)).toBe('63'.repeat(16));
  });
});

/** FIPS 180-4's padded block of the message "abc", as big-endian words. */
const abc = [0x61626380, ...new Array<number>(14).fill(0), 24];
const block = (i: number): readonly number[] => abc.slice(4 * i, 4 * i + 4);
const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => (x + (b[i] as number)) >>> 0);

/** The schedule words of rounds 4i to 4i + 3, made by the update steps from the 16 words before them. */
function schedule(groups: number, next: (w: readonly (readonly number[])[]) => number[]): number[][] {
  const words = [0, 1, 2, 3].map((i) => [...block(i)]);
  while (words.length < groups) words.push(next(words.slice(-4)));
  return words;
}
const w = (all: readonly (readonly number[])[], i: number): readonly number[] => all[i] as readonly number[];

describe('SHA-1 steps', () => {
  it('hash "abc"', () => {
    const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
    const words = schedule(20, (last) => {
      putWords(d, w(last, 0));
      putWords(n, w(last, 1));
      putWords(m, w(last, 2));
      run('sha1su0', d, n, m);
      putWords(n, w(last, 3));
      run('sha1su1', d, n);
      return getWords(d);
    });
    const constants = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
    putWords(d, start);
    let e = 0xc3d2e1f0;
    for (const [i, group] of words.entries()) {
      const k = constants[Math.floor(i / 5)] as number;
      const a = view.getUint32(d, true);
      view.setUint32(n, e, true);
      putWords(m, plus(group, [k, k, k, k]));
      run(['sha1c', 'sha1p', 'sha1m', 'sha1p'][Math.floor(i / 5)] as string, d, n, m);
      e = ((a << 30) | (a >>> 2)) >>> 0;
    }
    expect([...plus(getWords(d), start), (e + 0xc3d2e1f0) >>> 0]).toEqual([
      0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d,
    ]);
  });
});

describe('SHA-256 steps', () => {
  it('hash "abc"', () => {
    const start = [
      [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a],
      [0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
    ] as const;
    const words = schedule(16, (last) => {
      putWords(d, w(last, 0));
      putWords(n, w(last, 1));
      run('sha256su0', d, n);
      putWords(n, w(last, 2));
      putWords(m, w(last, 3));
      run('sha256su1', d, n, m);
      return getWords(d);
    });
    const before = cells.V + 48;
    putWords(d, start[0]);
    putWords(n, start[1]);
    for (const [i, group] of words.entries()) {
      putWords(m, plus(group, sha256Constants.slice(4 * i, 4 * i + 4)));
      putWords(before, getWords(d));
      run('sha256h', d, n, m);
      run('sha256h2', n, before, m);
    }
    expect([...plus(getWords(d), start[0]), ...plus(getWords(n), start[1])]).toEqual([
      0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
    ]);
  });
});

// FIPS 180-4, 4.2.2.
const sha256Constants = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];
