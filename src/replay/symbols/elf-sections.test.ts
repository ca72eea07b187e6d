import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { elfWithSections } from './elf-sections.fixture.ts';
import { type ElfSections, readSections, sectionContent } from './elf-sections.ts';

const content = Buffer.from('the same text many times, '.repeat(100));

describe.each([1, 2] as const)('class %d', (elfClass) => {
  const elf = elfWithSections(elfClass, [
    { name: '.plain', bytes: content },
    { name: '.z', bytes: content, packed: 'zlib' },
    { name: '.zstd', bytes: content, packed: 'zstd' },
    { name: '.none', bytes: Buffer.alloc(0), packed: 'zlib' },
  ]);

  it('a section has what it holds, packed or not', () => {
    const found = readSections(elf, 'F') as ElfSections;
    for (const name of ['.plain', '.z', '.zstd'])
      expect([name, Buffer.from(sectionContent(found, name, 'F') ?? []).equals(content)]).toEqual([name, true]);
    expect(sectionContent(found, '.none', 'F')).toHaveLength(0);
    expect(sectionContent(found, '.other', 'F')).toBe(undefined);
  });

  it('packed content that is damaged, too large, or packed otherwise is refused in a line', () => {
    const header = readSections(elf, 'F')?.sections.find(({ name }) => name === '.z')?.bytes as Buffer;
    const at = header.byteOffset - elf.byteOffset;
    const damaged = (change: (bytes: Buffer) => void) => () => {
      const bytes = Buffer.from(elf);
      change(bytes);
      sectionContent(readSections(bytes, 'F') as ElfSections, '.z', 'F');
    };
    const message = /^F: its section \.z cannot be unpacked; build it again, or without compression$/;
    expect(damaged((bytes) => bytes.writeUInt32LE(3, at))).toThrow(message);
    expect(damaged((bytes) => bytes.fill(0xff, at + 24, at + 40))).toThrow(message);
    // A size beyond everything, and one that is less than what comes.
    const sizeAt = at + (elfClass === 2 ? 8 : 4);
    expect(damaged((bytes) => bytes.writeUInt32LE(0xffff_ffff, sizeAt))).toThrow(message);
    expect(damaged((bytes) => bytes.writeUInt32LE(8, sizeAt))).toThrow(message);
  });

  it('whatever stands in its headers, it is read or refused', () => {
    for (let n = 6; n < 500; n++) {
      for (const value of [0, 0x7f, 0xff]) {
        const forged = Buffer.from(elf);
        forged[n] = value;
        try {
          const found = readSections(forged, 'F');
          for (const { name } of found?.sections ?? []) sectionContent(found as ElfSections, name, 'F');
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }
    }
  });
});
