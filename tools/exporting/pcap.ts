import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { ExportSource, Pieces } from './export-source.ts';

/** draft-ietf-opsawg-pcap, 4: times in nanoseconds, lowest byte first. */
const MAGIC_NS = 0xa1b2_3c4d;
const VERSION = [2, 4] as const;
const SNAPLEN = 0x4_0000;
const ETHERNET = 1;
const NS_PER_S = 1e9;

/** The frames that the guest's network device got and sent, as Wireshark reads them. Their times are counts: the guest began at 0. */
export function* pcap({ events }: ExportSource): Pieces {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(MAGIC_NS, 0);
  head.writeUInt16LE(VERSION[0], 4);
  head.writeUInt16LE(VERSION[1], 6);
  head.writeUInt32LE(SNAPLEN, 16);
  head.writeUInt32LE(ETHERNET, 20);
  yield head;
  for (const event of events()) {
    const frame = frameOf(event);
    if (frame === undefined) continue;
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(event.at / NS_PER_S) % 2 ** 32, 0);
    record.writeUInt32LE(event.at % NS_PER_S, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    yield record;
    yield frame;
  }
}

const frameOf = (event: RecordedEvent): Uint8Array | undefined =>
  (event.kind === 'external-in' || event.kind === 'external-out') && event.channel.startsWith('net-')
    ? event.bytes
    : undefined;
