import type { ColumnType, Row, TableDecl } from '../../src/analysis/tables/index.ts';
import type { MetaMap } from '../../src/trace/codec/msgpack.ts';
import { recordingDigest } from '../../src/trace/codec/recording-digest.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { consoleOut, eventByTag, isConsole, runEnd, vmExit } from '../../src/trace/events/index.ts';
import { guestWithKernel } from '../guests/catalogue.ts';

const declared = (name: string, type: ColumnType, about: string, nullable = true) => ({ name, type, about, nullable });

/** A tape as a whole: where and of what it was recorded, and how it ended. */
export const tapes: TableDecl = {
  name: 'tapes',
  about: 'a tape as a whole',
  columns: [
    declared('path', 'VARCHAR', 'the file it was read from', false),
    declared('digest', 'VARCHAR', 'SHA-256 of what was recorded: of header and events, however they are stored', false),
    declared('bytes', 'BIGINT', 'size of the file', false),
    declared('imported', 'VARCHAR', 'of a trace of a real host: what had written it; icounts are nanoseconds there'),
    declared('arch', 'VARCHAR', 'arm64 or armv7'),
    declared('cpu', 'VARCHAR', 'the processor, with its version'),
    declared('board', 'VARCHAR', 'the board, with its version'),
    declared('memory_bytes', 'BIGINT', "the guest's RAM"),
    declared('vcpus', 'INTEGER', 'number of vCPUs'),
    declared('gic_version', 'INTEGER', '2 or 3'),
    declared('append', 'VARCHAR', "the kernel's command line"),
    declared('kernel', 'VARCHAR', "SHA-256 of the kernel's file"),
    declared('kernel_version', 'VARCHAR', 'what it says of itself on the console: Linux 6.1.0-37-arm64'),
    declared('initrd', 'VARCHAR', "SHA-256 of the initial RAM disk's file"),
    declared('entropy_seed', 'UBIGINT', 'seed of all that is random for the guest'),
    declared('turn_counts', 'BIGINT', "counts of a vCPU's turn at most, where it is not the usual one"),
    declared('schedule_seed', 'UBIGINT', 'seed of lengths and order of turns, where they are random'),
    declared('rtc_epoch_seconds', 'BIGINT', 'what the clock shows at reset, in seconds since 1970'),
    declared('timer_policy', 'VARCHAR', 'direct, bhyve or bhyve-2018'),
    declared('level', 'VARCHAR', 'exits, or inputs: then it has no events but inputs and checks', false),
    declared('semantics', 'INTEGER', 'semantics version', false),
    declared('producer', 'VARCHAR', 'the program and version that recorded', false),
    declared('outcome', 'VARCHAR', 'as "record" prints it: poweroff, reset, panic, …; none of a tape that was cut off'),
    declared('reason', 'VARCHAR', 'the same for a person'),
    declared('first_icount', 'BIGINT', 'of its events'),
    declared('last_icount', 'BIGINT', 'of its events'),
    declared('seconds', 'DOUBLE', 'virtual time between them', false),
    declared('events', 'BIGINT', 'number of events', false),
    declared('exits', 'BIGINT', 'number of exits', false),
    declared('state_hash', 'VARCHAR', 'SHA-256 of the last state'),
    declared('console_sha256', 'VARCHAR', 'SHA-256 of all that the guest sent'),
    declared('whole', 'INTEGER', '1, or 0 of a tape that was cut off or is damaged', false),
  ],
};

const NAME_HEX_DIGITS = 12;

/** What the guest is called: by the catalogue, or by its kernel's digest. */
export function guestOf(reader: TapeReader): string {
  const kernel = reader.header.images.find(({ name }) => name === 'kernel')?.sha256;
  if (kernel === undefined) return 'unknown';
  return guestWithKernel(kernel) ?? `kernel-${kernel.slice(0, NAME_HEX_DIGITS)}`;
}

