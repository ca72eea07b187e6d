import { Failure } from '../../src/base/failure.ts';
import type { InputFile } from '../../src/host/files.ts';
import { ByteCursor } from './byte-cursor.ts';
import { isUsed } from './kvm-text.ts';
import { type CpuData, readTraceDat, type TraceDatHead, unpacked } from './trace-dat-file.ts';
import { countOther, countStrange, type Strange, type TraceRecord, type TraceValues } from './trace-record.ts';

/**
 * Pages of the kernel's ring buffer (Linux include/linux/ring_buffer.h, kernel/trace/ring_buffer.c): a time, how much is there, events with
 * the time since the one before.
 */
const PAGE_HEAD_BYTES = 16;
/** Of `commit`; the bits above say that events were lost before. */
const COMMIT_MASK = 0xfffff;
const DELTA_BITS = 27;
const KIND = { long: 0, padding: 29, timeExtend: 30, timeStamp: 31 } as const;
/** An absolute time has so many bits; those above are the page's. */
const STAMP_BITS = 59n;
const NS_PER_S = 1_000_000_000n;
/** Of every event: type, flags, preempt count, pid. */
const COMMON_BYTES = 8;
const PID_AT = 4;
const CHUNKS_MAX = 1 << 20;
/** Syndromes have both names. */
const RENAMED: Readonly<Record<string, string>> = { esr: 'hsr' };

interface Field {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  readonly signed: boolean;
}
interface Format {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly Field[];
}
interface RingEvent {
  /** Of the host's clock, in nanoseconds. */
  readonly at: bigint;
  readonly data: Buffer;
}

/** The records of a trace.dat in the order of their times; what is of no use is counted. @throws Failure where it is damaged */
export function* traceDatRecords(file: InputFile, strange: Strange): Generator<TraceRecord> {
  const head = readTraceDat(file);
  const formats = new Map(head.formats.flatMap(formatOf).map((format) => [format.id, format]));
  const cpus = head.cpus.map((cpu) => eventsOf(file, cpu, head));
  const next = cpus.map((events) => nextOf(events));
  for (;;) {
    let first: number | undefined;
    let least: RingEvent | undefined;
    for (const [cpu, event] of next.entries()) {
      if (event === undefined || (least !== undefined && event.at >= least.at)) continue;
      [first, least] = [cpu, event];
    }
    if (first === undefined || least === undefined) return;
    const record = recordOf(least, formats, head, strange);
    if (record !== undefined) yield record;
    next[first] = nextOf(cpus[first] as Generator<RingEvent>);
  }
}

function nextOf(events: Generator<RingEvent>): RingEvent | undefined {
  const { done, value } = events.next();
  return done ? undefined : value;
}

function recordOf(
  { at, data }: RingEvent,
  formats: ReadonlyMap<number, Format>,
  { tasks }: TraceDatHead,
  strange: Strange,
): TraceRecord | undefined {
  if (data.length < COMMON_BYTES) return undefined;
  const id = data.readUInt16LE(0);
  const format = formats.get(id);
  if (format === undefined || !isUsed(format.name)) {
    countOther(strange, format?.name ?? `event ${id}`);
    return undefined;
  }
  const values: Record<string, TraceValues[string]> = {};
  for (const field of format.fields) {
    const { name, offset, bytes } = field;
    if (offset + bytes > data.length) {
      countStrange(strange, `${format.name} of ${data.length} bytes`);
      return undefined;
    }
    values[RENAMED[name] ?? name] = numberAt(data, field);
  }
  const pid = data.readInt32LE(PID_AT);
  return {
    ...{ seconds: Number(at / NS_PER_S), nanoseconds: Number(at % NS_PER_S) },
    ...{ pid, comm: tasks.get(pid) ?? '', name: format.name, values },
  };
}

function numberAt(data: Buffer, { offset, bytes, signed }: Field): number | bigint {
  if (bytes === 8) return signed ? data.readBigInt64LE(offset) : data.readBigUInt64LE(offset);
  return signed ? data.readIntLE(offset, bytes) : data.readUIntLE(offset, bytes);
}

/** An event's format file: its number, name and fields. */
function formatOf(text: string): Format[] {
  const name = /^name: (\w{1,64})$/m.exec(text)?.[1];
  const id = /^ID: ([0-9]{1,5})$/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return [];
  const fields = [
    ...text.matchAll(
      /^\tfield:[^;\n]{1,200}?(\w{1,64});\toffset:([0-9]{1,5});\tsize:([1248]);(?:\tsigned:([01]);)?$/gm,
    ),
  ].map(([, field = '', offset, bytes, signed]) => ({
    ...{ name: field, offset: Number(offset), bytes: Number(bytes), signed: signed === '1' },
  }));
  return [{ id: Number(id), name, fields: fields.filter((field) => !field.name.startsWith('common_')) }];
}

function* eventsOf(file: InputFile, cpu: CpuData, head: TraceDatHead): Generator<RingEvent> {
  for (const page of pagesOf(file, cpu, head)) yield* eventsIn(page);
}

/** The pages of a CPU, one at a time; of packed ones, a chunk of them. */
function* pagesOf(file: InputFile, cpu: CpuData, head: TraceDatHead): Generator<Buffer> {
  const { pageBytes, compression } = head;
  if (cpu.bytes === 0) return;
  const damaged = (what: string): Failure => new Failure(`cannot read ${file.path}: ${what}`);
  const at = new ByteCursor(file, cpu.offset, damaged);
  if (compression === undefined) {
    for (let left = cpu.bytes; left >= pageBytes; left -= pageBytes) yield at.bytes(pageBytes);
    return;
  }
  for (let chunks = at.u32(CHUNKS_MAX); chunks > 0; chunks--) {
    const chunk = unpacked(at, compression, damaged);
    for (let from = 0; from + pageBytes <= chunk.length; from += pageBytes)
      yield chunk.subarray(from, from + pageBytes);
  }
}

function* eventsIn(page: Buffer): Generator<RingEvent> {
  let now = page.readBigUInt64LE(0);
  const end = Math.min(page.length, PAGE_HEAD_BYTES + (page.readUInt32LE(8) & COMMIT_MASK));
  for (let at = PAGE_HEAD_BYTES; at + 4 <= end; ) {
    const head = page.readUInt32LE(at);
    const kind = head & 31;
    const delta = head >>> 5;
    at += 4;
    // What follows in a word: more of the time, or a length.
    const word = at + 4 <= end ? page.readUInt32LE(at) : 0;
    if (kind === KIND.padding) {
      if (delta === 0) return;
      at += word;
    } else if (kind === KIND.timeExtend) {
      now += BigInt(delta) + (BigInt(word) << BigInt(DELTA_BITS));
      at += 4;
    } else if (kind === KIND.timeStamp) {
      const stamp = BigInt(delta) + (BigInt(word) << BigInt(DELTA_BITS));
      now = ((now >> STAMP_BITS) << STAMP_BITS) | BigInt.asUintN(Number(STAMP_BITS), stamp);
      at += 4;
    } else {
      now += BigInt(delta);
      const isLong = kind === KIND.long;
      const bytes = isLong ? Math.max(0, word - 4) : kind * 4;
      if (isLong) at += 4;
      // What does not fit is no event, and neither is what comes behind it.
      if (at + bytes > end) return;
      yield { at: now, data: page.subarray(at, at + bytes) };
      at += Math.ceil(bytes / 4) * 4;
    }
  }
}
