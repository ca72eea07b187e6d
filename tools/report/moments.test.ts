import { expect, it } from 'vitest';
import { setOf } from '../../src/analysis/events.fixture.ts';
import { type TapeEvent, VirtioRequest } from '../../src/trace/events/index.ts';
import { Moments } from './moments.ts';

/** What is told of these events, read in small frames. */
function toldOf(events: readonly TapeEvent[], stretch = {}) {
  const moments = new Moments(stretch, () => undefined);
  for (const frame of setOf(events, 3).eventFrames()) moments.add(frame);
  const { idle, outside } = moments.take();
  return { idle: [...idle.from].map((from, i) => [from, idle.to[i]]), idleNs: moments.idleNs, outside };
}
const ack = (at: number): TapeEvent => ({ kind: 'irq-ack', at, vcpu: 0, intid: 33 });
const skip = (at: number, to: number): TapeEvent => ({ kind: 'idle-skip', at, vcpu: 0, to });

it('a skip ends where the guest is woken', () => {
  const events = [ack(5), skip(10, 100), ack(40), skip(50, 60), ack(70), skip(80, 200)];
  const all = [
    [10, 40],
    [50, 60],
    [80, 200],
  ];
  expect(toldOf(events)).toMatchObject({ idle: all, idleNs: 160 });
  expect(toldOf(events, { from: 20, to: 90 })).toMatchObject({
    idle: [
      [20, 40],
      [50, 60],
      [80, 90],
    ],
    idleNs: 40,
  });
});

it('frames and requests are told, with what became of them', () => {
  const request = (at: number, sector: bigint): TapeEvent => ({
    ...{ kind: 'virtio-request', at, vcpu: 0, device: 1, queue: 0, head: 2 },
    ...{ request: VirtioRequest.read, sector, bytes: 4096n },
  });
  const complete = (at: number, latency: number): TapeEvent => ({
    ...{ kind: 'virtio-complete', at, vcpu: 0, device: 1, queue: 0, head: 2, status: 0, written: 4097, latency },
  });
  const frame = (kind: 'external-in' | 'external-out', at: number): TapeEvent => ({
    ...{ kind, at, vcpu: 0, channel: 'net-0', bytes: new Uint8Array(60) },
  });
  const { outside } = toldOf([
    request(10, 8n),
    frame('external-out', 12),
    complete(1020, 1010),
    request(1100, 9n),
    frame('external-in', 1200),
  ]);
  expect(outside).toEqual([
    {
      at: 10,
      text: expect.stringMatching(/^virtio1 queue 0 head 2 read sector 8 .*given back after 1,010 ns with status 0$/),
    },
    { at: 12, text: 'net-0: a frame out, 60 bytes' },
    { at: 1100, text: expect.stringMatching(/^virtio1 queue 0 head 2 read sector 9 bytes 4096$/) },
    { at: 1200, text: 'net-0: a frame in, 60 bytes' },
  ]);
});
