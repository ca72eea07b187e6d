import { expect, it } from 'vitest';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import { eventByTag, lineOf } from '../trace/events/index.ts';
import { EventCursor, firstDifferentEvents, icountOf, isSameEvent, ordinalOf } from './events-in-order.ts';

const open = (name: string): TapeReader => TapeReader.open(`traces/golden/v3/${name}.tape`);

it('gives the rows of a tape in their order, and those of some kinds', () => {
  const reader = open('demo-arm64');
  const cursor = new EventCursor(reader.eventFrames());
  for (const event of reader.events()) {
    const at = cursor.current;
    expect(at?.in.event(at.place)).toEqual(event);
    cursor.next();
  }
  expect(cursor.current).toBeUndefined();
  const inputs = new EventCursor(reader.eventFrames(), (tag) => eventByTag(tag)?.input === true);
  for (const event of reader.events({ classes: new Set(['console-in']) })) {
    const at = inputs.current;
    expect([at && ordinalOf(at), at && icountOf(at)]).toEqual([event.ordinal, event.at]);
    inputs.next();
  }
  expect(inputs.current).toBeUndefined();
});

it('finds the first events that differ, as rows that are compared one by one do', () => {
  const [a, b] = [open('demo-arm64'), open('demo-arm64-bhyve')];
  const [ofA, ofB] = [[...a.events()], [...b.events()]];
  const expected = ofA.findIndex((event, i) => lineOf(event) !== lineOf(ofB[i] ?? event));
  expect(expected).toBeGreaterThan(10);
  const found = firstDifferentEvents(a.eventFrames(), b.eventFrames());
  expect([found?.a && ordinalOf(found.a), found?.b && ordinalOf(found.b)]).toEqual([expected, expected]);
  expect(firstDifferentEvents(a.eventFrames(), open('demo-arm64').eventFrames())).toBeUndefined();
  if (found?.a && found.b) expect(isSameEvent(found.a, found.b)).toBe(false);
});

it('tells which side has ended', () => {
  const reader = open('demo-arm64');
  const half = [...reader.eventFrames()].slice(0, 0);
  expect(firstDifferentEvents(reader.eventFrames(), half)).toMatchObject({ a: { place: 0 }, b: undefined });
  expect(firstDifferentEvents(half, half)).toBeUndefined();
});
