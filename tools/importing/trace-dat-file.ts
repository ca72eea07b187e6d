import { Failure } from '../../src/base/failure.ts';
import { MiB } from '../../src/base/limits.ts';
import type { InputFile } from '../../src/host/files.ts';
import { type Compression, unpackWhole } from '../../src/host/unpack.ts';
import { ByteCursor } from './byte-cursor.ts';

/** The file of trace-cmd (its manuals, trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5)): what is needed of it to read its events. */
export const TRACE_DAT_MAGIC = Buffer.from([0x17, 0x08, 0x44, ...Buffer.from('tracing')]);

const bounds = {
  /** A kernel has some thousand events. */
  formats: 1 << 16,
  formatBytes: 64 * 1024,
  tableBytes: 64 * MiB,
  taskBytes: 16 * MiB,
  cpus: 4096,
  options: 4096,
  sections: 1024,
  chunkBytes: 64 * MiB,
  pageBytes: 64 * 1024,
} as const;
const OPTION = { done: 0, buffer: 3, clock: 4, eventFormats: 18, tasks: 21 } as const;
const SECTION_COMPRESSED = 1;
const SECTION_HEAD_BYTES = 16;
/** Clocks that are no time in nanoseconds (Linux Documentation/trace/ftrace.rst, trace_clock). */
const NO_TIME = /^(counter|uptime|x86-tsc|perf_counter)$/;

/** Where the pages of a CPU lie. */
export interface CpuData {
  readonly offset: number;
  readonly bytes: number;
}
/** What a trace.dat holds. */
export interface TraceDatHead {
  readonly pageBytes: number;
  /** The format files of the system kvm. */
  readonly formats: readonly string[];
  /** Names of tasks by their numbers. */
  readonly tasks: ReadonlyMap<number, string>;
  readonly cpus: readonly CpuData[];
  readonly compression: Compression | undefined;
}

/** @throws Failure with one line where the file is none that can be read */
export function readTraceDat(file: InputFile): TraceDatHead {
  const damaged = (what: string): Failure => new Failure(`cannot read ${file.path}: ${what}`);
  const at = new ByteCursor(file, TRACE_DAT_MAGIC.length, damaged);
  const version = at.text(16);
  if (at.u8() !== 0) throw damaged('it is of a big-endian machine');
  if (at.u8() !== 8) throw damaged('it is of a 32-bit machine');
  const pageBytes = at.u32();
  if (pageBytes < 1024 || pageBytes > bounds.pageBytes || (pageBytes & (pageBytes - 1)) !== 0)
    throw damaged(`pages of ${pageBytes} bytes`);
  if (version === '6') return { pageBytes, compression: undefined, ...versionSix(at, damaged) };
  if (version === '7') return { pageBytes, ...versionSeven(file, at, damaged) };
  throw damaged(`version ${JSON.stringify(version)} of trace.dat; "trace-cmd report ${file.path}" makes text of it`);
}

type Damaged = (what: string) => Failure;
type Contents = Pick<TraceDatHead, 'formats' | 'tasks' | 'cpus'>;

function versionSix(at: ByteCursor, damaged: Damaged): Contents {
  for (const name of ['header_page', 'header_event']) {
    if (at.text(16) !== name) throw damaged(`no ${name}`);
    at.skip(at.u64(bounds.formatBytes));
  }
  for (let left = at.u32(bounds.formats); left > 0; left--) at.skip(at.u64(bounds.formatBytes));
  const formats = formatsOf(at);
  // Functions of the kernel, and texts of its messages.
  at.skip(at.u32(bounds.tableBytes));
  at.skip(at.u32(bounds.tableBytes));
  const tasks = tasksOf(at.bytes(at.u64(bounds.taskBytes)));
  const count = at.u32(bounds.cpus);
  let kind = at.text(10, 10);
  if (kind.startsWith('options')) {
    for (let i = 0; ; i++) {
      const option = at.u16();
      if (option === OPTION.done) break;
      if (i === bounds.options) throw damaged('too many options');
      const data = at.bytes(at.u32(bounds.tableBytes));
      if (option === OPTION.clock) checkClock(/\[(\S{1,32})\]/.exec(data.toString('latin1'))?.[1], damaged);
    }
    kind = at.text(10, 10);
  }
  if (!kind.startsWith('flyrecord')) throw damaged(`its data is of the kind ${JSON.stringify(kind)}; give its text`);
  const cpus = Array.from({ length: count }, () => ({ offset: at.u64(), bytes: at.u64() }));
  return { formats, tasks, cpus };
}

