import { gunzipSync } from 'node:zlib';
import { PbfReader } from 'pbf';
import { expect, it } from 'vitest';
import { pprofBytes } from './pprof.ts';
import { someStacks } from './stacks.fixture.ts';

/** Fields of a message as protocol buffers have them: bytes, or numbers. */
type Fields = Record<number, (number | Uint8Array)[]>;
const WIRE = { varint: 0, bytes: 2 } as const;
const fieldsOf = (message: Uint8Array): Fields =>
  new PbfReader(message).readFields((tag: number, fields: Fields, pbf: PbfReader) => {
    const value = pbf.type === WIRE.varint ? pbf.readVarint() : pbf.readBytes();
    (fields[tag] ??= []).push(value);
  }, {} as Fields);
const numbersOf = (packed: number | Uint8Array | undefined): number[] => {
  if (!(packed instanceof Uint8Array)) return [packed ?? 0];
  const reader = new PbfReader(packed);
  const numbers: number[] = [];
  while (reader.pos < packed.length) numbers.push(reader.readVarint());
  return numbers;
};

it('writes what pprof reads, the innermost frame first', () => {
  // Field numbers: google/pprof, proto/profile.proto.
  const profile = fieldsOf(gunzipSync(pprofBytes(someStacks(), ['of a.tape'])));
  const messages = (field: number): Fields[] => (profile[field] ?? []).map((bytes) => fieldsOf(bytes as Uint8Array));
  const strings = (profile[6] ?? []).map((bytes) => Buffer.from(bytes as Uint8Array).toString());
  const first = (fields: Fields | undefined, field: number): number => Number(fields?.[field]?.[0] ?? 0);
  expect(messages(1).map((type) => [strings[first(type, 1)], strings[first(type, 2)]])).toEqual([
    ['exits', 'count'],
    ['time', 'nanoseconds'],
  ]);
  const functions = new Map(
    messages(5).map((of) => [first(of, 1), `${strings[first(of, 2)]} ${strings[first(of, 4)]}`]),
  );
  const locations = new Map(
    messages(4).map((of) => {
      const line = fieldsOf(of[4]?.[0] as Uint8Array);
      return [first(of, 1), `${functions.get(first(line, 1))} ${first(line, 2)}`];
    }),
  );
  const samples = messages(2).map((of) => [
    numbersOf(of[1]?.[0]).map((id) => locations.get(id)),
    numbersOf(of[2]?.[0]),
  ]);
  expect(samples).toEqual([
    [['start_kernel  0'], [0, 5]],
    [
      ['printk printk.c 7', 'start_kernel  0'],
      [3, 40],
    ],
    [
      ['printk printk.c 9', 'start_kernel  0'],
      [2, 0],
    ],
    [['odd;name\n  0'], [1, 1]],
  ]);
});
