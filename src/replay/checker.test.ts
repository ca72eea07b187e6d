import { describe, expect, it } from 'vitest';
import { must } from '../base/assert.ts';
import { EventCursor } from '../trace/codec/event-cursor.ts';
import { decodeEventFrame, EventFrameBuilder } from '../trace/codec/event-frame.ts';
import {
  type allEvents,
  consoleOut,
  eventByName,
  type FieldsOf,
  irqAck,
  type Level,
  mmioRead,
  type Stamp,
  wfi,
} from '../trace/events/index.ts';
import { EventChecker } from './checker.ts';
import { DivergenceFound } from './divergence.ts';

const UART = 0x900_0000n;
const waited = { at: 10, vcpu: 0, pc: 0x40n };
const read = { at: 20, vcpu: 0, pc: 0x44n, ipa: UART, size: 4, value: 1n, rt: 3 };
const output = { at: 30, vcpu: 0, device: 0, bytes: Uint8Array.of(0x41) };

type Declared = (typeof allEvents)[number];
const tapeOf = (...events: readonly ({ readonly kind: string } & Stamp)[]) => {
  const builder = new EventFrameBuilder();
  for (const { kind, ...fields } of events)
    builder.push(must(eventByName(kind), kind) as Declared, fields as FieldsOf<Declared>);
  return new EventCursor(events.length === 0 ? [] : [decodeEventFrame(builder.encode(0))]);
};
const whole = () =>
  tapeOf({ kind: 'wfi', ...waited }, { kind: 'mmio-read', ...read }, { kind: 'console-out', ...output });

function checkerOf(events = whole(), level: Level = 'exits') {
  let exhausted = 0;
  const machine = {
    icount: 99,
    pc: 0x1234n,
    registerAt: (ipa: bigint) => (ipa === UART ? 'pl011 UARTDR' : undefined),
  };
  const checker = new EventChecker(
    events,
    level,
    () => machine,
    () => void exhausted++,
    (pc) => (pc === 0x1234n ? 'main+0x4' : undefined),
  );
  return { checker, exhausted: () => exhausted };
}
const divergence = (run: () => void) => {
  try {
    run();
  } catch (error) {
    if (error instanceof DivergenceFound) return error.divergence;
    throw error;
  }
  return undefined;
};

describe('events as they were', () => {
  it('are counted, and the last of them says that the tape is at its end', () => {
    const { checker, exhausted } = checkerOf();
    checker.emit(wfi, waited);
    checker.emit(mmioRead, read);
    expect([checker.checked, checker.exhausted, exhausted()]).toEqual([2, false, 0]);
    checker.emit(consoleOut, { ...output, bytes: Uint8Array.of(0x41) });
    expect([checker.checked, checker.exhausted, exhausted()]).toEqual([3, true, 1]);
    // What comes then was not recorded.
    checker.emit(wfi, { ...waited, at: 500 });
    expect([checker.checked, exhausted()]).toEqual([3, 1]);
  });

  it('that a tape of this level does not hold are passed over', () => {
    const { checker } = checkerOf(tapeOf({ kind: 'console-out', ...output }), 'inputs');
    checker.emit(wfi, waited);
    expect(checker.checked).toBe(0);
  });

  it('of an empty tape: there is nothing to compare with', () => {
    const { checker } = checkerOf(tapeOf());
    expect(checker.exhausted).toBe(true);
    expect(divergence(() => checker.emit(wfi, waited))).toBeUndefined();
  });
});

describe('the first difference', () => {
  it('of a field is told by its name, with both sides as people read them, and the event', () => {
    const { checker } = checkerOf();
    checker.emit(wfi, waited);
    const found = divergence(() => checker.emit(mmioRead, { ...read, value: 2n }));
    expect(found).toMatchObject({
      event: 1,
      at: 20,
      vcpu: 0,
      pc: '0x1234',
      symbol: 'main+0x4',
      what: 'mmio-read.value',
      recorded: '0x1',
      replayed: '0x2',
    });
    expect(found?.context).toMatch(/\(pl011 UARTDR\)$/);
    expect(checker.checked).toBe(1);
  });

  it('of the count goes before those of other fields', () => {
    const { checker } = checkerOf();
    const found = divergence(() => checker.emit(wfi, { at: 11, vcpu: 0, pc: 0x48n }));
    expect(found).toMatchObject({ event: 0, what: 'wfi.at', recorded: '10', replayed: '11' });
  });

  it('of bytes is by their contents', () => {
    const { checker } = checkerOf(tapeOf({ kind: 'console-out', ...output }));
    const found = divergence(() => checker.emit(consoleOut, { ...output, bytes: Uint8Array.of(0x42) }));
    expect(found?.what).toBe('console-out.bytes');
  });

  it('shows no more of an event than a person reads', () => {
    const { checker } = checkerOf(tapeOf({ kind: 'console-out', ...{ ...output, bytes: new Uint8Array(2 ** 18) } }));
    const found = divergence(() => checker.emit(wfi, waited));
    expect(found?.recorded).toMatch(/console-out .*(\\x00)+.* \(\d+ more characters\)$/);
    expect(found?.recorded.length).toBeLessThan(2100);
  });

  it('of the event itself shows both', () => {
    const { checker } = checkerOf();
    const found = divergence(() => checker.emit(irqAck, { at: 10, vcpu: 0, intid: 27 }));
    expect(found).toMatchObject({ event: 0, at: 10, what: 'event' });
    expect([found?.recorded, found?.replayed]).toEqual([expect.stringContaining('wfi'), expect.stringContaining('27')]);
  });

  it('of the end names what is left on the tape, or that nothing is', () => {
    const { checker } = checkerOf();
    expect(checker.failEnd('poweroff').divergence).toMatchObject({
      event: 0,
      at: 99,
      what: 'end of the run',
      recorded: expect.stringContaining('wfi'),
      replayed: 'poweroff',
    });
    expect(checkerOf(tapeOf()).checker.failEnd('poweroff').divergence.recorded).toBe('no more events');
    expect(checker.failEnd('poweroff').message).toBe('replay differs at icount 99: end of the run');
  });
});
