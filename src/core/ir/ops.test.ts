import { describe, expect, it } from 'vitest';
import {
  AccessFlags,
  accessInfo,
  alignmentBytes,
  deviceAlignmentBytes,
  elementBytes,
  elementwise,
  flagsOfAccess,
  MemorySize,
  memoryBytes,
  offsetOfAccess,
  sizeOfAccess,
  WORDS_MAX,
  wordsSize,
} from './ops.ts';

describe('what the run time is told of an access', () => {
  it('comes back as it was, for every size, flag and odd offset', () => {
    for (const size of Object.values(MemorySize))
      for (const flags of [...Object.values(AccessFlags), AccessFlags.aligned256 | AccessFlags.inDevice])
        for (const offset of [0, 1, 0x7fe, 0xfff]) {
          const info = accessInfo(size, flags, offset);
          expect([sizeOfAccess(info), flagsOfAccess(info), offsetOfAccess(info)]).toEqual([size, flags, offset]);
        }
  });
});

describe('sizes', () => {
  it('are made of whole values', () => {
    for (const size of Object.values(MemorySize))
      expect((memoryBytes[size] as number) % (elementBytes[size] as number)).toBe(0);
    for (let words = 1; words <= WORDS_MAX; words++) {
      const size = wordsSize(words);
      expect([memoryBytes[size], elementBytes[size]]).toEqual([4 * words, 4]);
    }
  });
});

describe('alignment', () => {
  it('is what the access asks for, of all memory', () => {
    expect([1, 2, 4, 8, 16, 32].map((bytes) => alignmentBytes(AccessFlags.aligned, bytes))).toEqual([
      1, 2, 4, 8, 16, 16,
    ]);
    expect(alignmentBytes(0, 8)).toBe(1);
    expect(alignmentBytes(AccessFlags.wordAligned, 36)).toBe(4);
    expect(alignmentBytes(AccessFlags.aligned256, 32)).toBe(32);
    expect(alignmentBytes(AccessFlags.unprivileged | AccessFlags.aligned, 4)).toBe(4);
  });

  it('is asked for in Device memory besides: of each value, of each element, or of none', () => {
    expect(deviceAlignmentBytes(0, MemorySize.pair8)).toBe(8);
    expect(deviceAlignmentBytes(0, MemorySize.words4)).toBe(4);
    expect(deviceAlignmentBytes(AccessFlags.unaligned, MemorySize.b8)).toBe(1);
    expect([0, 1, 2, 3].map((log2) => deviceAlignmentBytes(elementwise(log2), MemorySize.b16))).toEqual([1, 2, 4, 8]);
    expect([0, 1, 2, 3].map((log2) => alignmentBytes(elementwise(log2), 16))).toEqual([1, 1, 1, 1]);
  });
});
