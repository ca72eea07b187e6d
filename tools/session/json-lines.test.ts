import { afterAll, describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { allEvents, type EventDecl, eventByName, syndromeOf, toJson } from '../../src/trace/events/index.ts';
import { registerName } from './event-lines.ts';
import { deviceRegisters } from './event-symbols.ts';
import { JsonLines } from './json-lines.ts';

const symbolAt = (pc: bigint) => (pc % 8n === 0n ? `function${pc % 5n}+0x4` : undefined);

describe.each(['demo-arm64', 'demo-armv7', 'demo-arm64-bhyve-2018'])('lines of %s', (name) => {
  const reader = TapeReader.open(`traces/golden/v3/${name}.tape`);
  afterAll(() => reader.close());
  const isArmv7 = reader.header.machine.arch === 'armv7';
  const registerAt = deviceRegisters(reader);
  const lines = new JsonLines({ symbolAt, registerAt, isArmv7 });

  it('say what the events hold, what a syndrome means, and what is at their addresses', () => {
    const all = [...reader.eventFrames()].flatMap((frame) => [
      ...lines.linesOf(frame, new Uint8Array(frame.count).fill(1)),
    ]);
    for (const event of reader.events()) {
      const { ordinal, kind } = event;
      const symbol = 'pc' in event ? symbolAt(event.pc) : undefined;
      const register = 'ipa' in event ? registerAt(event.ipa) : undefined;
      const expected = {
        ordinal,
        ...toJson(must(eventByName(kind), 'declaration'), event as never),
        ...('rt' in event ? { rt: registerName(event.rt, isArmv7) } : {}),
        ...(event.kind === 'vm-exit' ? syndromeOf(event.kvmClass, event.esr, isArmv7) : {}),
        ...(register === undefined ? {} : { register }),
        ...(symbol === undefined ? {} : { symbol }),
      };
      const line = JSON.stringify(expected);
      if (lines.line(event) !== line || all[ordinal] !== line)
        expect([lines.line(event), all[ordinal]]).toEqual([line, line]);
    }
    expect(all.length).toBe(reader.eventCount);
    const [frame] = reader.eventFrames();
    const odd = frame && Uint8Array.from({ length: frame.count }, (_, place) => place % 2);
    expect(frame && odd && [...lines.linesOf(frame, odd)]).toEqual(
      all.slice(0, frame?.count).filter((_, i) => i % 2 === 1),
    );
  });
});

it('lines are free of control characters, and JSON whatever stands in an event', () => {
  const evil = '"\\\u0000\n\u009b';
  const lines = new JsonLines({ symbolAt: () => evil, registerAt: () => evil, isArmv7: false }, { tape: evil });
  for (const decl of allEvents as readonly EventDecl[]) {
    const event: Record<string, unknown> = { kind: decl.name, ordinal: 1, at: 2, vcpu: 0 };
    for (const name of decl.fieldNames) {
      const wire = decl.fields[name]?.wire;
      event[name] =
        wire === 'text' ? evil : wire === 'bytes' ? Uint8Array.of(0, 155) : wire === 'u64' ? 2n ** 64n - 1n : 200;
    }
    const line = lines.line(event as unknown as RecordedEvent);
    expect(line).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(line)).toMatchObject({ tape: evil, ordinal: 1, event: decl.name });
    expect(Object.keys(JSON.parse(line) as object).length).toBe(line.match(/"[a-zA-Z0-9]+":/g)?.length);
  }
});
