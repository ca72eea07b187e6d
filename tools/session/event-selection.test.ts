import { describe, expect, it } from 'vitest';
import { setOf, trapsOf } from '../../src/analysis/events.fixture.ts';
import { allEvents, inClasses, type TapeEvent } from '../../src/trace/events/index.ts';
import { EventSelection, type Selected } from './event-selection.ts';

const { events } = trapsOf(9n, 5000, 3);
const set = setOf(events, 331);

/** The same by rows, one condition after the other. */
function wantedBy(wanted: Selected): (event: TapeEvent, ordinal: number) => boolean {
  const { classes, vcpu, ipa, intid, within, from, to, fromOrdinal, toOrdinal } = wanted;
  const touches = (event: TapeEvent, [low, high]: readonly [bigint, bigint]): boolean => {
    if (event.kind === 'vm-exit') return event.hpfar !== 0n && event.hpfar >= low && event.hpfar <= high;
    const bytes = 'size' in event ? event.size : 'bytes' in event && typeof event.bytes === 'number' ? event.bytes : 0;
    return bytes > 0 && 'ipa' in event && event.ipa <= high && event.ipa + BigInt(bytes) > low;
  };
  return (event, ordinal) =>
    (classes === undefined || inClasses(event, classes)) &&
    (vcpu === undefined || event.vcpu === vcpu) &&
    (ipa === undefined || touches(event, ipa)) &&
    (intid === undefined || ('intid' in event && event.intid === intid)) &&
    (within === undefined || ('pc' in event && within(event.pc))) &&
    event.at >= (from ?? 0) &&
    event.at <= (to ?? Number.POSITIVE_INFINITY) &&
    ordinal >= (fromOrdinal ?? 0) &&
    ordinal <= (toOrdinal ?? Number.POSITIVE_INFINITY);
}

const at = (i: number): number => events[i]?.at ?? 0;
const cases: Readonly<Record<string, Selected>> = {
  everything: {},
  'an event': { classes: new Set(['mmio-read']) },
  'exits by KVM\u2019s name': { classes: new Set(['DABT_LOW', 'wfi']) },
  'exits by bhyve\u2019s name': { classes: new Set(['PAGING', 'REG_EMUL']) },
  'a vCPU': { vcpu: 2 },
  'an address': { ipa: [0x900_0004n, 0x900_0004n] },
  'a range of addresses': { ipa: [0x4000_0800n, 0x4000_2000n] },
  'an interrupt': { intid: 28 },
  'a function': { within: (pc) => pc % 8n === 0n },
  'a stretch': { from: at(1000), to: at(2000) },
  'a stretch of events': { fromOrdinal: 700, to: at(2500), toOrdinal: 2500 },
  'all of it': { vcpu: 1, classes: new Set(['SYS64', 'sysreg-write']), within: (pc) => pc % 8n === 0n, from: at(100) },
};

describe('a selection by columns', () => {
  it.each(Object.entries(cases))('finds %s', (_, wanted) => {
    const selection = new EventSelection(wanted);
    const found: number[] = [];
    for (const frame of set.eventFrames(selection.filter)) {
      const shown = selection.see(frame);
      const rows = [...frame.events()];
      for (const [place, event] of rows.entries()) {
        if (selection.has(event) !== (shown[place] === 1)) expect.fail(`event ${event.ordinal} is and is not`);
        if (shown[place] === 1) found.push(event.ordinal);
      }
    }
    const is = wantedBy(wanted);
    const expected = events.flatMap((event, ordinal) => (is(event, ordinal) ? [ordinal] : []));
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
  });

  it('still knows the frame before', () => {
    const selection = new EventSelection({ classes: new Set(['mmio-read']) });
    let last: ReturnType<typeof rowsOf>[number] | undefined;
    const rowsOf = (frame: Parameters<EventSelection['see']>[0]) => [...frame.events()];
    for (const frame of set.eventFrames()) {
      selection.see(frame);
      if (last !== undefined) expect(selection.has(last)).toBe(last.kind === 'mmio-read');
      last = rowsOf(frame).at(-1);
    }
  });

  it('asks for no frame that can hold none', () => {
    expect(new EventSelection({ classes: new Set(['mmio-read', 'WFx']) }).filter.tags).toEqual(
      new Set(allEvents.filter(({ name }) => name === 'mmio-read' || name === 'vm-exit').map(({ tag }) => tag)),
    );
    expect(new EventSelection({ vcpu: 1 }).filter).toEqual({});
  });
});
