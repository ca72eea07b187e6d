import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { Failure } from '../../src/base/failure.ts';
import { makeFolder } from '../../src/host/files.ts';
import { writeWhole } from '../../src/host/output-file.ts';
import { systemError } from '../../src/host/system-error.ts';
import { zstd } from '../../src/host/zstd.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { recordingDigest } from '../../src/trace/codec/recording-digest.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { writeParquet } from './parquet.ts';
import { tablesOfTape } from './tape-tables.ts';

/**
 * A dataset: Parquet files of many tapes, DATASET/TABLE/guest=NAME/tape=DIGEST/part-0.parquet, as Hive lays out partitions, so that a folder
 * is a table to whatever reads Parquet. The table `tapes` is its manifest, and its file the last of a tape that comes: a tape is in the
 * dataset when that is. A tape is made whole in a folder of its own under `_staging`, which gets the name of a tape that is ready in one step;
 * from there its files are moved. Whoever finds one that is ready moves what is left of it: so what was killed in between is finished by the next.
 */

const MARK = 'dataset.json';
const STAGING = '_staging';
const READY = '.ready';
const PART = 'part-0.parquet';
const MANIFEST = 'tapes';
/** Raised when tables change in a way that older files do not have. */
const VERSION = 1;
/** What was left behind by an addition that was killed is taken away after so long. */
const STALE_MS = 24 * 3600 * 1000;
/** A part of a path, which needs no quotes anywhere. */
const GUEST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** A row of the manifest: a tape's row of `tapes`, with its partition. */
export type ManifestRow = Readonly<Record<string, unknown>> & { readonly guest: string; readonly tape: string };

