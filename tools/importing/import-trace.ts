import { basename } from 'node:path';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { InputFile } from '../../src/host/files.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { parseKernel } from '../../src/machine/loaders/kernel.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import { versionedName } from '../../src/machine/versioned.ts';
import { SEMANTICS_VERSION } from '../../src/replay/version.ts';
import { type TapeImage, TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { writeTo } from '../session/mem.ts';
import { Outputs } from '../session/outputs.ts';
import { printJson, say } from '../session/standard-output.ts';
import { byCount, countText } from '../session/units.ts';
import type { Handled } from './handling.ts';
import { HostEvents } from './host-events.ts';
import { traceDatRecords } from './ring-pages.ts';
import { TRACE_DAT_MAGIC } from './trace-dat-file.ts';
import type { Strange, TraceRecord } from './trace-record.ts';
import { type TextKind, textKindOf, textRecords } from './trace-text.ts';

/** Options of `import`. */
export interface ImportArgs {
  readonly trace: string;
  readonly output: string;
  /** A file for what exits cost. */
  readonly costs?: string | undefined;
  /** The kernel that the guest ran, for names of its functions. */
  readonly kernel?: string | undefined;
  /** The board that the guest has, for names of registers. */
  readonly board?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Others are named up to here. */
const NAMED = 5;

/** Makes a tape of a host's trace. @throws Failure where there is none in it */
export function importTrace({ trace, output, costs, kernel, board, force, json }: ImportArgs): ExitStatus {
  const outputs = new Outputs(force);
  outputs.reads(trace, 'the trace');
  outputs.reads(kernel, 'the kernel');
  outputs.writes(output, '-o');
  if (costs !== undefined) outputs.writes(costs, '--costs');
  const boardName = board === undefined ? undefined : versionedName(boardByName(board));
  const images = kernel === undefined ? [] : [kernelFrom(kernel)];
  const file = new InputFile(trace);
  const strange: Strange = { lines: 0, first: undefined, others: new Map() };
  const kind = kindOf(file);
  const imported = kind === 'trace.dat' ? 'trace-cmd' : kind;
  // How many vCPUs there are stands in the head of the tape.
  const { vcpus, arch } = guestOf(recordsOf(file, kind, { lines: 0, first: undefined, others: new Map() }));
  if (vcpus === 0)
    throw new Failure(
      `${trace}: no exits of KVM on arm64 in it (kvm:kvm_exit); give a trace.dat, or the text of ftrace, trace-cmd report or perf script`,
    );
  const writer = TapeWriter.create(
    output,
    {
      ...{ semantics: SEMANTICS_VERSION, level: 'exits', producer: PRODUCER, images },
      machine: { imported, arch, vcpus, ...(boardName === undefined ? {} : { board: boardName }) },
    },
    { force },
  );
  try {
    let events = 0;
    const host = new HostEvents((decl, fields) => {
      events++;
      writer.emit(decl, fields);
    });
    for (const record of recordsOf(file, kind, strange)) host.add(record);
    host.end();
    const reason = `a trace of a real host: ${basename(trace)}`;
    writer.finish({ at: host.at, vcpu: 0, outcome: 'imported', reason, stateHash: '', consoleSha256: '' });
    if (costs !== undefined) writeTo(costs, force, [Buffer.from(costsText(trace, host.handling.byKind))]);
    tell({ output, kind: imported, events, exits: host.exits, vcpus, handling: host.handling.byKind, strange }, json);
  } catch (error) {
    writer.discard();
    throw error;
  } finally {
    file.close();
  }
  return ExitStatus.ok;
}

/** @throws Failure where it is no kernel whose functions can be found */
function kernelFrom(path: string): TapeImage {
  const image = readImage(path);
  const { kind } = parseKernel(image);
  if (kind !== 'arm64-image' && kind !== 'elf' && kind !== 'freebsd')
    throw new Failure(`--kernel ${path}: neither an arm64 Image (plain or packed) nor an ELF; give the guest's kernel`);
  return { name: 'kernel', data: image.bytes };
}

/** What a trace is. */
type Kind = TextKind | 'trace.dat';
/** What perf records is read by the perf that recorded it. */
const PERF_MAGIC = Buffer.from('PERFILE2');
function kindOf(file: InputFile): Kind {
  const starts = (magic: Buffer): boolean => magic.equals(file.read(0, magic.length));
  if (starts(PERF_MAGIC))
    throw new Failure(
      `${file.path}: what "perf record" writes; "perf script -i ${file.path} > F" makes text of it, which import takes`,
    );
  return starts(TRACE_DAT_MAGIC) ? 'trace.dat' : textKindOf(file);
}
const recordsOf = (file: InputFile, kind: Kind, strange: Strange): Iterable<TraceRecord> =>
  kind === 'trace.dat' ? traceDatRecords(file, strange) : textRecords(file, strange);

function guestOf(records: Iterable<TraceRecord>): { readonly vcpus: number; readonly arch: GuestArch } {
  const host = new HostEvents(() => {});
  for (const record of records) host.add(record);
  const vcpus = host.exits === 0 ? 0 : Math.max(1, host.threads.count);
  return { vcpus, arch: host.isAarch32 ? 'armv7' : 'arm64' };
}

/** What `profile --costs` reads: a line a kind of exit, with the mean. */
function costsText(trace: string, handling: ReadonlyMap<string, Handled>): string {
  const lines = [...handling].map(([kind, { count, min, mean, max }]) => {
    const about = `# ${count} exits, ${Math.round(min)} to ${Math.round(max)} ns`;
    return `${kind.padEnd(20)} ${`${Math.round(mean)}ns`.padEnd(12)} ${about}\n`;
  });
  return [`# ${basename(trace)}: from each exit to the next entry, on average\n`, ...lines].join('');
}

interface Imported {
  readonly output: string;
  readonly kind: string;
  readonly events: number;
  readonly exits: number;
  readonly vcpus: number;
  readonly handling: ReadonlyMap<string, Handled>;
  readonly strange: Strange;
}
function tell({ output, kind, events, exits, vcpus, handling, strange }: Imported, json: boolean): void {
  const others = byCount(strange.others);
  if (json) {
    const unknown = { lines: strange.lines, ...(strange.first === undefined ? {} : { first: strange.first }) };
    const handlingNs = Object.fromEntries(handling);
    printJson({
      output,
      imported: kind,
      events,
      exits,
      vcpus,
      handlingNs,
      unknown,
      others: Object.fromEntries(others),
    });
    return;
  }
  say(`${output}: ${countText(exits)} exits of ${vcpus} vCPUs, ${countText(events)} events, from ${kind}`);
  if (others.length > 0) {
    const sum = others.reduce((total, [, count]) => total + count, 0);
    const named = others.slice(0, NAMED).map(([name, count]) => `${name} ${countText(count)}`);
    const more = others.length > NAMED ? `, and ${others.length - NAMED} kinds more` : '';
    say(`left out: ${countText(sum)} events that a tape has none for: ${named.join(', ')}${more}`);
  }
  if (strange.lines > 0)
    say(`not understood: ${countText(strange.lines)} lines, of which the first: ${strange.first ?? ''}`);
}
