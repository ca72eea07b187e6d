import { describe, expect, it } from 'vitest';
import { must } from '../../base/assert.ts';
import { consoleOut, type EventDecl, eventByName, type TapeEvent, wfi } from '../events/index.ts';
import { EventCursor } from './event-cursor.ts';
import { decodeEventFrame, EventFrameBuilder } from './event-frame.ts';
import { randomEvents } from './tape.fixture.ts';

const declOf = ({ kind }: TapeEvent): EventDecl => must(eventByName(kind), 'declaration');

/** In frames of so many. */
function framesOf(events: readonly TapeEvent[], size: number) {
  const frames = [];
  for (let from = 0; from < events.length; from += size) {
    const builder = new EventFrameBuilder();
    for (const event of events.slice(from, from + size)) builder.push(declOf(event), event as never);
    frames.push(decodeEventFrame(Uint8Array.from(builder.encode(from))));
  }
  return frames;
}
function* rest(cursor: EventCursor) {
  for (; !cursor.isAtEnd; cursor.advance()) yield cursor.event;
}
const events = [...randomEvents(7n, 1000)];
const numbered = events.map((event, ordinal) => ({ ...event, ordinal }));

describe('a cursor over frames of events', () => {
  it.each([0, 1, 299, 300, 301, 999, 1000])('gives each from number %d on', (ordinal) => {
    expect([...rest(new EventCursor(framesOf(events, 300), ordinal))]).toEqual(numbered.slice(ordinal));
  });

  it('passes over those of a kind', () => {
    const found = [...rest(new EventCursor(framesOf(events, 300), 0, wfi.tag))];
    expect(found).toEqual(numbered.filter(({ kind }) => kind !== wfi.name));
  });

  it('knows the next one by all its fields', () => {
    const cursor = new EventCursor(framesOf(events, 300));
    for (const event of events) {
      const decl = declOf(event);
      expect(cursor.is(decl, event as never)).toBe(true);
      for (const field of ['at', 'vcpu', ...decl.fieldNames])
        expect([field, cursor.is(decl, { ...event, [field]: 'another' } as never)]).toEqual([field, false]);
      cursor.advance();
    }
    expect([cursor.isAtEnd, cursor.event, cursor.is(wfi, { at: 0, vcpu: 0, pc: 0n })]).toEqual([
      true,
      undefined,
      false,
    ]);
  });

  it('compares bytes by their contents, and gives an event as the same object as long as it stays', () => {
    const output = { at: 1, vcpu: 0, device: 0, bytes: Uint8Array.of(1, 2) };
    const cursor = new EventCursor(framesOf([{ kind: 'console-out', ...output }], 1));
    expect(cursor.is(consoleOut, { ...output, bytes: Uint8Array.of(1, 2) })).toBe(true);
    expect(cursor.is(consoleOut, { ...output, bytes: Uint8Array.of(1, 3) })).toBe(false);
    expect(cursor.event).toBe(cursor.event);
  });
});
