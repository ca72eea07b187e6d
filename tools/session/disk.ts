import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import { OutputFile } from '../../src/host/output-file.ts';
import { isSystemError, systemError } from '../../src/host/system-error.ts';
import { type DiskFormat, openDisk } from '../../src/machine/disks/open-disk.ts';
import { type DiskPage, diskPages } from '../../src/replay/disks.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { numberOf } from './numbers.ts';
import { Outputs } from './outputs.ts';
import { parsePlace } from './places.ts';
import { printJson, say } from './standard-output.ts';
import { bytesText, countText, momentText } from './units.ts';
import { Viewer } from './viewer.ts';

/** Options of `disk`. */
export interface DiskArgs {
  readonly tape: string;
  readonly at: string;
  readonly disk: string;
  readonly base?: string | undefined;
  readonly format?: DiskFormat | undefined;
  readonly output: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Writes a disk. @throws Failure where the place is not on the tape, there is no such disk, or the file cannot be written */
export function writeDisk(args: DiskArgs): ExitStatus {
  const { tape, output, force } = args;
  const place = parsePlace('--at', args.at);
  const number = numberOf('--disk', args.disk);
  const outputs = new Outputs(force);
  outputs.reads(tape, 'the tape');
  outputs.reads(args.base, '--base');
  outputs.writes(output, '-o');
  const { base: path } = args;
  const format = args.format ?? (path?.endsWith('.qcow2') ? 'qcow2' : 'raw');
  const base = path === undefined ? undefined : openDisk(path, format);
  const { machine } = new Viewer(tape).go(place).view;
  const one = machine.disks[number];
  if (one === undefined) {
    const count = machine.disks.length;
    throw new Failure(`--disk ${number}: ${tape} has ${count === 0 ? 'no disks' : `disks 0 to ${count - 1}`}`);
  }
  if (base !== undefined && base.bytes !== one.bytes)
    throw new Failure(
      `--base ${path}: ${base.bytes} bytes, the disk has ${one.bytes}; give the file that it was recorded with`,
    );
  const counts: Record<DiskPage['from'], number> = { guest: 0, tape: 0, base: 0, nowhere: 0 };
  const pages = diskPages(TapeReader.open(tape), number, one, base, path ?? '');
  writeSparse(output, force, one.bytes, pages, ({ from }) => void counts[from]++);
  const { icount } = machine;
  const { guest: written, nowhere: unknown } = counts;
  if (args.json) printJson({ icount, output, bytes: one.bytes, pagesWritten: written, pagesUnknown: unknown });
  else {
    say(
      `${output}: ${bytesText(one.bytes)}, ${countText(written)} pages of it written by the guest; ${momentText(icount)}`,
    );
    if (unknown > 0)
      say(
        `${output}: ${countText(unknown)} pages that the guest never read are zeros; give --base, the file that it was recorded with`,
      );
  }
  return ExitStatus.ok;
}

/** A file of pages, without those that are all zero. */
function writeSparse(
  path: string,
  force: boolean,
  bytes: number,
  pages: Iterable<DiskPage>,
  seen: (page: DiskPage) => void,
): void {
  const file = OutputFile.create(path, { force, unfinished: 'disk' });
  try {
    for (const page of pages) {
      seen(page);
      const at = page.number * PAGE_BYTES;
      if (page.bytes !== null) file.write(page.bytes.subarray(0, Math.min(PAGE_BYTES, bytes - at)), at);
    }
    file.truncate(bytes);
    file.finish();
  } catch (error) {
    file.discard();
    if (error instanceof Failure || !isSystemError(error)) throw error;
    throw new Failure(`cannot write ${path}: ${systemError(error)}; make room or choose another place`);
  }
}
