// Translations that one process keeps for the next: a guest is the same with and without.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { SharedTranslations, translationStore } from '../../src/core/engine/translation-store.ts';
import { KeptFiles, keptTranslations } from '../../src/host/kept-files.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { demoImages, recordDemo, testFolder } from '../support/demo.fixture.ts';

/** As at the start of a process that keeps them in a folder, or none. */
function begin(folder?: string): void {
  translationStore.begin(new SharedTranslations());
  keptTranslations.open = () => (folder === undefined ? undefined : new KeptFiles(folder, 'build'));
  keptTranslations.atEnd = undefined;
}
afterEach(() => begin());

/** In a process of its own: what comes of it, and how many modules were translated. */
function record(path: string, folder?: string, config = {}) {
  begin(folder);
  const { session, end, console } = recordDemo({ path, config });
  keptTranslations.atEnd?.();
  const { modules } = session.machine.cpu.engine.translated;
  return { modules, of: { end, console, tape: readFileSync(path) } };
}

test('a guest is recorded, and replayed, as without them', () => {
  const folder = testFolder();
  const tape = (name: string): string => join(folder, `${name}.tape`);
  const kept = join(folder, 'kept');
  const without = record(tape('without'));
  const first = record(tape('first'), kept);
  const second = record(tape('second'), kept);
  expect(first.modules).toBeGreaterThan(16);
  expect([without.modules, second.modules]).toEqual([first.modules, 0]);
  const { tape: _, ...of } = without.of;
  expect(first.of).toMatchObject(of);
  expect(second.of).toMatchObject(of);

  begin(kept);
  const session = new ReplaySession(TapeReader.open(tape('without')), { consoleOut: () => {} });
  expect(session.run()).toMatchObject({ kind: 'end' });
  expect(session.machine.cpu.engine.translated.modules).toBe(0);
});

test('they are written where there is something new, and for guests that differ', () => {
  const folder = testFolder();
  const kept = join(folder, 'kept');
  const tape = join(folder, 'a.tape');
  const names = (): string[] => readdirSync(kept);
  record(tape, kept);
  const [only] = names();
  const path = join(kept, only as string);
  const { ino } = statSync(path);
  record(join(folder, 'b.tape'), kept);
  expect([names(), statSync(path).ino]).toEqual([[only], ino]);
  record(join(folder, 'c.tape'), kept, { memoryBytes: 64 * 2 ** 20 });
  expect(names()).toHaveLength(2);
  const other = demoImages().first.bytes.slice();
  other[other.length - 1] = 1;
  begin(kept);
  recordDemo({
    path: join(folder, 'd.tape'),
    images: new MachineImages([{ role: 'kernel', bytes: other, name: 'other' }]),
  });
  keptTranslations.atEnd?.();
  expect(names()).toHaveLength(3);
});

test('what is no such file is replaced by one', () => {
  const folder = testFolder();
  const kept = join(folder, 'kept');
  const { modules } = record(join(folder, 'a.tape'), kept);
  const [only] = readdirSync(kept);
  const path = join(kept, only as string);
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length / 2));
  expect(record(join(folder, 'b.tape'), kept).modules).toBe(modules);
  expect(readFileSync(path)).toEqual(whole);
  // Of the right digest, and nonsense all the same.
  new KeptFiles(kept, 'build').write((only as string).replace('build-', ''), [new Uint8Array(1000).fill(7)]);
  expect(record(join(folder, 'c.tape'), kept).modules).toBe(modules);
  expect(readFileSync(path)).toEqual(whole);
});
