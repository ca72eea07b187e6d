import { expect, test } from 'vitest';
import { elf, image } from '../../machine/loaders/images.fixture.ts';
import { parseKernel } from '../../machine/loaders/kernel.ts';
import { GuestSymbols } from './guest-symbols.ts';
import { buildIdsOf, differsFrom, executedAt, otherKernel, symbolFileOf, witnessesOf } from './same-kernel.ts';
import { buildIdNote, elfWithSymbols } from './symbols.fixture.ts';
import { SymbolTable } from './table.ts';

const [own, other] = ['11'.repeat(20), '22'.repeat(20)];
const MOVED = 0xffff_0000n;
/** A kernel at 0 that has moved itself, with functions that are so far apart. */
function symbolsOf(every: bigint, names = 200): GuestSymbols {
  const table = SymbolTable.of([
    ...Array.from({ length: names }, (_, n) => ({ name: `function${n}`, address: BigInt(n) * every })),
    { name: 'twice', address: 4n },
    { name: 'twice', address: 8n },
  ]);
  const window = { from: 0n, to: 0x1_0000n, slide: 0n };
  return new GuestSymbols(table, [window], [{ from: MOVED, to: MOVED + 0x1_0000n, slide: MOVED }]);
}

test('functions from all over the kernel, of names that only one has, where they are executed in the end', () => {
  const witnesses = witnessesOf(symbolsOf(0x20n), executedAt);
  expect(witnesses.length).toBe(8);
  for (const { name, at } of witnesses) expect(at).toBe(MOVED + 0x20n * BigInt(name.slice('function'.length)));
  expect(witnesses.at(-1)?.at).toBeGreaterThan(MOVED + 0x20n * 150n);
  expect(witnessesOf(new GuestSymbols(SymbolTable.of([]), [], []), executedAt)).toEqual([]);
  expect(witnessesOf(symbolsOf(0x20n, 3), executedAt).length).toBe(3);
});

test('symbols of another kernel differ; one other name, or none that is known, proves nothing', () => {
  const witnesses = witnessesOf(symbolsOf(0x20n), executedAt);
  const where =
    (by: bigint, every = 0x20n) =>
    (name: string) =>
      by + every * BigInt(name.slice('function'.length));
  expect(differsFrom(witnesses, where(MOVED))).toBe(undefined);
  expect(differsFrom(witnesses, () => undefined)).toBe(undefined);
  const [first] = witnesses;
  expect(differsFrom(witnesses, (name) => (name === first?.name ? 5n : where(MOVED)(name)))).toBe(undefined);
  expect(differsFrom(witnesses, where(MOVED, 0x24n))).toMatch(
    /^function\d+ at 0x[0-9a-f]+, the guest has it at 0x[0-9a-f]+$/,
  );
  expect(differsFrom(witnesses, where(0n))).toMatch(/, as all of its kernel \(\+0xffff0000\)$/);
});

test('a file is of another kernel by its build ID, or else by its names', () => {
  const given = (id?: string) =>
    symbolFileOf({
      name: 'F',
      bytes: Buffer.concat([elfWithSymbols(2, []), id === undefined ? Buffer.alloc(0) : buildIdNote(id)]),
    });
  const same = symbolsOf(0x20n);
  const none = () => undefined;
  expect(otherKernel(given(own), same, [other, own], none)).toBe(undefined);
  expect(otherKernel(given(own), same, [other], none)).toBe(
    `F: its build ID is ${own}, that of the guest's kernel ${other}: what it names may lie elsewhere`,
  );
  expect(otherKernel(given(own), same, [], none)).toBe(null);
  expect(otherKernel(given(own), same, [], () => same)).toBe(undefined);
  expect(otherKernel(given(), symbolsOf(0x24n), [own], () => same)).toContain('of another kernel than the guest');
  expect(symbolFileOf({ name: 'System.map', bytes: buildIdNote(own) }).buildId).toBe(undefined);
});

test("a kernel's build IDs are those of its image", () => {
  const place = { entry: 0, unpackedAt: undefined } as never;
  const bytes = Buffer.concat([image({ imageSize: 0x10_0000n }), buildIdNote(own)]);
  expect(buildIdsOf({ ...parseKernel({ name: 'F', bytes }), place }, undefined)).toEqual([own]);
  const file = Buffer.concat([elf(), buildIdNote(own)]);
  expect(buildIdsOf({ ...parseKernel({ name: 'F', bytes: file }), place }, undefined)).toEqual([own]);
});
