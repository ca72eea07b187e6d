import { expect, it } from 'vitest';
import type { InterruptLife } from '../../src/analysis/interrupt-lives.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { IrqSource, KvmClass, VirtioRequest } from '../../src/trace/events/index.ts';
import type { ExportSource } from './export-source.ts';
import { readPerfetto } from './perfetto.fixture.ts';
import { perfetto } from './perfetto.ts';

/** What a trace of these events has: slices by track, and instants. */
function traced(events: readonly object[], { vcpus = 1, lives = [] as InterruptLife[] } = {}) {
  const numbered = events.map((event, ordinal) => ({ vcpu: 0, ordinal, ...event }) as RecordedEvent);
  const source: ExportSource = {
    ...{ title: 'a tape', vcpus, events: () => numbered, interrupts: () => lives },
    header: { semantics: 3, level: 'exits', producer: '', machine: {}, images: [] },
    names: { symbolAt: () => undefined, registerAt: () => undefined, isArmv7: false },
  };
  const packets = readPerfetto(Buffer.concat([...perfetto(source)].map((piece) => Buffer.from(piece))));
  const names = new Map(packets.flatMap(({ track }) => (track ? [[track.uuid, track.thread ?? track.name]] : [])));
  const open = new Map<number, [at: number, name: string]>();
  const slices: [track: string, from: number, to: number, name: string][] = [];
  const instants: [track: string, at: number, name: string][] = [];
  const counters: [track: string, at: number, value: number][] = [];
  for (const { event, timestamp: at } of packets) {
    if (event === undefined) continue;
    const { type, track, name = '', value = 0 } = event;
    const of = String(names.get(track));
    if (type === 1) {
      expect(open.get(track), 'what begins while another slice is open').toBeUndefined();
      open.set(track, [at, name]);
    } else if (type === 2) {
      const [from, what] = open.get(track) ?? [-1, ''];
      open.delete(track);
      slices.push([of, from, at, what]);
    } else if (type === 3) instants.push([of, at, name]);
    else counters.push([of, at, value]);
  }
  return { slices, instants, counters };
}
const exit = (at: number, vcpu: number, kvmClass: number = KvmClass.DABT_LOW) => ({
  ...{ kind: 'vm-exit', at, vcpu, pc: 0x1000n, bhyveExit: 0, kvmClass, esr: 0, far: 0n, hpfar: 0n },
});
const turn = (at: number, from: number, to: number) => ({ kind: 'vcpu-turn', at, vcpu: from, from, to });

it('one vCPU at a time is in the guest; what one waits for is told', () => {
  const { slices } = traced(
    [
      exit(10, 0),
      turn(30, 0, 1),
      exit(40, 1, KvmClass.WFx),
      { kind: 'wfi', at: 41, vcpu: 1, pc: 0x1000n },
      turn(41, 1, 0),
      exit(50, 0),
      { kind: 'irq-inject', at: 60, vcpu: 1, intid: 0, lr: 0, priority: 0, state: 1 },
      turn(70, 0, 1),
      exit(90, 1),
    ],
    { vcpus: 2 },
  );
  const of = (vcpu: number) => slices.filter(([track]) => track === `vCPU ${vcpu}`).map(([, ...rest]) => rest);
  expect(of(0).filter(([from, to]) => from !== to)).toEqual([
    [10, 30, 'guest'],
    [30, 41, 'others run'],
    [41, 50, 'guest'],
    [50, 70, 'guest'],
    [70, 90, 'others run'],
  ]);
  expect(of(1).filter(([from, to]) => from !== to)).toEqual([
    [30, 40, 'guest'],
    [40, 70, 'WFx 0x1000'],
    [70, 90, 'guest'],
  ]);
});

it('private interrupts are each vCPU’s own', () => {
  const line = (at: number, vcpu: number, intid: number, level: number) => ({
    ...{ kind: 'irq-line', at, vcpu, intid, level, source: IrqSource.timer },
  });
  const { slices } = traced(
    [line(1, 0, 27, 1), line(2, 1, 27, 1), line(3, 0, 27, 0), line(5, 1, 27, 0), line(6, 1, 33, 1), line(9, 0, 33, 0)],
    { vcpus: 2 },
  );
  expect(slices.filter(([track]) => track.startsWith('INTID'))).toEqual([
    ['INTID 27 of vCPU 0', 1, 3, 'asserted'],
    ['INTID 27 of vCPU 1', 2, 5, 'asserted'],
    ['INTID 33', 6, 9, 'asserted'],
  ]);
});

it('requests of a queue lie beside each other, frames are moments', () => {
  const request = (at: number, head: number, sector: bigint) => ({
    ...{ kind: 'virtio-request', at, device: 1, queue: 0, head, request: VirtioRequest.read, sector, bytes: 512n },
  });
  const complete = (at: number, head: number) => ({
    ...{ kind: 'virtio-complete', at, device: 1, queue: 0, head, status: 0, written: 513, latency: 0 },
  });
  const { slices, instants } = traced([
    request(10, 0, 8n),
    request(12, 1, 9n),
    complete(20, 1),
    request(21, 1, 10n),
    complete(30, 0),
    complete(40, 1),
    { kind: 'external-in', at: 50, channel: 'net-0', bytes: new Uint8Array(60) },
    { kind: 'external-out', at: 60, channel: 'net-0', bytes: new Uint8Array(42) },
  ]);
  expect(slices.filter(([track]) => track.startsWith('virtio'))).toEqual([
    ['virtio1 queue 0', 12, 20, 'read sector 9'],
    ['virtio1 queue 0', 10, 30, 'read sector 8'],
    ['virtio1 queue 0', 21, 40, 'read sector 10'],
  ]);
  expect(instants).toEqual([
    ['net-0', 50, 'in, 60 bytes'],
    ['net-0', 60, 'out, 42 bytes'],
  ]);
});

it('time that was skipped is no instructions; a skip that is cut short ends there', () => {
  const { counters } = traced([
    exit(0, 0),
    { kind: 'idle-skip', at: 100, to: 90e6 },
    { kind: 'irq-ack', at: 15e6, intid: 33 },
    exit(25e6, 0),
  ]);
  const told = counters.filter(([track]) => track === 'instructions').map(([, at, value]) => [at, value]);
  expect(told.at(-1)?.[1]).toBe(100 + 10e6);
});
