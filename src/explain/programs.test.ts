import { expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import { elfWithSymbols } from '../replay/symbols/symbols.fixture.ts';
import { frameOf } from './code-images.ts';
import { Programs } from './programs.ts';

const PAGE = 4096;
const LINKED = 0x40_0f80;

/** A program of two and a half pages of code from 0x400f80 on, with a function at its beginning and one in its third page. */
function program(seed: number): { file: Buffer; code: Buffer } {
  const code = Buffer.from(Uint32Array.from({ length: 2560 }, (_, n) => Math.imul(n + seed, 0x9e3779b1) >>> 0).buffer);
  const symbols = [
    { name: 'begin', value: LINKED, size: 0x100 },
    { name: 'later', value: LINKED + 0x1c00, size: 0x40 },
  ];
  const elf = elfWithSymbols(2, symbols);
  const headers = Buffer.alloc(56);
  headers.writeUInt32LE(1, 0);
  headers.writeUInt32LE(5, 4);
  headers.writeBigUInt64LE(BigInt(elf.length + headers.length), 8);
  headers.writeBigUInt64LE(BigInt(LINKED), 16);
  headers.writeBigUInt64LE(BigInt(code.length), 32);
  headers.writeBigUInt64LE(BigInt(code.length), 40);
  elf.writeBigUInt64LE(BigInt(elf.length), 32);
  elf.writeUInt16LE(56, 54);
  elf.writeUInt16LE(1, 56);
  return { file: Buffer.concat([elf, headers, code]), code };
}

/** A guest that has the pages of a program where it likes. */
class FakeView {
  readonly memory = Buffer.alloc(16 * PAGE);
  readonly pages = new Map<bigint, number>();

  /** The program's page at a virtual and a physical one. */
  map(code: Buffer, page: number, virtual: bigint, physical: number): void {
    const from = page * PAGE - (LINKED % PAGE);
    this.memory.fill(0xee, physical * PAGE, (physical + 1) * PAGE);
    code.copy(this.memory, physical * PAGE + Math.max(0, -from), Math.max(0, from), from + PAGE);
    this.pages.set(virtual, physical);
  }
  ipaOf(va: bigint): number | undefined {
    const page = this.pages.get(va - (va % BigInt(PAGE)));
    return page === undefined ? undefined : page * PAGE + Number(va % BigInt(PAGE));
  }
  cachedIpa(): undefined {
    return undefined;
  }
  physical(ipa: number, bytes: number): Uint8Array {
    return this.memory.subarray(ipa, ipa + bytes);
  }
}

it('code of programs is known by its bytes, wherever processes have it', () => {
  const [first, second] = [program(1), program(2)];
  const view = new FakeView();
  const programs = new Programs(view, [
    { name: 'dir/first', bytes: first.file },
    { name: 'second', bytes: second.file },
  ]);
  const nameOf = (pc: bigint): string | undefined => {
    const place = programs.placeOf(pc);
    return place && frameOf(place).name;
  };
  expect(nameOf(0xaaaa_0000_0f80n)).toBe(undefined);
  view.map(first.code, 0, 0xaaaa_0000_0000n, 3);
  view.map(first.code, 2, 0xaaaa_0000_2000n, 7);
  view.map(second.code, 2, 0xbbbb_0000_5000n, 9);
  expect(nameOf(0xaaaa_0000_0f84n)).toBe('begin [first]');
  // What lies in the page before the segment is not the program's.
  expect(nameOf(0xaaaa_0000_0f7cn)).toBe(undefined);
  expect(nameOf(0xaaaa_0000_2b80n)).toBe('later [first]');
  expect(nameOf(0xbbbb_0000_5b80n)).toBe('later [second]');
  expect(programs.placeOf(0xbbbb_0000_5b84n)).toMatchObject({ linked: BigInt(LINKED + 0x1c04) });
  // Between functions the program alone is known.
  expect(nameOf(0xaaaa_0000_2000n)).toBe('[first]');

  // The page goes to something else, and then to another program.
  view.memory.fill(0, 7 * PAGE, 8 * PAGE);
  expect(nameOf(0xaaaa_0000_2b80n)).toBe(undefined);
  view.map(second.code, 2, 0xaaaa_0000_2000n, 7);
  expect(nameOf(0xaaaa_0000_2b80n)).toBe('later [second]');
});

it('the last page may be shorter than what pages are told apart by', () => {
  const { file, code } = program(3);
  // Of the third page 16 bytes are left.
  const bytes = 2 * PAGE - (LINKED % PAGE) + 16;
  const at = Number(file.readBigUInt64LE(32));
  file.writeBigUInt64LE(BigInt(bytes), at + 32);
  const view = new FakeView();
  view.map(code.subarray(0, bytes), 2, 0x7000_0000n, 1);
  const programs = new Programs(view, [{ name: 'short', bytes: file }]);
  expect(programs.placeOf(0x7000_0008n)).toMatchObject({ linked: 0x40_2008n });
  expect(programs.placeOf(0x7000_0010n)).toBe(undefined);
});

it('files that are no programs are refused in a line', () => {
  const { file } = program(1);
  const reading = (bytes: Uint8Array) => () => new Programs(new FakeView(), [{ name: 'F', bytes }]);
  expect(reading(Buffer.from('#!/bin/sh\n'))).toThrow(/^F: no little-endian ELF; give a program or library/);
  expect(reading(file.subarray(0, file.length - 4))).toThrow(/^F: damaged ELF: a segment passes the end/);
  for (let n = 0; n < 400; n++) {
    const forged = Buffer.from(file);
    forged[n] = 0xff;
    try {
      reading(forged)();
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
    }
  }
});
