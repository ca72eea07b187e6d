import { PAGE_BYTES } from '../../src/base/page.ts';
import type { TraceField, Tracepoint, TraceValue, TraceValues } from './kvm-tracepoints.ts';

/**
 * Pages of the kernel's ring buffer (Linux include/linux/ring_buffer.h, kernel/trace/ring_buffer.c; a tracer's events/header_page and
 * events/header_event tell readers of them): the time of the page, the bytes that it holds, and events, each with 27 bits of the time since
 * the one before.
 */
const PAGE_HEAD_BYTES = 16;
const DELTA_BITS = 27;
const TIME_EXTEND = 30;
/** Of every event: type, flags, preempt count, pid. */
const COMMON_BYTES = 8;
/** `type_len` counts words; it has 5 bits, of which the last values are no lengths. */
const WORD_BYTES = 4;

/** The text of events/header_page. */
export const HEADER_PAGE = [
  '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;',
  '\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;',
  '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;',
  `\tfield: char data;\toffset:16;\tsize:${PAGE_BYTES - PAGE_HEAD_BYTES};\tsigned:1;`,
  '',
].join('\n');

/** The text of events/header_event. */
export const HEADER_EVENT = [
  '# compressed entry header',
  '\ttype_len    :    5 bits',
  '\ttime_delta  :   27 bits',
  '\tarray       :   32 bits',
  '',
  '\tpadding     : type == 29',
  '\ttime_extend : type == 30',
  '\ttime_stamp : type == 31',
  '\tdata max type_len  == 28',
  '',
].join('\n');

const COMMON_FIELDS = [
  '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
  '\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;',
  '\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;',
  '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
];

interface Placed extends TraceField {
  readonly offset: number;
}
/** Where a tracepoint's fields lie, aligned as C has them. */
function layout({ fields }: Tracepoint): { readonly placed: readonly Placed[]; readonly bytes: number } {
  let offset = COMMON_BYTES;
  const placed = fields.map((field) => {
    offset = Math.ceil(offset / field.bytes) * field.bytes;
    const here = { ...field, offset };
    offset += field.bytes;
    return here;
  });
  return { placed, bytes: Math.ceil(offset / WORD_BYTES) * WORD_BYTES };
}

/** The text of a tracepoint's events/kvm/NAME/format. */
export function formatFile(point: Tracepoint, id: number): string {
  const fields = layout(point).placed.map(
    ({ type, name, offset, bytes, signed }) =>
      `\tfield:${type} ${name};\toffset:${offset};\tsize:${bytes};\tsigned:${signed ? 1 : 0};`,
  );
  return [
    `name: ${point.name}`,
    `ID: ${id}`,
    'format:',
    ...COMMON_FIELDS,
    '',
    ...fields,
    '',
    `print fmt: ${point.format}`,
    '',
  ].join('\n');
}

/** Puts events into pages. */
export class RingBuffer {
  readonly #layouts = new Map<Tracepoint, ReturnType<typeof layout>>();
  readonly #textAt: (text: string) => bigint;
  #page = Buffer.alloc(PAGE_BYTES);
  #used = 0;
  #last = 0;

  /** `textAt`: where the kernel has a text. */
  constructor(textAt: (text: string) => bigint) {
    this.#textAt = textAt;
  }

  /** Adds an event; the page that it did not fit into, where there is one. */
  add(when: number, pid: number, id: number, point: Tracepoint, values: TraceValues): Buffer | undefined {
    const { placed, bytes } = this.#layoutOf(point);
    let full: Buffer | undefined;
    // Time in a page only goes on.
    const at = this.#used === 0 ? when : Math.max(when, this.#last);
    const extends_ = (): boolean => this.#used > 0 && at - this.#last >= 2 ** DELTA_BITS;
    const needs = 4 + bytes + (extends_() ? 8 : 0);
    if (this.#used > 0 && PAGE_HEAD_BYTES + this.#used + needs > PAGE_BYTES) full = this.take();
    if (this.#used === 0) {
      this.#page.writeBigUInt64LE(BigInt(at), 0);
      this.#last = at;
    }
    const page = this.#page;
    let delta = at - this.#last;
    let place = PAGE_HEAD_BYTES + this.#used;
    if (extends_()) {
      page.writeUInt32LE((((delta % 2 ** DELTA_BITS) << 5) | TIME_EXTEND) >>> 0, place);
      page.writeUInt32LE(Math.floor(delta / 2 ** DELTA_BITS) >>> 0, place + 4);
      place += 8;
      delta = 0;
    }
    page.writeUInt32LE(((delta << 5) | (bytes / WORD_BYTES)) >>> 0, place);
    place += 4;
    page.writeUInt16LE(id, place);
    page.writeInt32LE(pid, place + 4);
    for (const field of placed) this.#field(place + field.offset, field, values[field.name] ?? 0);
    this.#used = place + bytes - PAGE_HEAD_BYTES;
    this.#last = at;
    return full;
  }
  /** The page that is being filled; undefined where it is empty. */
  take(): Buffer | undefined {
    if (this.#used === 0) return undefined;
    const page = this.#page;
    page.writeBigUInt64LE(BigInt(this.#used), 8);
    this.#page = Buffer.alloc(PAGE_BYTES);
    this.#used = 0;
    return page;
  }

  #field(place: number, { bytes }: TraceField, value: TraceValue): void {
    const number = typeof value === 'string' ? this.#textAt(value) : BigInt(value);
    if (bytes === 8) this.#page.writeBigUInt64LE(BigInt.asUintN(64, number), place);
    else if (bytes === 4) this.#page.writeUInt32LE(Number(BigInt.asUintN(32, number)), place);
    else this.#page.writeUInt8(Number(BigInt.asUintN(8, number)), place);
  }
  #layoutOf(point: Tracepoint): ReturnType<typeof layout> {
    let found = this.#layouts.get(point);
    if (found === undefined) this.#layouts.set(point, (found = layout(point)));
    return found;
  }
}
