import { describe, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { mappedRam } from '../../src/inspect/address-space.ts';
import { elfCore } from '../../src/inspect/elf-core.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { findVmcoreinfo } from '../../src/inspect/vmcoreinfo.ts';
import { build, demo, kinds, runTo } from '../state/moments.fixture.ts';

interface Program {
  readonly type: number;
  readonly va: bigint;
  readonly pa: number;
  readonly offset: number;
  readonly fileBytes: number;
  readonly bytes: number;
}

/** The program headers, read as System V's ABI has them. */
function programsOf(file: Buffer): Program[] {
  const is64 = file[4] === 2;
  const word = (at: number): bigint => (is64 ? file.readBigUInt64LE(at) : BigInt(file.readUInt32LE(at)));
  const from = Number(word(is64 ? 32 : 28));
  const size = file.readUInt16LE(is64 ? 54 : 42);
  return Array.from({ length: file.readUInt16LE(is64 ? 56 : 44) }, (_, n) => {
    const at = from + n * size;
    const fields = is64 ? [8, 16, 24, 32, 40] : [4, 8, 12, 16, 20];
    const [offset = 0n, va = 0n, pa = 0n, fileBytes = 0n, bytes = 0n] = fields.map((field) => word(at + field));
    return {
      type: file.readUInt32LE(at),
      va,
      pa: Number(pa),
      offset: Number(offset),
      fileBytes: Number(fileBytes),
      bytes: Number(bytes),
    };
  });
}
/** What a reader of the file finds there. */
function contentOf(file: Buffer, { offset, fileBytes, bytes }: Program): Buffer {
  const out = Buffer.alloc(bytes);
  file.copy(out, 0, offset, offset + fileBytes);
  return out;
}

describe.each(kinds.map((kind) => [`${kind.arch} ${kind.cpu ?? ''}`, kind] as const))('%s', (_, kind) => {
  const guest = demo(kind);
  const told = build(guest);
  // Before the guest's tables are there, and behind.
  test.each([0, 3_000, 60_000])('all RAM, and all that the guest has mapped, at %i', (at) => {
    runTo(guest, told, at, at - 1);
    const view = new GuestView(told.machine);
    const made = elfCore(view);
    const file = Buffer.concat([...made.pieces()]);
    expect(file).toHaveLength(made.bytes);
    expect(file.subarray(0, 6)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, kind.arch === 'arm64' ? 2 : 1, 1]));
    expect([file.readUInt16LE(16), file.readUInt16LE(18)]).toEqual([4, kind.arch === 'arm64' ? 183 : 40]);
    const programs = programsOf(file).filter(({ type }) => type === 1);
    expect(programs).toHaveLength(made.segments);

    const { ipa, bytes } = must(told.machine.vm.memory.segments[0], 'RAM');
    const ram = Buffer.from(view.physical(ipa, bytes));
    const there = Buffer.alloc(bytes);
    const has = new Uint8Array(bytes / 4096);
    for (const program of programs) {
      const content = contentOf(file, program);
      expect(content.equals(ram.subarray(program.pa - ipa, program.pa - ipa + program.bytes))).toBe(true);
      content.copy(there, program.pa - ipa);
      has.fill(1, (program.pa - ipa) / 4096, (program.pa - ipa + program.bytes) / 4096);
    }
    expect(has.every((page) => page === 1)).toBe(true);
    expect(there.equals(ram)).toBe(true);
    // Zero memory is not in the file.
    expect(made.bytes).toBeLessThan(bytes / 16);

    const { pieces, isWhole } = mappedRam(view);
    expect(isWhole).toBe(true);
    expect(pieces.length).toBeGreaterThan(at > 30_000 ? 1 : 0);
    for (const piece of pieces)
      for (const from of [piece.va, piece.va + BigInt(piece.bytes) - 4096n]) {
        const program = programs.find(({ va, bytes: n }) => from >= va && from < va + BigInt(n));
        const found = must(program, `segment at ${from}`);
        const content = contentOf(file, found).subarray(Number(from - found.va));
        expect(content.subarray(0, 4096).equals(view.virtual(from, 4096))).toBe(true);
      }
  });

  test('the registers', () => {
    const view = new GuestView(told.machine);
    const file = Buffer.concat([...elfCore(view).pieces()]);
    const notes = must(programsOf(file)[0], 'notes');
    const is64 = kind.arch === 'arm64';
    const status = notes.offset + 20;
    const registers = Object.values(view.registers()).map((value, n) =>
      is64
        ? file.readBigUInt64LE(status + 112 + 8 * n) === value
        : file.readUInt32LE(status + 72 + 4 * n) === Number(value),
    );
    expect(registers).toEqual(registers.map(() => true));
  });
});

