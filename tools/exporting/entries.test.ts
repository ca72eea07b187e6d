import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { KvmClass } from '../../src/trace/events/index.ts';
import { Entries } from './entries.ts';

const exit = (at: number, vcpu: number, kvmClass: number, esr = 0x9200_0000) => ({
  ...{ kind: 'vm-exit', at, vcpu, pc: 0x1000n, bhyveExit: 0, kvmClass, esr, far: 0n, hpfar: 0n },
});
const turn = (at: number, from: number, to: number) => ({ kind: 'vcpu-turn', at, vcpu: from, from, to });
const read = (at: number, vcpu: number) => ({
  kind: 'mmio-read',
  at,
  vcpu,
  pc: 0x1000n,
  ipa: 0n,
  size: 4,
  value: 0n,
  rt: 0,
});

/** At what count which vCPU enters the guest, and where. */
function entriesOf(...events: object[]): [at: number, vcpu: number, pc: number][] {
  const entries = new Entries();
  const found = events.flatMap((event, ordinal) => [...entries.before({ ordinal, ...event } as RecordedEvent)]);
  return [...found, ...entries.end()].map(({ at, vcpu, pc }) => [at, vcpu, Number(pc)]);
}

it('an exit is handled in no time; what was carried out is behind the guest', () => {
  expect(
    entriesOf(
      exit(10, 0, KvmClass.DABT_LOW),
      read(10, 0),
      exit(20, 0, KvmClass.DABT_LOW),
      // A T32 instruction of 16 bits.
      exit(30, 0, KvmClass.DABT_LOW, 0x9000_0000),
      read(30, 0),
      exit(30, 0, KvmClass.IRQ, 0),
    ),
  ).toEqual([
    [10, 0, 0x1004],
    [20, 0, 0x1000],
    [30, 0, 0x1002],
    [30, 0, 0x1000],
  ]);
});

it('a vCPU that waits enters when it gets its interrupt, or its turn', () => {
  const wfi = { kind: 'wfi', at: 11, vcpu: 0, pc: 0x1000n };
  const inject = (at: number) => ({ kind: 'irq-inject', at, vcpu: 0, intid: 27, lr: 0, priority: 0, state: 1 });
  const ack = (at: number) => ({ kind: 'irq-ack', at, vcpu: 0, intid: 27 });
  expect(entriesOf(exit(10, 0, KvmClass.WFx), wfi, inject(500), ack(510))).toEqual([[500, 0, 0x1004]]);
  expect(entriesOf(exit(10, 0, KvmClass.WFx), wfi)).toEqual([]);
  expect(
    entriesOf(
      exit(10, 0, KvmClass.WFx),
      wfi,
      turn(11, 0, 1),
      exit(20, 1, KvmClass.DABT_LOW),
      read(20, 1),
      inject(25),
      exit(30, 1, KvmClass.IRQ, 0),
      turn(30, 1, 0),
      ack(35),
      exit(40, 0, KvmClass.IRQ, 0),
      turn(40, 0, 1),
      exit(50, 1, KvmClass.IRQ, 0),
    ),
  ).toEqual([
    [20, 1, 0x1004],
    [30, 0, 0x1004],
    [40, 1, 0x1000],
    [50, 1, 0x1000],
  ]);
});

it('who was suspended enters no more', () => {
  expect(entriesOf(exit(10, 0, KvmClass.HVC64), { kind: 'suspend', at: 10, vcpu: 0, how: 2 })).toEqual([]);
});
