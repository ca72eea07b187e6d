import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { ExportSource } from '../exporting/export-source.ts';

/** Options of `export`. */
export interface ExportArgs {
  readonly tape: string;
  readonly to: string;
  readonly output: string;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly symbols?: string | undefined;
  /** ELFs of the guest's programs. */
  readonly program?: readonly string[] | undefined;
  /** Of Parquet's, the table. */
  readonly table?: string | undefined;
  /** Of Tarmac's: what instructions read and wrote, too. */
  readonly memory: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

/** Takes a format's pieces, one after the other. */
export type Put = (piece: string | Uint8Array) => void;

/** What a format is made of. */
export interface Exported {
  readonly args: ExportArgs;
  readonly reader: TapeReader;
  /** The events, for who takes them one by one. @throws Failure where the tape holds inputs only */
  readonly source: () => ExportSource;
}
/** A format that a tape is exported to. */
export interface Format {
  readonly describe: string;
  /** Loads what makes it, which puts its pieces. */
  readonly load: () => Promise<(exported: Exported, put: Put) => void | Promise<void>>;
}
