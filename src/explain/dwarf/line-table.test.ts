import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { elfWithSections } from '../../replay/symbols/elf-sections.fixture.ts';
import { LineTable } from './line-table.ts';
import { sampleLines, sampleVersions } from './lines.fixture.ts';

/** As GNU addr2line tells the lines of each instruction. */
const ADDR2LINE = [4, 4, 4, 4, 3, 5, 4, 4, 4, 7, 3, 6, 10];
const START = 0x40_0000n;

describe.each(sampleVersions)('DWARF %d', (version) => {
  const table = LineTable.of(sampleLines(version), 8);
  const folder = version === 5 ? '/src/' : '';

  it('tells the line of each instruction, as binutils do', () => {
    const found = ADDR2LINE.map((_, n) => table.at(START + BigInt(4 * n)));
    expect(found).toEqual(ADDR2LINE.map((line) => ({ file: `${folder}a.c`, line })));
    expect(table.at(START + 3n)).toEqual({ file: `${folder}a.c`, line: 4 });
    for (const at of [0n, START - 1n, START + BigInt(4 * ADDR2LINE.length), 2n ** 64n - 1n])
      expect(table.at(at)).toBe(undefined);
    // Where a function begins, of several lines there the first.
    expect([table.beginningAt(START)?.line, table.beginningAt(START + 0x30n)?.line]).toEqual([2, 8]);
    expect([table.isEmpty, table.damaged]).toEqual([false, 0]);
  });

  it('tells of all code that has lines, of what was put into other functions too', () => {
    const extents = [...table.extents()];
    expect(extents).toContainEqual({ file: `${folder}inc/h.h`, line: 2, from: START + 0x14n, to: START + 0x18n });
    const inA = extents.filter(({ file }) => file === `${folder}a.c`).map(({ line }) => line);
    expect([...new Set(inA)].sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 10]);
    for (const { from, to } of extents) expect(from >= START && from < to && to <= START + 0x34n).toBe(true);
  });

  it('takes whatever stands there', () => {
    const prng = new Prng(BigInt(version));
    const below = (limit: number): number => Number(prng.next64() % BigInt(limit));
    const { lines, lineStrings, strings } = sampleLines(version);
    for (let run = 0; run < 2000; run++) {
      const forged = Buffer.from(lines);
      for (let n = below(6); n >= 0; n--) forged[below(forged.length)] = below(256);
      const cut = forged.subarray(0, run % 2 === 0 ? forged.length : below(forged.length));
      const read = LineTable.of({ lines: cut, lineStrings, strings }, 8);
      read.at(START + 4n);
      let extents = 0;
      for (const { from, to } of read.extents()) {
        expect(from < to).toBe(true);
        extents++;
      }
      expect(extents).toBeLessThan(1000);
    }
  });
});

it('goes on behind a unit whose program is damaged', () => {
  const { lines, lineStrings, strings } = sampleLines(5);
  const damaged = Buffer.from(lines);
  // The operation that sets the address is longer than what is left.
  damaged[0x40] = 0xff;
  const table = LineTable.of({ lines: Buffer.concat([damaged, lines]), lineStrings, strings }, 8);
  expect([table.damaged, table.at(START)?.line]).toEqual([1, 4]);
});

it('is read from an ELF, whose sections may be packed', () => {
  const { lines, lineStrings } = sampleLines(5);
  const elf = elfWithSections(2, [
    { name: '.debug_line', bytes: lines, packed: 'zstd' },
    { name: '.debug_line_str', bytes: lineStrings, packed: 'zlib' },
  ]);
  expect(LineTable.read(elf, 'F')?.at(START)).toEqual({ file: '/src/a.c', line: 4 });
  expect(LineTable.read(elfWithSections(2, [{ name: '.debug_info', bytes: lines }]), 'F')).toBe(undefined);
});
