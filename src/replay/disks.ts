import { sameBytes } from '../base/bytes.ts';
import { Failure } from '../base/failure.ts';
import { type BaseDisk, pageDigest } from '../machine/disks/base-disk.ts';
import { type DiskConfig, type DiskFault, LATENCY_DEFAULT } from '../machine/disks/disk-config.ts';
import { type DiskFormat, openDisk } from '../machine/disks/open-disk.ts';
import type { PageState } from '../machine/memory-image.ts';
import type { DiskInfo } from '../trace/codec/header.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import type { TapeWriter } from '../trace/codec/tape-writer.ts';

/** A disk that a run is given. */
export interface DiskSource {
  readonly base: BaseDisk;
  /** The file's path. */
  readonly file: string;
  readonly format: DiskFormat;
}

/** A disk that is asked for. */
export interface WantedDisk {
  /** Its file, which is never written to. */
  readonly file: string;
  /** How it holds the disk; raw where that is left out, whatever the file says. */
  readonly format?: DiskFormat;
  readonly readOnly?: boolean;
  /** What the guest knows it by. */
  readonly serial?: string | undefined;
  readonly fault?: DiskFault | undefined;
}

/** Disks of a machine, and where they come from. @throws Failure where one cannot be read */
export function openDisks(wanted: readonly WantedDisk[]): {
  readonly configs: readonly DiskConfig[];
  readonly sources: readonly DiskSource[];
} {
  const sources = wanted.map(({ file, format = 'raw' }) => ({ base: openDisk(file, format), file, format }));
  const configs = wanted.map(({ readOnly = false, serial = '', fault }, n): DiskConfig => {
    const { bytes } = (sources[n] as DiskSource).base;
    return { bytes, readOnly, serial, ...LATENCY_DEFAULT, ...(fault ? { fault } : {}) };
  });
  return { configs, sources };
}

/** Told of each page that the guest reads of what a disk began with; null: zeros. */
export type OnDiskPage = (disk: number, page: number, bytes: Uint8Array | null) => void;

/** A base of which somebody is told what is read: by requests (virtio 1.2, 5.2.6), and where a part of a page is written. */
export const toldBase = (base: BaseDisk, disk: number, told: OnDiskPage): BaseDisk => ({
  bytes: base.bytes,
  page(number) {
    const bytes = base.page(number);
    told(disk, number, bytes);
    return bytes;
  },
});

/** Has a page that digest? Null: zeros. */
const isThat = (bytes: Uint8Array | null, digest: Uint8Array | null): boolean =>
  bytes === null || digest === null ? bytes === digest : sameBytes(pageDigest(bytes), digest);

/** Two reads of one page differed. */
export const changedDisk = (file: string, page: number): Failure =>
  new Failure(`${file}: its page ${page} (4 KiB each) is another than before; give a disk that nobody changes`);

/** Which pages a guest has read, for a tape that is written when the run has ended. */
export class KeptDiskPages {
  readonly #disks: readonly DiskSource[];
  /** Digests by disk and page; null: zeros. */
  readonly #pages = new Map<string, Uint8Array | null>();

