import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { allEvents, type EventDecl } from '../../src/trace/events/index.ts';
import type { ExportSource, Pieces } from './export-source.ts';
import { ftrace } from './ftrace.ts';
import { jsonl } from './jsonl.ts';
import { perfetto } from './perfetto.ts';
import { traceDat } from './trace-dat.ts';
import { vcd } from './vcd.ts';

/** What a forged tape may hold: fields at their ends, times that run backwards, vCPUs that the machine has not. */
const extremes = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffff_ffff],
  icount: [0, Number.MAX_SAFE_INTEGER],
} as const;
function extremeOf(wire: string, isLarge: boolean): unknown {
  const last = isLarge ? 1 : 0;
  if (wire === 'u64') return isLarge ? 0xffff_ffff_ffff_ffffn : 0n;
  if (wire === 'text') return isLarge ? '\0\n"]}{$end\u2028'.repeat(200) : '';
  if (wire === 'bytes') return new Uint8Array(isLarge ? 5000 : 0).fill(0xff);
  return extremes[wire as keyof typeof extremes][last];
}
const events: RecordedEvent[] = [];
for (const round of [0, 1, 2, 3, 4, 5]) {
  for (const decl of allEvents as readonly EventDecl[]) {
    const fields = decl.fieldNames.map((name, i) => [
      name,
      extremeOf(decl.fields[name]?.wire ?? 'u8', (i + round) % 3 > 0),
    ]);
    const at = [0, Number.MAX_SAFE_INTEGER, 5, 2 ** 40, 7, 2 ** 40][round] ?? 0;
    const stamp = { kind: decl.name, ordinal: events.length, at, vcpu: round % 2 === 0 ? 255 : 0 };
    events.push({ ...stamp, ...Object.fromEntries(fields) } as RecordedEvent);
  }
}
const source: ExportSource = {
  ...{ title: '$end\n"', vcpus: 1, events: () => events },
  *interrupts() {
    for (const intid of [0, 0xffff_ffff])
      yield {
        ...{ intid, vcpu: 255, raiser: 'device', raisedAt: Number.MAX_SAFE_INTEGER, placedAt: 5, acknowledgedAt: 4 },
        ...{ completedAt: 3, fate: 'completed', merged: 0, isSpurious: true, endedAt: 0 },
      };
  },
  header: { semantics: 3, level: 'exits', producer: '', machine: {}, images: [] },
  names: { symbolAt: () => '\n;', registerAt: () => undefined, isArmv7: true },
};

it.each<[string, (source: ExportSource) => Pieces]>([
  ['perfetto', perfetto],
  ['ftrace', ftrace],
  ['trace.dat', traceDat],
  ['vcd', vcd],
  ['jsonl', jsonl],
])('%s takes whatever a tape may hold', (name, make) => {
  const pieces = [...make(source)];
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  expect(bytes.length).toBeGreaterThan(100);
  if (name !== 'jsonl') return;
  const lines = bytes.toString().trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { ordinal: number }).ordinal)).toEqual(events.map((_, i) => i));
});