test('a guest that maps its memory without end gets a core of what can be listed', () => {
  const guest = demo({ arch: 'arm64', gicVersion: 3 });
  const told = build(guest);
  const { machine } = told;
  runTo(guest, told, 60_000);
  const view = new GuestView(machine);
  // Every entry of the first table leads to the second, and every block of that to RAM: in pages that stage 2 has.
  const first = Number(must(view.register('TTBR0_EL1'), 'TTBR0_EL1') & 0xffff_f000n);
  const second = must(view.ipaOf(view.pc), 'code') & ~0xfff;
  const table = (at: number, descriptor: bigint): void => {
    const words = BigUint64Array.from({ length: 512 }, () => descriptor);
    machine.vm.memory.write(at, new Uint8Array(words.buffer));
  };
  table(first, BigInt(second) | 3n);
  table(second, 0x4000_0000n | (1n << 10n) | 1n);
  for (let page = 0; page < 300; page++) machine.vm.memory.write(0x4010_0000 + page * 0x1_1000, Uint8Array.of(1));
  const set = (name: string, value: bigint): void => machine.cpu.register(name).write(value);
  set('TCR_EL1', 16n | (1n << 23n) | (5n << 32n));
  const made = elfCore(view);
  expect(made.isWhole).toBe(false);
  expect(made.segments).toBe(0xfffd);
  expect(made.bytes).toBeLessThan(64 * 2 ** 20);
});

describe('VMCOREINFO', () => {
  const noteOf = (text: string, { type = 0, name = 'VMCOREINFO\0' } = {}): Buffer => {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(name.length, 0);
    header.writeUInt32LE(text.length, 4);
    header.writeUInt32LE(type, 8);
    header.write(name, 12, 'latin1');
    return Buffer.concat([header, Buffer.from(text, 'latin1')]);
  };
  const TEXT = 'OSRELEASE=6.1.0\nPAGESIZE=4096\n';
  const memory = (at: number, bytes: Buffer): Uint8Array => {
    const all = new Uint8Array(0x4000);
    all.set(bytes, at);
    return all;
  };
  test('is found by its header', () => {
    const found = findVmcoreinfo(memory(0x1000, noteOf(TEXT)));
    expect(found && Buffer.from(found).toString()).toBe(TEXT);
    const second = memory(0x1000, Buffer.from('VMCOREINFO\0 is but a word'));
    second.set(noteOf(TEXT), 0x2004);
    expect(findVmcoreinfo(second)).toHaveLength(TEXT.length);
  });
  test.each([
    ['no note', Buffer.from('VMCOREINFO\0'), 0],
    ['at no word', noteOf(TEXT), 0x1002],
    ['of another type', noteOf(TEXT, { type: 1 }), 0x1000],
    ['of other words', noteOf('SOMETHING=1\n'), 0x1000],
    ['of nothing', noteOf(''), 0x1000],
    ['beyond the end', noteOf('OSRELEASE='.padEnd(0x5000, 'x')).subarray(0, 0x1000), 0x3000],
  ])('%s', (_, bytes, at) => {
    expect(findVmcoreinfo(memory(at, bytes))).toBe(undefined);
  });
});
