import { event } from './event.ts';
import { icount, named, u8, u16, u32, u64 } from './field.ts';

/** What a request asks of a virtio device. */
export const VirtioRequest = {
  unknown: 0,
  read: 1,
  write: 2,
  flush: 3,
  discard: 4,
  'write-zeroes': 5,
  'get-id': 6,
  entropy: 7,
  send: 8,
  receive: 9,
  control: 10,
} as const;
const requestKind = named(Object.fromEntries(Object.entries(VirtioRequest).map(([name, value]) => [value, name])));

/** The driver told a device that a queue has requests (virtio 1.2, 2.7.13): what it does from here on is this write's doing. */
export const virtioKick = event({
  tag: 0x70,
  name: 'virtio-kick',
  since: 3,
  fields: { device: u8, queue: u16 },
  text: (e) => `virtio${e.device} queue ${e.queue}`,
});

/** A device took a request: what the guest's memory gets or gives, and when. `device`: its slot; `sector`: of 512 bytes, on a disk. */
export const virtioRequest = event({
  tag: 0x71,
  name: 'virtio-request',
  since: 3,
  fields: { device: u8, queue: u16, head: u16, request: requestKind, sector: u64, bytes: u64 },
  text: (e) =>
    `virtio${e.device} queue ${e.queue} head ${e.head} ${requestKind.show(e.request)} sector ${e.sector} bytes ${e.bytes}`,
});

/** A device gave a request back: how it went, what it wrote, and the counts since it was taken. */
export const virtioComplete = event({
  tag: 0x72,
  name: 'virtio-complete',
  since: 3,
  fields: { device: u8, queue: u16, head: u16, status: u8, written: u32, latency: icount },
  text: (e) =>
    `virtio${e.device} queue ${e.queue} head ${e.head} status ${e.status} written ${e.written} latency ${e.latency}`,
});
