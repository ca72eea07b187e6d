import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { VirtioRequest } from '../../src/trace/events/index.ts';
import { EventType, type PacketWriter } from './perfetto-packets.ts';

type Request = Extract<RecordedEvent, { kind: 'virtio-request' }>;

const requestNames = new Map<number, string>(Object.entries(VirtioRequest).map(([name, value]) => [value, name]));
/** Requests that say where on a disk. */
const ON_DISK: ReadonlySet<number> = new Set([
  VirtioRequest.read,
  VirtioRequest.write,
  VirtioRequest.discard,
  VirtioRequest['write-zeroes'],
]);
/** So many requests may be under way: a forged tape may never give one back. */
const OPEN_MAX = 1 << 12;

/** What devices of the guest do with the world outside: requests of virtio devices from taken to given back, and frames that come and go. */
export class Outside {
  readonly #packets: PacketWriter;
  /** The track of a key, which is described with its name when it is asked for first; undefined where there are too many. */
  readonly #trackOf: (key: string, name: string) => number | undefined;
  /** By device, queue and descriptor: its track, and its place among those of its queue that are side by side. */
  readonly #open = new Map<string, { readonly track: number; readonly place: number; readonly places: boolean[] }>();
  /** By queue: which places are taken. */
  readonly #places = new Map<string, boolean[]>();

  constructor(packets: PacketWriter, trackOf: (key: string, name: string) => number | undefined) {
    this.#packets = packets;
    this.#trackOf = trackOf;
  }

  see(event: RecordedEvent): void {
    switch (event.kind) {
      case 'external-in':
      case 'external-out': {
        const { at, channel, bytes } = event;
        const track = this.#trackOf(channel, channel);
        if (track === undefined) return;
        const name = `${event.kind === 'external-in' ? 'in' : 'out'}, ${bytes.length} bytes`;
        const annotations = { bytes: bytes.length, event: event.ordinal };
        this.#packets.event({ type: EventType.instant, at, track, category: 'outside', name, annotations });
        return;
      }
      case 'virtio-request':
        this.#taken(event);
        return;
      case 'virtio-complete': {
        const { at, status, written } = event;
        this.#givenBack(keyOf(event), at, { status, written });
        return;
      }
      default:
    }
  }

  #taken(event: Request): void {
    const { at, device, queue, request, sector, bytes, ordinal } = event;
    const key = keyOf(event);
    // Of a device that was reset the driver may take a descriptor again.
    this.#givenBack(key, at, {});
    if (this.#open.size === OPEN_MAX) return;
    const of = `virtio${device} queue ${queue}`;
    const places = this.#places.get(of) ?? [];
    this.#places.set(of, places);
    const free = places.indexOf(false);
    const place = free < 0 ? places.length : free;
    const track = this.#trackOf(`${of} ${place}`, of);
    if (track === undefined) return;
    places[place] = true;
    this.#open.set(key, { track, place, places });
    const kind = requestNames.get(request) ?? String(request);
    this.#packets.event({
      ...{ type: EventType.begin, at, track, category: 'request' },
      name: ON_DISK.has(request) ? `${kind} sector ${sector}` : kind,
      annotations: { bytes: Math.min(Number(bytes), Number.MAX_SAFE_INTEGER), event: ordinal },
    });
  }
  #givenBack(key: string, at: number, annotations: Readonly<Record<string, number>>): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    open.places[open.place] = false;
    this.#packets.event({ type: EventType.end, at, track: open.track, annotations });
  }
}

const keyOf = ({ device, queue, head }: Pick<Request, 'device' | 'queue' | 'head'>): string =>
  `${device} ${queue} ${head}`;
