import { afterAll, expect, test } from 'vitest';
import { ReplaySession } from '../../src/replay/replay.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape, WorkFolder } from './command-line.fixture.ts';
import { parsePlace } from './places.ts';
import { watchFor } from './seeking.ts';
import { Traveller } from './travelling.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

function tapeOf(guest: string, ...more: readonly string[]): TapeReader {
  const path = work.file(`${guest}${more.join('')}.tape`);
  const input = work.write('input', 'expect demo>\nsend help\\r\nexpect demo>\nsend off\\r\n');
  const { status, stderr } = hypertape([
    ...['record', '--guest', guest, '-o', path, '--console', 'none', '--input', input],
    ...more,
  ]);
  if (status !== 0) throw new Error(stderr);
  return TapeReader.open(path);
}

/** What a replay from the start sees at a place. */
function replayed(reader: TapeReader, text: string): unknown {
  const symbols = new ReplaySymbols(reader, () => symbolsOfTape(reader));
  const watch = watchFor(reader, parsePlace('--at', text), symbols);
  const session = new ReplaySession(reader, { consoleOut: watch.onByte, onEvent: watch.onEvent });
  watch.attach(session, symbols);
  while (session.run(watch.until).kind === 'place' && !watch.isReached());
  const { icount, pc } = session.machine;
  return { icount, pc, hash: session.machine.stateHash() };
}

const places = [
  'console:demo>#2',
  'symbol:console_put#5',
  'exit:SMCCC#2',
  'console:s#3',
  'irq:27#2+13',
  'symbol:main-5',
  'event:500',
  'end-1000',
  'console:DEMO#1-100',
  'exit:SMCCC#1+20',
];

test.each([['demo-arm64'], ['demo-armv7'], ['demo-arm64', '--level', 'inputs']])(
  'from place to place, both ways: %s %s %s',
  (guest, ...more) => {
    const reader = tapeOf(guest, ...more);
    const symbols = new ReplaySymbols(reader, () => symbolsOfTape(reader));
    const traveller = new Traveller(reader, symbols);
    const { machine } = traveller.timeline;
    // Of inputs alone, events have numbers of their own.
    for (const text of places.filter((place) => !place.startsWith('event') || more.length === 0)) {
      traveller.go(parsePlace('--at', text));
      const here = { icount: machine.icount, pc: machine.pc, hash: machine.stateHash() };
      expect({ text, ...here }).toEqual({ text, ...(replayed(reader, text) as object) });
    }
  },
);

test('within idle time a place is the next instruction', () => {
  const reader = tapeOf('demo-arm64', '--max-icount', '50M');
  const traveller = new Traveller(reader, new ReplaySymbols(reader, () => symbolsOfTape(reader)));
  const [skip] = reader.events({ classes: new Set(['idle-skip']) });
  if (skip?.kind !== 'idle-skip') throw new Error('the demo waits');
  traveller.go(parsePlace('--at', `${skip.at + 10}`));
  expect(traveller.timeline.machine.icount).toBeGreaterThanOrEqual(skip.to);
});