  constructor(disks: readonly DiskSource[]) {
    this.#disks = disks;
  }
  see(disk: number, page: number, bytes: Uint8Array | null): void {
    const key = `${disk}:${page}`;
    if (!this.#pages.has(key)) this.#pages.set(key, bytes === null ? null : pageDigest(bytes));
    else this.#check(disk, page, bytes);
  }
  #check(disk: number, page: number, bytes: Uint8Array | null): void {
    if (!isThat(bytes, this.#pages.get(`${disk}:${page}`) ?? null))
      throw changedDisk(this.#disks[disk]?.file ?? '', page);
  }
  /** Puts them on a tape, read once more. @throws Failure where they have changed */
  write(writer: TapeWriter): void {
    for (const key of this.#pages.keys()) {
      const [disk, page] = key.split(':').map(Number) as [number, number];
      const bytes = this.#disks[disk]?.base.page(page) ?? null;
      this.#check(disk, page, bytes);
      writer.diskPage(disk, page, bytes);
    }
  }
}

/** What a tape's guest asks for is not on it: of a tape that was cut off, its end. */
export class PageNotOnTape extends Failure {}

/**
 * What the disks of a tape's machine began with, as far as the tape knows it. Files that it needs are opened when they are read.
 * @param beyond what they began with, for a run that leaves the tape and may read what the recording did not
 */
export function disksOfTape(
  reader: TapeReader,
  disks: readonly DiskConfig[],
  beyond: readonly DiskSource[] = [],
): BaseDisk[] {
  return disks.map(({ bytes }, disk): BaseDisk => {
    const info = reader.header.disks?.[disk];
    let file = beyond[disk];
    return {
      bytes,
      page(number) {
        const known = reader.diskPages.page(disk, number);
        if (known === undefined && beyond[disk] !== undefined) return beyond[disk].base.page(number);
        if (known === undefined)
          throw new PageNotOnTape(
            `${reader.path}: page ${number} (4 KiB each) of disk ${disk} is not on the tape: its recording did not read it`,
          );
        if (known.digest === null || known.bytes !== null) return known.bytes;
        file ??= openNeeded(reader, disk, info, bytes);
        const read = file.base.page(number);
        if (!isThat(read, known.digest))
          throw new Failure(
            `${file.file}: its page ${number} (4 KiB each) is not the one that ${reader.path} was recorded with; give the disk as it was then`,
          );
        return read;
      },
    };
  });
}

/** The file of a disk that a tape names alone: where the recording had it, or beside the tape. */
function openNeeded(reader: TapeReader, disk: number, info: DiskInfo | undefined, bytes: number): DiskSource {
  const file = info?.file ?? '';
  const name = file.split(/[/\\]/).at(-1) ?? '';
  const format = info?.format === 'qcow2' ? 'qcow2' : 'raw';
  for (const path of [file, `${reader.path.replace(/[^/\\]*$/, '')}${name}`]) {
    if (name === '') continue;
    let base: BaseDisk;
    try {
      base = openDisk(path, format);
    } catch (error) {
      if (error instanceof Failure) continue;
      throw error;
    }
    if (base.bytes === bytes) return { base, file: path, format };
  }
  throw new Failure(
    `${reader.path}: disk ${disk} is not on the tape; its file ${JSON.stringify(name)} of ${bytes} bytes must lie in the tape's folder, or where it was`,
  );
}

/** A page of a disk at a moment: what it holds, zeros as null, and who knows it. */
export interface DiskPage {
  readonly number: number;
  readonly bytes: Uint8Array | null;
  readonly from: 'guest' | 'tape' | 'base' | 'nowhere';
}

/**
 * All pages of a disk as its guest has it.
 * @param base what the disk began with, for what the guest never read; its pages that the tape knows must be the tape's
 * @throws Failure where they are not
 */
export function* diskPages(
  reader: TapeReader,
  disk: number,
  now: { readonly pages: number; content(page: number): PageState | undefined },
  base: BaseDisk | undefined,
  file: string,
): Generator<DiskPage> {
  const known = new Set(reader.diskPages.pages(disk));
  for (let number = 0; number < now.pages; number++) {
    const below = base?.page(number) ?? null;
    const onTape = known.has(number) ? reader.diskPages.page(disk, number) : undefined;
    if (base !== undefined && onTape !== undefined && !isThat(below, onTape.digest))
      throw new Failure(
        `${file}: its page ${number} (4 KiB each) is not the one that ${reader.path} was recorded with`,
      );
    const own = now.content(number);
    if (own !== undefined) yield { number, bytes: own?.bytes() ?? null, from: 'guest' };
    else if (base !== undefined) yield { number, bytes: below, from: 'base' };
    else if (onTape !== undefined && (onTape.bytes !== null || onTape.digest === null))
      yield { number, bytes: onTape.bytes, from: 'tape' };
    else yield { number, bytes: null, from: 'nowhere' };
  }
}
