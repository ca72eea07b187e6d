import { expect, test } from 'vitest';
import type { CodeImage } from '../../src/explain/code-images.ts';
import { LineTable } from '../../src/explain/dwarf/line-table.ts';
import { sampleLines } from '../../src/explain/dwarf/lines.fixture.ts';
import { SymbolTable } from '../../src/replay/symbols/table.ts';
import { type CoveredImage, drcov } from './drcov.ts';
import { lcov } from './lcov.ts';

const START = 0x40_0000n;
const symbols = SymbolTable.of([
  { name: 'sum', address: START, bytes: 0x30n },
  { name: '_start', address: START + 0x30n, bytes: 4n },
]);
const image: CodeImage = {
  ...{ kind: 'program', name: 'a,out\nx', from: START, to: START + 0x4_0000n, slide: 0x1000n },
  functionAt: (linked) => symbols.at(linked),
  functions: () => symbols.entries(),
  lines: LineTable.of(sampleLines(5), 8),
};

/** The file, as bytes. */
const written = (pieces: Iterable<string | Uint8Array>): Buffer =>
  Buffer.concat([...pieces].map((piece) => Buffer.from(piece)));

test('drcov has a module an image, and a block of 16 bits for what was executed in one piece', () => {
  const covered: CoveredImage[] = [
    { image: { ...image, name: 'vmlinux', kind: 'kernel', slide: -0x1000n }, runs: [] },
    {
      image,
      runs: [
        { from: START, to: START + 8n, times: 3 },
        { from: START + 8n, to: START + 12n, times: 1 },
        { from: START + 0x100n, to: START + 0x2_0100n, times: 1 },
      ],
    },
  ];
  const file = written(drcov(covered, 'F'));
  const [head = ''] = file.toString('latin1').split(/(?<= bbs\n)/);
  expect(head.split('\n')).toEqual([
    'DRCOV VERSION: 2',
    'DRCOV FLAVOR: F',
    'Module Table: version 2, count 2',
    'Columns: id, base, end, entry, path',
    '0, 0x00000000003ff000, 0x000000000043f000, 0x0000000000000000, vmlinux',
    '1, 0x0000000000401000, 0x0000000000441000, 0x0000000000000000, a_out_x',
    'BB Table: 4 bbs',
    '',
  ]);
  const table = file.subarray(head.length);
  const blocks = Array.from({ length: table.length / 8 }, (_, n) => [
    table.readUInt32LE(8 * n),
    table.readUInt16LE(8 * n + 4),
    table.readUInt16LE(8 * n + 6),
  ]);
  expect(blocks).toEqual([
    [0, 12, 1],
    [0x100, 0xfffc, 1],
    [0x100fc, 0xfffc, 1],
    [0x200f8, 8, 1],
  ]);
});

test('lcov counts lines by their most frequent instruction, and functions by their first', () => {
  const runs = [
    { from: START, to: START + 0x10n, times: 2 },
    { from: START + 0x10n, to: START + 0x24n, times: 8 },
    { from: START + 0x24n, to: START + 0x2cn, times: 2 },
  ];
  const text = written(lcov([{ image, runs }], 'a tape')).toString();
  const [own = '', header = ''] = text.split(/(?<=end_of_record\n)/);
  expect(own.split('\n').slice(0, 8)).toEqual([
    ...['TN:a_tape', 'SF:/src/a.c', 'FN:2,sum', 'FN:8,_start', 'FNDA:2,sum', 'FNDA:0,_start', 'FNF:2', 'FNH:1'],
  ]);
  const lines = [...own.matchAll(/^DA:(\d+),(\d+)$/gm)].map(([, line, times]) => [Number(line), Number(times)]);
  // As binutils tell the lines of each instruction: 4 4 4 4 3 5 4 4 4 7 3 6 10.
  expect(new Map(lines as [number, number][])).toEqual(
    new Map([
      ...([
        [2, 2],
        [3, 8],
        [4, 8],
        [5, 8],
        [6, 0],
        [7, 2],
        [8, 0],
        [10, 0],
      ] as [number, number][]),
    ]),
  );
  expect(own).toMatch(/^LF:8\nLH:5\nend_of_record$/m);
  expect(header).toContain('SF:/src/inc/h.h\n');
  expect(header).toContain('DA:2,8\n');
});

test('what has no lines is no part of lcov', () => {
  const { lines: _none, ...bare } = image;
  expect(written(lcov([{ image: bare, runs: [] }], 'T'))).toHaveLength(0);
});