function versionSeven(file: InputFile, at: ByteCursor, damaged: Damaged): Omit<TraceDatHead, 'pageBytes'> {
  const name = at.text(32);
  at.text(64);
  if (!['none', 'zstd', 'zlib'].includes(name))
    throw damaged(`packed by ${JSON.stringify(name)}; "trace-cmd report ${file.path}" makes text of it`);
  const compression = name === 'none' ? undefined : (name as Compression);
  let formats: readonly string[] = [];
  let tasks: ReadonlyMap<number, string> = new Map();
  let cpus: readonly CpuData[] = [];
  const section = (offset: number): ByteCursor => {
    const head = new ByteCursor(file, offset, damaged);
    head.skip(2);
    const flags = head.u16();
    head.skip(4);
    const bytes = head.u64(bounds.tableBytes);
    const data = new ByteCursor(file, offset + SECTION_HEAD_BYTES, damaged);
    if ((flags & SECTION_COMPRESSED) === 0) return new ByteCursor(data.bytes(bytes), 0, damaged);
    return new ByteCursor(unpacked(data, compression, damaged), 0, damaged);
  };
  let next = at.u64();
  for (let sections = 0; next !== 0; sections++) {
    if (sections === bounds.sections) throw damaged('too many sections of options');
    const options = section(next);
    next = 0;
    for (let i = 0; i <= bounds.options; i++) {
      const option = options.u16();
      const data = new ByteCursor(options.bytes(options.u32(bounds.tableBytes)), 0, damaged);
      if (option === OPTION.done) {
        next = data.u64();
        break;
      }
      if (option === OPTION.eventFormats) formats = formatsOf(section(data.u64()));
      else if (option === OPTION.tasks) {
        const lines = section(data.u64());
        tasks = tasksOf(lines.bytes(lines.u64(bounds.taskBytes)));
      } else if (option === OPTION.buffer && cpus.length === 0) {
        // The first is the top instance's.
        data.skip(8);
        data.text(256);
        checkClock(data.text(64), damaged);
        data.skip(4);
        cpus = Array.from({ length: data.u32(bounds.cpus) }, () => {
          data.skip(4);
          return { offset: data.u64(), bytes: data.u64() };
        });
      }
    }
  }
  return { formats, tasks, cpus, compression };
}

/** A packed piece with its sizes before it. */
export function unpacked(at: ByteCursor, compression: Compression | undefined, damaged: Damaged): Buffer {
  const packed = at.u32(bounds.chunkBytes);
  const bytes = at.u32(bounds.chunkBytes);
  if (compression === undefined) throw damaged('packed by nothing');
  try {
    return Buffer.from(unpackWhole(at.bytes(packed), compression, Math.max(1, bytes)));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw damaged(`what is packed in it is damaged`);
  }
}

function checkClock(clock: string | undefined, damaged: Damaged): void {
  if (clock !== undefined && NO_TIME.test(clock))
    throw damaged(`its clock is ${clock}, which counts no nanoseconds; record with -C mono or the default`);
}

/** Of the system kvm alone. */
function formatsOf(at: ByteCursor): string[] {
  const formats: string[] = [];
  for (let systems = at.u32(bounds.formats); systems > 0; systems--) {
    const system = at.text(256);
    for (let events = at.u32(bounds.formats); events > 0; events--) {
      const bytes = at.u64(bounds.formatBytes);
      if (system === 'kvm') formats.push(at.bytes(bytes).toString('latin1'));
      else at.skip(bytes);
    }
  }
  return formats;
}

function tasksOf(bytes: Buffer): Map<number, string> {
  const tasks = new Map<number, string>();
  for (const line of bytes.toString('utf8').split('\n')) {
    const [, pid, comm] = /^\s*([0-9]{1,10}) (.{1,64})$/.exec(line) ?? [];
    if (pid !== undefined && comm !== undefined) tasks.set(Number(pid), comm);
  }
  return tasks;
}