/** Names of a folder's entries; none where it is not there. */
function entriesOf(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

const partition = (guest: string, tape: string): string => join(`guest=${guest}`, `tape=${tape}`);

/** A dataset in a folder. */
export class Dataset {
  readonly path: string;

  /** @throws Failure where there is none, or one that this program does not read */
  static open(path: string): Dataset {
    const dataset = new Dataset(path);
    dataset.#check();
    dataset.#finishOthers();
    return dataset;
  }
  /** The same; where there is nothing yet, an empty one. @throws Failure where there is something else */
  static openOrCreate(path: string): Dataset {
    try {
      makeFolder(path);
      if (!existsSync(join(path, MARK))) {
        const others = entriesOf(path).filter((name) => name !== STAGING && !name.startsWith(MARK));
        if (others.length > 0)
          throw new Failure(`${path}: no dataset, and not empty (${others[0]}); give another folder for a new dataset`);
        writeWhole(join(path, MARK), `${JSON.stringify({ format: 'hypertape dataset', version: VERSION }, null, 2)}\n`);
      }
    } catch (error) {
      throw error instanceof Failure ? error : cannotWrite(path, error);
    }
    return Dataset.open(path);
  }

  private constructor(path: string) {
    this.path = resolve(path);
  }

  #check(): void {
    let mark: { format?: unknown; version?: unknown };
    try {
      mark = JSON.parse(readFileSync(join(this.path, MARK), 'utf8')) as typeof mark;
    } catch (error) {
      const why = codeOf(error) === '' ? `its ${MARK} is damaged` : systemError(error);
      throw new Failure(`cannot read ${this.path}: ${why}; "hypertape dataset add T… DIR" makes a dataset`);
    }
    if (mark.format !== 'hypertape dataset' || mark.version !== VERSION)
      throw new Failure(
        `${this.path}: a dataset of version ${String(mark.version)}, this hypertape has version ${VERSION}; add the tapes to a new one`,
      );
    const odd = /[*?[\]='\\]/.exec(this.path);
    if (odd !== null && process.platform !== 'win32')
      throw new Failure(
        `${this.path}: a dataset's path may not have ${odd[0]}, which means something to its readers; rename it`,
      );
  }

  /** The tapes that are in it, by guest and digest. */
  get partitions(): readonly { readonly guest: string; readonly tape: string }[] {
    const manifest = join(this.path, MANIFEST);
    return entriesOf(manifest).flatMap((folder) => {
      const [, guest] = /^guest=(.*)$/.exec(folder) ?? [];
      if (guest === undefined) return [];
      return entriesOf(join(manifest, folder)).flatMap((name) => {
        const [, tape] = /^tape=([0-9a-f]{64})$/.exec(name) ?? [];
        return tape !== undefined && existsSync(join(manifest, folder, name, PART)) ? [{ guest, tape }] : [];
      });
    });
  }

  /** The files of a table, of the tapes that are in the dataset: a tape without rows has none. */
  files(table: string): string[] {
    return this.partitions
      .map(({ guest, tape }) => join(this.path, table, partition(guest, tape), PART))
      .filter((path) => existsSync(path));
  }

  /** The manifest. @throws Failure where a file of it is damaged */
  async manifest(): Promise<ManifestRow[]> {
    const rows: ManifestRow[] = [];
    const compressors = { ZSTD: (packed: Uint8Array, bytes: number) => zstd().decompress(packed, bytes, bytes) };
    for (const { guest, tape } of this.partitions) {
      const path = join(this.path, MANIFEST, partition(guest, tape), PART);
      try {
        const file = new Uint8Array(readFileSync(path)).buffer;
        for (const row of await parquetReadObjects({ file, compressors })) rows.push({ ...row, guest, tape });
      } catch (error) {
        const why = codeOf(error) === '' ? 'it is damaged' : systemError(error);
        throw new Failure(`cannot read ${path}: ${why}; take its folder away and add the tape again`);
      }
    }
    return rows;
  }

  /** Adds a tape, unless it is there. @param guest what it is called; otherwise as `tapesOf` calls it. @throws Failure */
  add(reader: TapeReader, { guest: named, symbols }: { readonly guest?: string; readonly symbols?: string }): Added {
    if (named !== undefined && !GUEST_NAME.test(named))
      throw new Failure(`--guest ${named}: give letters, digits, ".", "_" and "-", 64 at most`);
    const { guest: known, tables } = tablesOfTape(reader, symbols);
    const guest = named ?? known;
    // Damage in the events shows before anything is made of them.
    for (const frame of reader.eventFrames()) frame.check();
    const tape = recordingDigest(reader);
    const present = this.partitions.find((one) => one.tape === tape);
    if (present !== undefined) return { ...present, isNew: false, rows: 0 };
    const staging = join(this.path, STAGING, `${tape}.${randomBytes(8).toString('hex')}`);
    let rows = 0;
    try {
      this.#removeStale();
      for (const table of tables) {
        const folder = join(staging, table.name, partition(guest, tape));
        makeFolder(folder);
        const fd = openSync(join(folder, PART), 'wx');
        let count: number;
        try {
          count = writeParquet({ write: (bytes, offset) => writeAt(fd, bytes, offset) }, table, PRODUCER);
        } finally {
          closeSync(fd);
        }
        rows += count;
        if (count === 0) rmSync(join(staging, table.name), { recursive: true });
      }
      this.#commit(staging, tape);
    } catch (error) {
      rmSync(staging, { recursive: true, force: true });
      throw codeOf(error) === '' || error instanceof Failure ? error : cannotWrite(this.path, error);
    }
    return { guest, tape, isNew: true, rows };
  }

  /** From here on the tape comes, whatever happens to this process. */
  #commit(staging: string, tape: string): void {
    const ready = join(this.path, STAGING, `${tape}${READY}`);
    try {
      renameSync(staging, ready);
    } catch (error) {
      // Somebody else has just made the same.
      if (!['EEXIST', 'ENOTEMPTY', 'EPERM'].includes(codeOf(error))) throw error;
      rmSync(staging, { recursive: true, force: true });
    }
    this.#publish(ready);
  }

  /** Moves the files of a tape that is ready to where they belong, the manifest's last; others may be doing the same. */
  #publish(ready: string): void {
    const inOrder = entriesOf(ready).sort((a, b) => Number(a === MANIFEST) - Number(b === MANIFEST));
    for (const table of inOrder)
      for (const guest of entriesOf(join(ready, table)))
        for (const tape of entriesOf(join(ready, table, guest))) {
          const folder = join(this.path, table, guest, tape);
          makeFolder(folder);
          try {
            renameSync(join(ready, table, guest, tape, PART), join(folder, PART));
          } catch (error) {
            // It is where it belongs already.
            if (codeOf(error) !== 'ENOENT') throw error;
          }
        }
    rmSync(ready, { recursive: true, force: true });
  }
  #finishOthers(): void {
    for (const name of entriesOf(join(this.path, STAGING)))
      try {
        if (name.endsWith(READY)) this.#publish(join(this.path, STAGING, name));
      } catch (error) {
        // A dataset that may only be read: what is not in its manifest is not there yet.
        if (!['EACCES', 'EROFS', 'EPERM'].includes(codeOf(error))) throw cannotWrite(this.path, error);
      }
  }
  #removeStale(): void {
    const staging = join(this.path, STAGING);
    for (const name of entriesOf(staging)) {
      const path = join(staging, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (!name.endsWith(READY) && stat !== undefined && Date.now() - stat.mtimeMs > STALE_MS)
        rmSync(path, { recursive: true, force: true });
    }
  }
}

/** What became of a tape. */
export interface Added {
  readonly guest: string;
  readonly tape: string;
  /** false: it was there, perhaps under another guest's name. */
  readonly isNew: boolean;
  readonly rows: number;
}

function writeAt(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}

const cannotWrite = (path: string, error: unknown): Failure =>
  new Failure(`cannot write ${path}: ${systemError(error)}; make room or choose another place`);
