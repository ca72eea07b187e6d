import { expect, test } from 'vitest';
import { buildIdsIn } from './build-id.ts';
import { buildIdNote, elfWithSymbols } from './symbols.fixture.ts';

const [own, other] = ['11'.repeat(20), '22'.repeat(20)];

test("a kernel's own build ID, not those of the ELFs within it", () => {
  const vdso = Buffer.concat([buildIdNote(other), Buffer.alloc(64)]);
  const elf = elfWithSymbols(2, []);
  // Its note stands before its section headers.
  const sections = Number(elf.readBigUInt64LE(40));
  const embedded = Buffer.concat([elf.subarray(0, sections), vdso, elf.subarray(sections)]);
  embedded.writeBigUInt64LE(BigInt(sections + vdso.length), 40);
  const page = Buffer.alloc(4096, 0xa5);
  const behind = Buffer.alloc(-embedded.length & 3);
  expect(buildIdsIn(Buffer.concat([page, embedded, behind, page, buildIdNote(own)]))).toEqual([own]);
  expect(buildIdsIn(Buffer.concat([page, buildIdNote(own), buildIdNote('ab')]))).toEqual([own, 'ab']);
});

test('what is like a note is none: of another type or name, too long, cut, off its word', () => {
  const note = buildIdNote(own);
  const changed = (at: number, byte: number): Buffer => {
    const copy = Buffer.from(note);
    copy[at] = byte;
    return copy;
  };
  for (const bytes of [
    changed(8, 1),
    changed(0, 5),
    changed(12, 0x48),
    changed(4, 200),
    changed(4, 0),
    note.subarray(0, -1),
    Buffer.concat([Buffer.alloc(2), note]),
    note.subarray(4),
    Buffer.alloc(0),
  ])
    expect(buildIdsIn(bytes)).toEqual([]);
});
