import { PAGE_BYTES } from '../../src/base/page.ts';
import { sysregName } from '../../src/trace/events/index.ts';
import type { ExportSource, Pieces } from './export-source.ts';
import { taskOf } from './ftrace.ts';
import { kvmTrace } from './kvm-trace.ts';
import { tracepoints } from './kvm-tracepoints.ts';
import { formatFile, HEADER_EVENT, HEADER_PAGE, RingBuffer } from './ring-buffer.ts';

const MAGIC = Buffer.from([0x17, 0x08, 0x44]);
const LONG_BYTES = 8;
/** Numbers of events of our own, as a kernel gives them out. */
const FIRST_ID = 600;
/** Where the kernel would have the names of registers. */
const TEXTS_AT = 0xffff_8000_1000_0000n;
const TEXT_STEP = 64n;
/** A tape names some dozen registers. */
const TEXTS_MAX = 4096;
const OPTION = { done: 0, clock: 4 } as const;
/** The tracer's file trace_clock: nanoseconds. */
const CLOCK = '[mono]\0';
const UNKNOWN = 'UNKN';

/**
 * The file of trace-cmd, version 6 (its manual, trace-cmd.dat.v6(5)), which KernelShark reads: formats of KVM's tracepoints, then pages
 * of the kernel's ring buffer, those of each CPU together. What stands in the head is found by passes over the tape before: how many
 * pages each vCPU has, and the names of registers.
 */
export function* traceDat(source: ExportSource): Pieces {
  const texts = textsOf(source);
  const counts = Array.from({ length: source.vcpus }, (_, vcpu) => {
    let count = 0;
    for (const _page of pages(source, vcpu, texts)) count++;
    return count;
  });
  const head = headOf(source, texts);
  const tableBytes = counts.length * 16;
  const dataAt = Math.ceil((head.length + tableBytes) / PAGE_BYTES) * PAGE_BYTES;
  const table = Buffer.alloc(dataAt - head.length);
  let offset = dataAt;
  for (const [vcpu, count] of counts.entries()) {
    table.writeBigUInt64LE(BigInt(offset), 16 * vcpu);
    table.writeBigUInt64LE(BigInt(count * PAGE_BYTES), 8 + 16 * vcpu);
    offset += count * PAGE_BYTES;
  }
  yield head;
  yield table;
  for (const vcpu of counts.keys()) yield* pages(source, vcpu, texts);
}

function* pages(source: ExportSource, vcpu: number, texts: ReadonlyMap<string, bigint>): Generator<Buffer> {
  const unknown = texts.get(UNKNOWN) ?? 0n;
  const ring = new RingBuffer((text) => texts.get(text) ?? unknown);
  const { pid } = taskOf(vcpu);
  const ids = new Map(tracepoints.map((point, i) => [point, FIRST_ID + i]));
  for (const { at, vcpu: of, point, values } of kvmTrace(source.events())) {
    if (of !== vcpu) continue;
    const full = ring.add(at, pid, ids.get(point) ?? 0, point, values);
    if (full !== undefined) yield full;
  }
  const last = ring.take();
  if (last !== undefined) yield last;
}

function textsOf({ events }: ExportSource): Map<string, bigint> {
  const texts = new Map<string, bigint>();
  const add = (text: string): void => {
    if (!texts.has(text) && texts.size < TEXTS_MAX) texts.set(text, TEXTS_AT + BigInt(texts.size) * TEXT_STEP);
  };
  add(UNKNOWN);
  for (const event of events())
    if (event.kind === 'sysreg-read' || event.kind === 'sysreg-write') add(sysregName(event.encoding));
  return texts;
}

/** All up to the table of CPUs. */
function headOf({ vcpus }: ExportSource, texts: ReadonlyMap<string, bigint>): Buffer {
  const formats = tracepoints.map((point, i) => formatFile(point, FIRST_ID + i));
  const printk = [...texts].map(([text, at]) => `0x${at.toString(16)} : "${text}"\n`).join('');
  const tasks = Array.from({ length: vcpus }, (_, vcpu) => taskOf(vcpu))
    .map(({ comm, pid }) => `${pid} ${comm}\n`)
    .join('');
  return Buffer.concat([
    MAGIC,
    text('tracing'),
    text('6\0'),
    // Little-endian.
    Buffer.from([0, LONG_BYTES]),
    u32(PAGE_BYTES),
    text('header_page\0'),
    sized(HEADER_PAGE),
    text('header_event\0'),
    sized(HEADER_EVENT),
    // Formats of ftrace's own events, then of event systems.
    u32(0),
    u32(1),
    text('kvm\0'),
    u32(formats.length),
    ...formats.map(sized),
    // Of kallsyms nothing; texts of the kernel; names of tasks.
    u32(0),
    u32(printk.length),
    text(printk),
    sized(tasks),
    u32(vcpus),
    text('options  \0'),
    u16(OPTION.clock),
    u32(CLOCK.length),
    text(CLOCK),
    u16(OPTION.done),
    text('flyrecord\0'),
  ]);
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >>> 8]);
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const sized = (value: string): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([bytes, text(value)]);
};
