import { afterAll, expect, test } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape, WorkFolder } from './command-line.fixture.ts';
import { parsePlace } from './places.ts';
import { findPlace, watchFor } from './seeking.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

function tape(level: string): TapeReader {
  const path = work.file(`${level}.tape`);
  hypertape(['record', '--guest', 'demo-arm64', '-o', path, '--level', level, '--console', 'none']);
  return TapeReader.open(path);
}
const [full, inputs] = [tape('exits'), tape('inputs')];
const symbolsOf = (reader: TapeReader) => new ReplaySymbols(reader, () => symbolsOfTape(reader));
const placeOf = (text: string) => parsePlace('--at', text);
const found = (text: string, reader = full) => findPlace(reader, placeOf(text), symbolsOf(reader));

/** Where a replay that watches for the place stops. */
function watched(text: string, reader = full): number {
  const symbols = symbolsOf(reader);
  const watch = watchFor(reader, placeOf(text), symbols);
  const session = new ReplaySession(reader, { consoleOut: watch.onByte, onEvent: watch.onEvent });
  watch.attach(session, symbols);
  while (session.run(watch.until).kind === 'place' && !watch.isReached());
  if (!watch.isReached()) throw watch.missed();
  return session.machine.icount;
}

const hvcs = [...full.events({ classes: new Set(['HVC64']) })];
const acks = [...full.events({ classes: new Set(['irq-ack']) })].filter((e) => e.kind === 'irq-ack' && e.intid === 27);

test('an event, the k-th exit and the k-th interrupt are where the tape has them', () => {
  const [, second] = hvcs;
  const { at, ordinal } = must(second, 'an exit');
  expect(found('exit:HVC64#2')).toEqual({ icount: at, ordinal });
  expect(found(`event:${ordinal}`)).toEqual({ icount: at, ordinal });
  expect(found('exit:SMCCC#2-7')).toEqual({ icount: at - 7 });
  expect(found('irq:27#3+7')).toEqual({ icount: must(acks[2], 'an interrupt').at + 7 });
  for (const place of ['exit:HVC64#2', `event:${ordinal}`]) expect(watched(place)).toBe(at);
  expect(watched('irq:27#3')).toBe(must(acks[2], 'an interrupt').at);
});

test('a tape of inputs alone knows its exits by the replay', () => {
  for (const place of ['exit:HVC64#2', 'irq:27#3', 'irq:27+5']) {
    expect(found(place, inputs).icount).toBe(found(place).icount);
    expect(watched(place, inputs)).toBe(found(place).icount);
  }
});

test('texts and functions are found by a replay, and counted', () => {
  const first = watched('console:s');
  expect(watched('console:s#2')).toBeGreaterThan(first);
  for (const offset of [100, -100]) {
    const place = `console:s#1${offset < 0 ? '' : '+'}${offset}`;
    expect(found(place)).toEqual({ icount: first + offset });
    expect(watched(place)).toBe(first + offset);
  }
  const put = watched('symbol:console_put');
  expect(watched('symbol:console_put#2')).toBeGreaterThan(put);
  expect(watched('symbol:console_put-1')).toBe(put - 1);
});

test('the end is the last count', () => {
  const { last } = must(full.icounts, 'events');
  expect(found('end')).toEqual({ icount: last });
  expect(watched('end')).toBe(last);
  expect(found('end-10')).toEqual({ icount: last - 10 });
});

test.each([
  ['1e15', 'not on the tape; it ends at icount '],
  ['end+1', 'not on the tape; it ends at icount '],
  ['1000-1001', 'before the tape begins'],
  ['event:99999999', 'not on the tape; it ends at icount '],
  ['exit:HVC64#1000', 'not #1000 on the tape but only 4; it ends at icount '],
  ['irq:999', 'not on the tape; it ends at icount '],
  ['console:not there', 'not on the tape; it ends at icount '],
  ['console:DEMO-DONE#2', 'not #2 on the tape but only 1; it ends at icount '],
  ['console:DEMO-DONE#1-1e9', 'before the tape begins'],
  ['console:DEMO-DONE#1+1e9', 'not on the tape; it ends at icount '],
])('%s is not there', (place, why) => {
  for (const find of [found, watched]) expect(() => find(place)).toThrow(why);
});
