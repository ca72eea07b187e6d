// Flame graphs' formats, of one tree of stacks.
import { gunzipSync } from 'node:zlib';
import { PbfReader } from 'pbf';
import { expect, it } from 'vitest';
import { EMPTY_STACK, type StackFrame, StackTree } from '../../src/analysis/stack-tree.ts';
import { collapsedLines } from './collapsed.ts';
import { pprofBytes } from './pprof.ts';
import { speedscopeParts } from './speedscope.ts';

const tree = new StackTree([
  { name: 'exits', unit: 'count' },
  { name: 'time', unit: 'nanoseconds' },
]);
const put = (frames: readonly StackFrame[], ...weights: number[]): void => {
  const stack = frames.reduce((at, frame) => tree.child(at, tree.frame(frame)), EMPTY_STACK);
  for (const [value, weight] of weights.entries()) tree.add(stack, value, weight);
};
put([{ name: 'start_kernel' }, { name: 'printk', file: 'printk.c', line: 7 }], 3, 40);
put([{ name: 'start_kernel' }, { name: 'printk', file: 'printk.c', line: 9 }], 2, 0);
put([{ name: 'start_kernel' }], 0, 5);
put([{ name: 'odd;name\n' }], 1, 1);

it('collapses stacks to lines, one a stack of functions', () => {
  expect([...collapsedLines(tree, 0)]).toEqual(['start_kernel;printk 5', 'odd:name: 1']);
  expect([...collapsedLines(tree, 1)]).toEqual(['start_kernel 5', 'start_kernel;printk 40', 'odd:name: 1']);
});

it('writes what speedscope reads, a profile a value', () => {
  const file = JSON.parse([...speedscopeParts(tree, 'a.tape', 'hypertape 1')].join('')) as {
    shared: { frames: StackFrame[] };
    profiles: { unit: string; endValue: number; samples: number[][]; weights: number[] }[];
  };
  const { shared, profiles } = file;
  expect(profiles.map(({ unit, endValue }) => [unit, endValue])).toEqual([
    ['none', 6],
    ['nanoseconds', 46],
  ]);
  const stacksOf = (n: number) =>
    profiles[n]?.samples.map((frames, at) => [
      frames.map((frame) => `${shared.frames[frame]?.name}:${shared.frames[frame]?.line ?? 0}`).join(' '),
      profiles[n]?.weights[at],
    ]);
  expect(stacksOf(0)).toEqual([
    ['start_kernel:0 printk:7', 3],
    ['start_kernel:0 printk:9', 2],
    ['odd;name\n:0', 1],
  ]);
  expect(stacksOf(1)).toContainEqual(['start_kernel:0', 5]);
});

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
  const profile = fieldsOf(gunzipSync(pprofBytes(tree, ['of a.tape'])));
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
