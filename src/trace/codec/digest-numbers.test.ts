import { expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { DIGEST_BYTES, DigestNumbers } from './digest-numbers.ts';

it('numbers digests in the order in which they come, those alike in their first words too', () => {
  const prng = new Prng(3n);
  const digests = Array.from({ length: 5000 }, (_, i) => {
    const digest = prng.bytes(DIGEST_BYTES);
    if (i % 10 === 0) digest.fill(7, 0, 4);
    return digest;
  });
  const numbers = new DigestNumbers();
  expect(digests.map((digest) => numbers.add(digest))).toEqual([...digests.keys()]);
  expect(digests.map((digest) => numbers.add(Uint8Array.from(digest)))).toEqual([...digests.keys()]);
  expect(numbers.size).toBe(5000);
});
