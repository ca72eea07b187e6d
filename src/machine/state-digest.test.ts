import { expect, it } from 'vitest';
import { stateDigest } from './state-digest.ts';

it('changes with each part of the state', () => {
  const digest = (icount: number, x0: bigint, bytes: number[]): string =>
    stateDigest(icount, { x: [x0] }, [
      { device: 'uart', version: 1, state: { fifo: Uint8Array.from(bytes) } },
    ]).toString('hex');
  const digests = [
    digest(1, 2n, [3]),
    digest(0, 2n, [3]),
    digest(1, 3n, [3]),
    digest(1, 2n, [4]),
    digest(1, 2n, [3, 0]),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(digest(1, 2n, [3])).toBe(digests[0]);
});
