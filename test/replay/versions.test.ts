// Tapes of other versions: what is said of them, and that their events stay readable.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { SEMANTICS_VERSION } from '../../src/replay/version.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { rewriteTape } from '../support/rewrite.fixture.ts';

/** demo-arm64 as `hypertape 0.1.0` recorded it. */
const ofVersion2 = fileURLToPath(new URL('semantics-2.tape', import.meta.url));

it.each([1, 2])('a tape of version %i is refused in one line, with what replays it', (semantics) => {
  const path = `${testFolder()}/T.tape`;
  rewriteTape(ofVersion2, path, { semantics });
  const reader = TapeReader.open(path);
  const message =
    `${path}: recorded by hypertape 0.1.0 with semantics version ${semantics}; this program replays versions from 3 on; ` +
    `replay it with the hypertape 0.1.0 that has version ${semantics}`;
  for (const use of [() => new ReplaySession(reader, { consoleOut: () => {} }), () => symbolsOfTape(reader)]) {
    expect(use).toThrow(Failure);
    expect(use).toThrow(message);
  }
});

it('a tape of a version to come is refused likewise', () => {
  const path = `${testFolder()}/T.tape`;
  rewriteTape(ofVersion2, path, { semantics: SEMANTICS_VERSION + 1 });
  const replay = () => new ReplaySession(TapeReader.open(path), { consoleOut: () => {} });
  expect(replay).toThrow(Failure);
  expect(replay).toThrow(`replays versions up to ${SEMANTICS_VERSION}; replay it with hypertape 0.1.0 or a newer one`);
});

it('events of version 2 are read as ever', () => {
  const reader = TapeReader.open(ofVersion2);
  expect(reader.verify().complete).toBe(true);
  expect(reader.header).toMatchObject({ semantics: 2, producer: 'hypertape 0.1.0', level: 'exits' });
  const events = [...reader.events()];
  expect(events.length).toBe(reader.eventCount);
  expect(events.at(-1)).toMatchObject({ kind: 'run-end', at: 29_630_451, outcome: 'poweroff' });
});
