import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { MiB } from '../../base/limits.ts';
import { unpack } from './unpack.ts';

const packers = { gzip: gzipSync, zstd: zstdCompressSync } as const;

test.each(['gzip', 'zstd'] as const)('%s is unpacked up to the bound and refused beyond it', (compression) => {
  const packed = packers[compression](new Uint8Array(2 * MiB));
  expect(packed.length).toBeLessThan(MiB / 100);
  expect(unpack(packed, compression, 'F', 2 * MiB)).toHaveLength(2 * MiB);
  expect(() => unpack(packed, compression, 'F', 2 * MiB - 1)).toThrow(Failure);
  expect(() => unpack(packed, compression, 'F', MiB)).toThrow('F: unpacks to more than 1 MiB');
});
