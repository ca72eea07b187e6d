// The tapes of traces/golden replay, event by event (see the NOTE.md there).
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ReplaySession } from '../../src/replay/replay.ts';
import { SEMANTICS_VERSION } from '../../src/replay/version.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { ConsoleText } from '../support/demo.fixture.ts';

const folder = fileURLToPath(new URL('../../traces/golden/', import.meta.url));
const tapes = readdirSync(folder)
  .filter((name) => name.endsWith('.tape'))
  .sort();

it.each(tapes)('%s', (name) => {
  const reader = TapeReader.open(`${folder}${name}`);
  expect(reader.header.semantics, 'record it anew: npm run golden').toBe(SEMANTICS_VERSION);
  expect(reader.verify().complete).toBe(true);
  expect(reader.host).toBeUndefined();
  const console = new ConsoleText();
  const session = new ReplaySession(reader, { consoleOut: console.out });
  expect(session.run(), 'see traces/golden/NOTE.md').toEqual({ kind: 'end' });
  expect(session.checker.checked).toBe(reader.eventCount);
  expect(console.text).toContain('DEMO-DONE');
});

it('there is one of each architecture', () => {
  expect(tapes).toEqual(['demo-arm64.tape', 'demo-armv7.tape']);
});
