import { PbfReader } from 'pbf';

/** A packet as Perfetto's schema has it, as far as the tests look. */
export interface Packet {
  timestamp: number;
  flags: number;
  track?: { uuid: number; name: string; parent?: number; thread?: string; process?: string; unit?: string };
  event?: {
    type: number;
    track: number;
    name?: string;
    category?: string;
    value?: number;
    flows: number[];
    ends: number[];
    arguments: Record<string, string | number | bigint>;
  };
}

/** Reads a trace back, by the numbers of the published schema, with the texts of its interned data. */
export function readPerfetto(bytes: Uint8Array): Packet[] {
  const tables = { 1: new Map<number, string>(), 2: new Map<number, string>(), 3: new Map<number, string>() };
  const texts = new Map<number, string>();
  const packets: Packet[] = [];
  new PbfReader(bytes).readFields((field, _, trace) => {
    if (field !== 1) throw new Error(`field ${field} of the trace`);
    const end = trace.readVarint() + trace.pos;
    const from = trace.pos;
    // Interned data counts for its own packet too.
    trace.readFields(
      (tag, __, pbf) => {
        if (tag !== 12) return;
        pbf.readMessage((kind, ___, interned) => {
          let id = 0;
          let text = '';
          interned.readMessage((part, ____, entry) => {
            if (part === 1) id = entry.readVarint();
            if (part === 2) text = entry.readString();
          }, null);
          (kind === 29 ? texts : tables[kind as 1 | 2 | 3]).set(id, text);
        }, null);
      },
      null,
      end,
    );
    trace.pos = from;
    packets.push(trace.readFields(readPacket, { timestamp: 0, flags: 0 }, end));
  }, null);
  return packets;

  function readPacket(tag: number, packet: Packet, pbf: PbfReader): void {
    if (tag === 8) packet.timestamp = pbf.readVarint();
    else if (tag === 13) packet.flags = pbf.readVarint();
    else if (tag === 60) packet.track = pbf.readMessage(readTrack, { uuid: 0, name: '' });
    else if (tag === 11)
      packet.event = pbf.readMessage(readEvent, { type: 0, track: 0, flows: [], ends: [], arguments: {} });
  }
  function readTrack(tag: number, track: NonNullable<Packet['track']>, pbf: PbfReader): void {
    const nested = (wanted: number): string => {
      let text = '';
      pbf.readMessage((part, __, inner) => {
        if (part === wanted) text = inner.readString();
      }, null);
      return text;
    };
    if (tag === 1) track.uuid = pbf.readVarint();
    else if (tag === 2) track.name = pbf.readString();
    else if (tag === 5) track.parent = pbf.readVarint();
    else if (tag === 3) track.process = nested(6);
    else if (tag === 4) track.thread = nested(5);
    else if (tag === 8) track.unit = nested(6);
  }
  function readEvent(tag: number, event: NonNullable<Packet['event']>, pbf: PbfReader): void {
    if (tag === 9) event.type = pbf.readVarint();
    else if (tag === 11) event.track = pbf.readVarint();
    else if (tag === 10) event.name = known(tables[2], pbf.readVarint());
    else if (tag === 3) event.category = known(tables[1], pbf.readVarint());
    else if (tag === 23) event.name = pbf.readString();
    else if (tag === 30) event.value = pbf.readVarint();
    else if (tag === 47) event.flows.push(pbf.readFixed64());
    else if (tag === 48) event.ends.push(pbf.readFixed64());
    else if (tag === 4) {
      let name = '';
      let value: string | number | bigint = '';
      pbf.readMessage((part, __, argument) => {
        if (part === 1) name = known(tables[3], argument.readVarint());
        else if (part === 3) value = argument.readVarint();
        else if (part === 6) value = argument.readString();
        else if (part === 7) value = readWide(argument);
        else if (part === 17) value = known(texts, argument.readVarint());
      }, null);
      event.arguments[name] = value;
    }
  }
}

function known(table: ReadonlyMap<number, string>, id: number): string {
  const text = table.get(id);
  if (text === undefined) throw new Error(`text ${id} is used before it is given`);
  return text;
}

function readWide(pbf: PbfReader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = pbf.buf[pbf.pos++] as number;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
