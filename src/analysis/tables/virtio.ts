import { virtioComplete, virtioKick, virtioRequest } from '../../trace/events/index.ts';
import { type EventTableDecl, eventName, nameOf, nullable, numberOf, stamp, wordOf } from './event-table.ts';

/** What virtio devices do (virtio 1.2, 2.7). */
export const virtio: EventTableDecl = {
  name: 'virtio',
  about:
    'a queue of a virtio device is notified (virtio-kick), a request taken (virtio-request) or given back (virtio-complete)',
  events: [virtioKick, virtioRequest, virtioComplete],
  columns: [
    ...stamp,
    eventName,
    numberOf('device', 'INTEGER', 'device', 'the slot, from 0'),
    numberOf('queue', 'INTEGER', 'queue', 'of the device, from 0'),
    nullable(numberOf('head', 'INTEGER', 'head', 'request, complete: number of the first descriptor')),
    nullable(
      nameOf(
        'request',
        'request',
        'request: read, write, flush, discard, write-zeroes, get-id, entropy, send, receive, control, unknown',
      ),
    ),
    nullable(wordOf('sector', 'sector', 'request: where on the disk, in 512 bytes')),
    nullable(wordOf('bytes', 'bytes', 'request: of data')),
    nullable(numberOf('status', 'INTEGER', 'status', "complete: the device's own word for how it went, 0 for well")),
    nullable(numberOf('written', 'BIGINT', 'written', 'complete: bytes that the driver is told were written')),
    nullable(numberOf('latency', 'BIGINT', 'latency', 'complete: counts since it was taken')),
  ],
};
