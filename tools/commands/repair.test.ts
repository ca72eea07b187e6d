import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { frameHeaderBytes } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const tape = work.file('demo.tape');
hypertape(['record', '--guest', 'demo-arm64', '-o', tape, '--console', 'none']);
const bytes = readFileSync(tape);
const info = jsonOf(hypertape(['info', tape, '--json']));
const { header, images, events } = info.sizeByPart as Record<'header' | 'images' | 'events', number>;
const { total } = info.events as { total: number };
const framesOf = (path: string) => {
  const reader = TapeReader.open(path);
  reader.close();
  return reader.frames();
};

/** Repairs a tape, and shows what a replay of the new one says. */
function repaired(name: string, data: Uint8Array) {
  const [from, to] = [work.write(`${name}.tape`, data), work.file(`${name}.repaired.tape`)];
  const result = hypertape(['repair', from, '-o', to, '--json']);
  expect(result).toMatchObject({ status: 0, stderr: '' });
  const replayed = hypertape(['replay', to, '--console', 'none', '--json']);
  expect(replayed).toMatchObject({ status: 0, stderr: '' });
  expect(jsonOf(hypertape(['info', to, '--json']))).toMatchObject({ integrity: { complete: true, summary: 'whole' } });
  return { repair: jsonOf(result), replay: jsonOf(replayed), to };
}

test('a tape that was cut off ends where it was, and claims no more', () => {
  const { repair, replay, to } = repaired('cut', bytes.subarray(0, header + images + events - 100));
  expect(repair).toMatchObject({ end: 'open', framesLeftOut: 0, was: expect.stringMatching(/^cut off at offset/) });
  expect(repair.events).toBeLessThan(total);
  expect(replay).toMatchObject({
    verified: true,
    complete: true,
    outcome: 'interrupted',
    eventsChecked: (repair.events as number) + 1,
  });
  expect(replay).not.toHaveProperty('stateHash');
  const { stderr } = hypertape(['replay', to, '--console', 'none']);
  expect(stderr).toMatch(
    /^identical to the recording as far as it was saved \(interrupted; its final state is not known\): /,
  );
});

test('a tape without its index keeps the end of its run', () => {
  const { repair, replay } = repaired('end', bytes.subarray(0, header + images + events));
  expect(repair).toMatchObject({ end: 'kept', events: total, framesLeftOut: 0 });
  expect(replay).toMatchObject({ verified: true, complete: true, outcome: 'poweroff', eventsChecked: total });
});

test('what lies behind damage is left out', () => {
  const frames = framesOf(tape);
  const hit = frames.findLast(({ kind }) => kind === 4);
  const flipped = Uint8Array.from(bytes);
  const at = (hit?.offset ?? 0) + frameHeaderBytes + 3;
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  const { repair, replay } = repaired('damaged', flipped);
  expect(repair).toMatchObject({ end: 'open', events: total - (hit?.count ?? 0), framesLeftOut: 1 });
  expect(replay).toMatchObject({ verified: true, complete: true });
});

test('a whole tape stays what it is', () => {
  const { repair, replay, to } = repaired('whole', bytes);
  expect(repair).toMatchObject({ end: 'kept', events: total, was: 'whole' });
  expect(replay).toMatchObject({ verified: true, complete: true, eventsChecked: total });
  expect(readFileSync(to).equals(bytes)).toBe(true);
});

test('a tape without its images is not to be repaired: one line, and no file', () => {
  const cut = work.write('images.tape', bytes.subarray(0, header + images - 10));
  const { status, stdout, stderr } = hypertape(['repair', cut, '-o', work.file('none.tape')]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^hypertape: cannot read .*: image "kernel" is whole up to byte \d+ .*\n$/);
  expect(readdirSync(work.path).filter((name) => name.startsWith('none.tape'))).toEqual([]);
  expect(hypertape(['repair', tape, '-o', tape, '--force'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('that is the tape too'),
  });
});
