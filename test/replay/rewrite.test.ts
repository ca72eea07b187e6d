// Tapes made of tapes: without checkpoints, with them again, and with every exit; each is what a recording would have made.
import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { RewriteSession } from '../../src/replay/rewrite.ts';
import { FrameKind } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { repairTape, stripTape } from '../../src/trace/codec/tape-repair.ts';
import type { Level } from '../../src/trace/events/index.ts';
import { demoImages, recordDemo, testFolder } from '../support/demo.fixture.ts';
import { rewriteTape } from '../support/rewrite.fixture.ts';

const checkpoints = { instructions: 700_000 };
const typed = [
  { at: 4_000_000, text: 'help\n' },
  { at: 60_000_000, text: 'off\n' },
];

function withReader<T>(path: string, use: (reader: TapeReader) => T): T {
  const reader = TapeReader.open(path);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}
/** Replays one tape into another. */
const rewritten = (from: string, to: string, level?: Level, force = false) =>
  withReader(from, (reader) => {
    const session = new RewriteSession(reader, { path: to, force, ...(level ? { level } : {}), checkpoints });
    let stop = session.run(1_234_567);
    while (stop.kind === 'place') stop = session.run(session.session.machine.icount + 1_234_567);
    session.discard();
    return stop;
  });

it('strip is what a recording without checkpoints makes, and index the one with them', () => {
  const at = (name: string): string => join(folder, name);
  const folder = testFolder();
  recordDemo({ path: at('with'), checkpoints, typed });
  recordDemo({ path: at('without'), typed });
  const read = (name: string): Buffer => readFileSync(at(name));
  const stripped = withReader(at('with'), (reader) => stripTape(reader, at('stripped'), false));
  expect(stripped.checkpoints).toBeGreaterThan(4);
  expect(read('stripped').equals(read('without'))).toBe(true);
  expect(stripped.bytes).toBeGreaterThan(0.9 * (read('with').length - read('without').length));

  const images = demoImages().files.map(({ bytes }) => bytes);
  withReader(at('with'), (reader) => stripTape(reader, at('bare'), false, { images: true }));
  expect(read('bare').length).toBeLessThan(read('stripped').length);
  expect(() => rewritten(at('bare'), at('none'))).toThrow(
    /^.*bare holds only the digest of image "kernel": put the file of \d+ bytes with sha256 \w+ into its folder/,
  );
  writeFileSync(at('of another name'), must(images[0], 'a kernel'));
  expect(rewritten(at('bare'), at('bare-indexed'))).toEqual({ kind: 'end' });
  withReader(at('bare-indexed'), (reader) => {
    expect(reader.images.map(({ embedded }) => embedded)).toEqual([false]);
    expect(stripTape(reader, at('bare-again'), false).checkpoints).toBe(stripped.checkpoints);
  });
  expect(read('bare-again').equals(read('bare'))).toBe(true);
  for (const name of ['bare', 'bare-indexed', 'bare-again', 'of another name']) unlinkSync(at(name));

  expect(rewritten(at('stripped'), at('indexed'))).toEqual({ kind: 'end' });
  expect(read('indexed').equals(read('with'))).toBe(true);
  // In place, and of one that has checkpoints.
  expect(rewritten(at('indexed'), at('indexed'), undefined, true)).toEqual({ kind: 'end' });
  expect(read('indexed').equals(read('with'))).toBe(true);

  for (const level of ['inputs', 'exits'] as const) recordDemo({ path: at(level), level, checkpoints, typed });
  expect(rewritten(at('inputs'), at('retraced'), 'exits')).toEqual({ kind: 'end' });
  expect(read('retraced').equals(read('exits'))).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(
    ['exits', 'indexed', 'inputs', 'retraced', 'stripped', 'with', 'without'].sort(),
  );
});

it('a tape that is not whole is refused, and one of another run leaves none', () => {
  const folder = testFolder();
  const at = (name: string): string => join(folder, name);
  recordDemo({ path: at('demo'), checkpoints, typed });
  const cut = at('cut');
  withReader(at('demo'), (reader) => {
    const lastEvents = reader.frames().findLast(({ kind }) => kind === FrameKind.events);
    writeFileSync(cut, readFileSync(at('demo')).subarray(0, (lastEvents?.offset ?? 0) + 60));
  });
  for (const act of [
    () => rewritten(cut, at('none')),
    () => withReader(cut, (reader) => stripTape(reader, at('none'), false)),
  ])
    expect(act).toThrow(/^.*cut is cut off at offset .*; make a whole tape of it with "hypertape repair" first$/);

  rewriteTape(at('demo'), at('other'), {
    event: (event) => (event.kind === 'mmio-write' ? { ...event, value: event.value + 1n } : event),
  });
  expect(rewritten(at('other'), at('none')).kind).toBe('divergence');
  expect(existsSync(at('none'))).toBe(false);
  expect(readdirSync(folder).sort()).toEqual(['cut', 'demo', 'other']);

  // A tape with an open end is whole, and stays open.
  withReader(cut, (reader) => repairTape(reader, at('open'), false));
  expect(rewritten(at('open'), at('indexed'))).toEqual({ kind: 'end' });
  withReader(at('indexed'), (reader) => {
    const last = [...reader.events()].at(-1);
    expect(last).toMatchObject({ kind: 'run-end', stateHash: '' });
    expect(reader.verify().summary).toBe('whole');
    withReader(at('open'), (open) => expect([...reader.events()]).toEqual([...open.events()]));
  });
});
