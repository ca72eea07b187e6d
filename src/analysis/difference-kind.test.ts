import { expect, it } from 'vitest';
import type { RecordedEvent } from '../trace/codec/event-rows.ts';
import type { TapeHeader } from '../trace/codec/header.ts';
import { EditKind, KvmClass } from '../trace/events/index.ts';
import { firstKind, kindOfEvents } from './difference-kind.ts';
import { headerDifferences } from './headers.ts';

const event = (kind: string, fields: object = {}): RecordedEvent =>
  ({ kind, ordinal: 0, at: 5, vcpu: 0, ...fields }) as unknown as RecordedEvent;
const exit = (kvmClass: number, pc = 0n): RecordedEvent => event('vm-exit', { kvmClass, pc });
const read = (value: bigint, fields: object = {}): RecordedEvent => event('mmio-read', { ipa: 1n, value, ...fields });

it('says what kind of thing two different events are', () => {
  const kinds: readonly (readonly [string, RecordedEvent | undefined, RecordedEvent | undefined])[] = [
    ['input', event('console-in'), exit(KvmClass.WFx)],
    ['input', exit(KvmClass.IRQ), event('edit', { what: EditKind.register })],
    ['interrupt', exit(KvmClass.WFx), event('edit', { what: EditKind.interrupt })],
    ['interrupt', exit(KvmClass.WFx), event('edit', { what: EditKind.privateInterrupt })],
    ['device', exit(KvmClass.WFx), event('edit', { what: EditKind.deviceRead })],
    ['device', read(1n), read(2n)],
    ['semantics', read(1n), read(2n, { at: 6 })],
    ['semantics', read(1n), read(1n, { ipa: 2n })],
    ['timer', event('timer-program', { cval: 1n }), event('timer-program', { cval: 2n })],
    ['timer', event('sysreg-read', { encoding: 0xdf02 }), event('sysreg-read', { encoding: 0xdf02, value: 1n })],
    ['interrupt', exit(KvmClass.IRQ), exit(KvmClass.DABT_LOW)],
    ['interrupt', event('irq-ack', { intid: 27 }), event('irq-ack', { intid: 33 })],
    ['schedule', event('vcpu-turn', { from: 0, to: 1 }), exit(KvmClass.WFx)],
    ['interrupt', event('vcpu-turn', { from: 0, to: 1 }), event('irq-ack', { intid: 27 })],
    ['entropy', event('psci', { functionId: 0x84000053 }), event('psci', { functionId: 0x84000053, result: 1n })],
    ['semantics', exit(KvmClass.DABT_LOW), exit(KvmClass.DABT_LOW, 4n)],
    ['semantics', event('state-hash', { hash: 1 }), event('state-hash', { hash: 2 })],
    ['end', event('run-end', { outcome: 'limit' }), exit(KvmClass.DABT_LOW)],
    ['end', undefined, exit(KvmClass.DABT_LOW)],
  ];
  for (const [kind, a, b] of kinds) {
    expect([a, b, kindOfEvents(a, b)]).toEqual([a, b, kind]);
    expect(kindOfEvents(b, a)).toBe(kind);
  }
});

it('goes by the headers first, of which the images are the first', () => {
  const header: TapeHeader = {
    ...{ semantics: 3, level: 'exits', producer: 'one' },
    machine: { entropySeed: '0x1', append: 'a', behaviours: ['tlb@1'] },
    images: [{ name: 'kernel', bytes: 1, sha256: 'x', embedded: true }],
  };
  const kindOf = (other: Partial<TapeHeader>): string =>
    firstKind(headerDifferences(header, { ...header, ...other }), () => 'timer');
  expect(headerDifferences(header, header)).toEqual([]);
  expect(kindOf({})).toBe('timer');
  expect(kindOf({ producer: 'two' })).toBe('timer');
  expect(kindOf({ machine: { ...header.machine, entropySeed: '0x2' } })).toBe('entropy');
  expect(kindOf({ machine: { ...header.machine, append: 'b' } })).toBe('input');
  expect(kindOf({ machine: { ...header.machine, behaviours: ['tlb@2'] } })).toBe('semantics');
  expect(kindOf({ machine: { ...header.machine, scheduleSeed: '0x2' } })).toBe('schedule');
  expect(kindOf({ semantics: 4 })).toBe('semantics');
  const images = [{ name: 'kernel', bytes: 1, sha256: 'y', embedded: true }];
  expect(kindOf({ images, machine: { ...header.machine, append: 'b' } })).toBe('image');
  expect(headerDifferences(header, { ...header, images })).toEqual([
    { what: 'image kernel', kind: 'image', a: 'x', b: 'y' },
  ]);
});
