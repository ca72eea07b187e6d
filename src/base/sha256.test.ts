import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { BadField } from './fields.ts';
import { Prng } from './prng.ts';
import { Sha256, sha256State } from './sha256.ts';

const of = (bytes: Iterable<number>): Sha256 => {
  const hash = new Sha256();
  for (const byte of bytes) hash.add(byte);
  return hash;
};

// FIPS 180-4's own examples (NIST, "SHA-256 example values").
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
])('%j', (text, digest) => {
  expect(of(Buffer.from(text)).hex()).toBe(digest);
});

test('every length up to three blocks is what Node says, and asking changes nothing', () => {
  const bytes = new Prng(7n).bytes(200);
  const hash = new Sha256();
  for (let length = 0; length <= bytes.length; length++) {
    expect(hash.hex(), `${length}`).toBe(createHash('sha256').update(bytes.subarray(0, length)).digest('hex'));
    if (length < bytes.length) hash.add(bytes[length] as number);
  }
});

test('a saved state goes on as if it had never been put away', () => {
  const bytes = new Prng(9n).bytes(300);
  for (const cut of [0, 1, 55, 63, 64, 65, 128, 299]) {
    const saved = of(bytes.subarray(0, cut)).save();
    const hash = of([1, 2, 3]);
    hash.restore(saved);
    expect(hash.save()).toEqual(saved);
    for (const byte of bytes.subarray(cut)) hash.add(byte);
    expect(hash.hex()).toBe(of(bytes).hex());
  }
});

test('a state that no bytes lead to is refused', () => {
  const { words, rest, bytes } = of([1, 2, 3]).save();
  for (const forged of [
    { words, rest, bytes: 4 },
    { words, rest: new Uint8Array(64), bytes: 64 },
    { words: words.map((w) => w ^ 1), rest, bytes },
    { words: words.slice(1), rest, bytes },
    { words, rest, bytes: -1 },
    { words, rest: 'abc', bytes },
    { words, rest, bytes, more: 1 },
  ])
    expect(() => sha256State.read(forged, 'digest')).toThrow(BadField);
});
