import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { sha256 as digestOf } from '../../host/digests.ts';
import { runEnd } from '../events/index.ts';
import { encodeColumn } from './checkpoint-frames.ts';
import { eventsOf, tapeOf } from './forged.fixture.ts';
import { FrameKind } from './frame.ts';
import { encodeHeader } from './header.ts';
import { type Meta, pack } from './msgpack.ts';
import { folder, start } from './tape.fixture.ts';
import { TapeReader } from './tape-reader.ts';
import { type TapeStart, TapeWriter } from './tape-writer.ts';

const { file, remove } = folder();
afterAll(remove);
const sha256 = (bytes: Uint8Array): Uint8Array => Uint8Array.from(digestOf(bytes));
const page = (seed: number): Uint8Array => new Prng(BigInt(seed)).bytes(4096);
const END = { at: 5, vcpu: 0, outcome: 'poweroff', reason: '', stateHash: '', consoleSha256: '' } as const;

function written(name: string, disks: TapeStart['disks'], fill: (writer: TapeWriter) => void): TapeReader {
  const writer = TapeWriter.create(file(name), disks ? { ...start, disks } : start);
  fill(writer);
  writer.finish(END);
  return TapeReader.open(file(name));
}
const embedded = { file: 'a', format: 'raw', embedded: true };
const named = { ...embedded, embedded: false };

test('pages come back as they were read, each once, zeros too', () => {
  const reader = written('a', [embedded, embedded], (writer) => {
    for (let i = 0; i < 600; i++) expect(writer.diskPage(0, 3 * i, i % 5 === 0 ? null : page(i % 300))).toBe(true);
    expect(writer.diskPage(0, 3, page(1))).toBe(true);
    writer.diskPage(1, 0, page(1));
  });
  expect(reader.verify().complete).toBe(true);
  const frames = reader.frames().filter(({ kind }) => kind === FrameKind.diskPages);
  expect(frames.map(({ count }) => count)).toEqual([256, 256, 88, 1]);
  expect(frames.at(-1)?.end).toBe(240);
  expect(reader.diskPages.page(0, 3 * 301)).toEqual({ digest: sha256(page(1)), bytes: page(1) });
  expect(reader.diskPages.page(0, 0)).toEqual({ digest: null, bytes: null });
  expect(reader.diskPages.page(0, 1)).toBeUndefined();
  expect(reader.diskPages.page(1, 0)?.bytes).toEqual(page(1));
  expect(reader.diskPages.pages(1)).toEqual([0]);
});

test('a page that is another when it is read again is told of', () => {
  written('changes', [embedded], (writer) => {
    expect([writer.diskPage(0, 1, page(1)), writer.diskPage(0, 1, page(2)), writer.diskPage(0, 1, null)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

test('of a disk that is not embedded digests alone are there', () => {
  const reader = written('named', [named], (writer) => void writer.diskPage(0, 7, page(1)));
  expect(reader.header.disks).toEqual([named]);
  expect(reader.diskPages.page(0, 7)).toEqual({ digest: sha256(page(1)), bytes: null });
  expect(reader.sizeBytes).toBeLessThan(2000);
});

describe('what no writer makes is refused in one line', () => {
  const bytes = page(1);
  const digest = sha256(bytes);
  const good: readonly Meta[] = [0, encodeColumn([4]), encodeColumn([1]), digest, bytes];
  const range = { start: 0, end: 1, count: 1 };
  const opened = (parts: readonly (readonly [readonly Meta[], typeof range])[]): TapeReader => {
    const frames = parts.map(([payload, of]) => ({ kind: FrameKind.diskPages, raw: pack([...payload]), range: of }));
    const header = { kind: FrameKind.header, raw: encodeHeader({ ...start, images: [], disks: [embedded] }) };
    const events = eventsOf(0, (builder) => builder.push(runEnd, END));
    writeFileSync(file('forged'), tapeOf([header, ...frames, events]));
    return TapeReader.open(file('forged'));
  };
  const read = (...parts: Parameters<typeof opened>[0]) => {
    const reader = opened(parts);
    return () => [reader.diskPages.page(0, 4), reader.diskPages.pages(0)];
  };
  const with_ = (at: number, value: Meta): readonly Meta[] => good.with(at, value);

  test('as the sound one is not', () => expect(read([good, range])()).toEqual([{ digest, bytes }, [4]]));
  test.each([
    ['a disk beyond', with_(0, 16), range],
    ['a page beyond', with_(1, encodeColumn([2 ** 51])), range],
    ['a content beyond', with_(2, encodeColumn([2])), range],
    ['too few digests', with_(3, new Uint8Array(0)), range],
    ['too many', with_(3, new Uint8Array(64)), range],
    ['half a page', with_(4, bytes.subarray(1)), range],
    ['another page', with_(4, page(2)), range],
    ['no array', [1], range],
    ['contents that do not follow', good, { start: 1, end: 2, count: 1 }],
  ])('%s', (_, payload, of) => {
    expect(read([payload, of])).toThrow(/the tape is damaged$/);
  });
  test('a page twice', () =>
    expect(
      read(
        [good, range],
        [[0, encodeColumn([4]), encodeColumn([1]), new Uint8Array(0), new Uint8Array(0)], { ...range, start: 1 }],
      ),
    ).toThrow(/there twice/));
  test('more rows than a frame has are no frame', () => {
    for (const count of [257, 2 ** 32 - 1]) expect(read([good, { ...range, count }])).toThrow(/the tape is damaged$/);
  });
});