const text = (map: MetaMap, key: string): string | null => {
  const value = map[key];
  return typeof value === 'string' ? value : null;
};
const number = (map: MetaMap, key: string): number | null => {
  const value = map[key];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
};
function seedOf(map: MetaMap, key: 'entropySeed' | 'scheduleSeed'): bigint | null {
  const seed = text(map, key);
  return seed !== null && /^0x[0-9a-f]{1,16}$/.test(seed) ? BigInt(seed) : null;
}

/** A kernel says who it is at the beginning; no more of the console is kept to look for it. */
const BANNER_BYTES_MAX = 1 << 16;
const BANNER = /\b(Linux) version (\S{1,100})|\b(FreeBSD|OpenBSD|NetBSD) (\S{1,100})/;

/** What reading all of a tape shows. */
interface Read {
  readonly counts: ReadonlyMap<number, number>;
  readonly banner: string | null;
  readonly end: Readonly<Record<'outcome' | 'reason' | 'stateHash' | 'consoleSha256', string>> | undefined;
}

function readAll(reader: TapeReader): Read {
  const counts = new Map<number, number>();
  let said = '';
  let end: Read['end'];
  for (const frame of reader.eventFrames()) {
    for (const [tag, count] of frame.tagCounts) counts.set(tag, (counts.get(tag) ?? 0) + count);
    const told = said.length < BANNER_BYTES_MAX ? frame.table(consoleOut) : undefined;
    for (const [row, bytes] of (told?.column('bytes') ?? []).entries())
      if (isConsole(told?.column('device')[row] as number)) said += Buffer.from(bytes).toString('latin1');
    const ends = frame.table(runEnd);
    if (ends === undefined) continue;
    const last = (field: 'outcome' | 'reason' | 'stateHash' | 'consoleSha256'): string =>
      ends.column(field).at(-1) ?? '';
    end = {
      outcome: last('outcome'),
      reason: last('reason'),
      stateHash: last('stateHash'),
      consoleSha256: last('consoleSha256'),
    };
  }
  const [, linux, version, bsd, release] = BANNER.exec(said) ?? [];
  const banner = linux === undefined ? bsd && `${bsd} ${release}` : `${linux} ${version}`;
  return { counts, banner: banner ?? null, end };
}

/** The row of a tape. @throws Failure where it is damaged */
export function tapeRow(reader: TapeReader): Row {
  const { header, icounts, integrity } = reader;
  const { machine, images, level, semantics, producer } = header;
  const { counts, banner, end } = readAll(reader);
  const image = (name: string): string | null => images.find((one) => one.name === name)?.sha256 ?? null;
  let events = 0;
  for (const [tag, count] of counts) if (eventByTag(tag) !== undefined) events += count;
  return {
    path: reader.path,
    digest: recordingDigest(reader),
    bytes: reader.sizeBytes,
    imported: text(machine, 'imported'),
    arch: text(machine, 'arch'),
    cpu: text(machine, 'cpu'),
    board: text(machine, 'board'),
    memory_bytes: number(machine, 'memoryBytes'),
    vcpus: number(machine, 'vcpus'),
    gic_version: number(machine, 'gicVersion'),
    append: text(machine, 'append'),
    kernel: image('kernel'),
    kernel_version: banner,
    initrd: image('initrd'),
    entropy_seed: seedOf(machine, 'entropySeed'),
    turn_counts: number(machine, 'turnCounts'),
    schedule_seed: seedOf(machine, 'scheduleSeed'),
    rtc_epoch_seconds: number(machine, 'rtcEpochSeconds'),
    timer_policy: text(machine, 'timerPolicy'),
    level,
    semantics,
    producer,
    outcome: end?.outcome || null,
    reason: end?.reason || null,
    first_icount: icounts?.first ?? null,
    last_icount: icounts?.last ?? null,
    seconds: icounts === undefined ? 0 : (icounts.last - icounts.first) / 1e9,
    events,
    exits: counts.get(vmExit.tag) ?? 0,
    state_hash: end?.stateHash || null,
    console_sha256: end?.consoleSha256 || null,
    whole: integrity.complete && integrity.damagedFrames.length === 0 ? 1 : 0,
  };
}
