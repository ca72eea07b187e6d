import { writeFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { forgeries } from './forged.fixture.ts';
import { folder, start } from './tape.fixture.ts';
import { TapeReader } from './tape-reader.ts';

const { file, remove } = folder();
afterAll(remove);

/** What opening and reading all of it says. */
function verdict(bytes: Uint8Array): string {
  const path = file('forged.tape');
  writeFileSync(path, bytes);
  try {
    const reader = TapeReader.open(path);
    const { complete, damagedFrames, summary } = reader.verify();
    expect(complete).toBe(false);
    expect(damagedFrames.length).toBeGreaterThan(0);
    expect(() => [...reader.events()]).toThrow(Failure);
    reader.close();
    return summary;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.message;
  }
}

it.each(forgeries({ ...start, images: [] }))('$name is found', ({ bytes, what }) => {
  expect(verdict(bytes)).toMatch(what);
});
