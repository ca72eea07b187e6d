import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { forgedCheckpoints, forgedContents, forgeries } from './forged.fixture.ts';
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

describe('checkpoints with', () => {
  it.each(forgedCheckpoints({ ...start, images: [] }))('$name are found, and are no loss', ({ bytes, what }) => {
    const path = file('checkpoints.tape');
    writeFileSync(path, bytes);
    const reader = TapeReader.open(path);
    const { complete, damagedFrames, summary } = reader.verify();
    expect(summary).toMatch(what);
    expect({ complete, damagedFrames }).toEqual({ complete: false, damagedFrames: [] });
    expect([...reader.events()]).toHaveLength(2);
    for (const number of reader.checkpoints.keys()) expect(() => reader.checkpoint(number)).toThrow(Failure);
    reader.close();
  });

  it('pages that are not what their digests say, or parts that are none, are found by who reads them', () => {
    const path = file('pages.tape');
    for (const [bytes, read] of forgedContents({ ...start, images: [] })) {
      writeFileSync(path, bytes);
      const reader = TapeReader.open(path);
      expect(reader.verify().summary).toBe('whole');
      expect(() => read(reader)).toThrow(
        /^cannot use the checkpoints of .*: (a page without its digest|a page that is told by too many others|too many|parts|a part)/,
      );
      reader.close();
    }
  });
});
