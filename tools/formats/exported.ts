import type { ExportSource } from '../exporting/export-source.ts';

/** Options of `export`. */
export interface ExportArgs {
  readonly tape: string;
  readonly to: string;
  readonly output: string;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly symbols?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Takes a format's pieces, one after the other. */
export type Put = (piece: string | Uint8Array) => void;

/** What a format is made of. */
export interface Exported {
  readonly args: ExportArgs;
  /** The events, for who takes them one by one. @throws Failure where the tape holds inputs only */
  readonly source: () => ExportSource;
}
/** A format that a tape is exported to. */
export interface Format {
  readonly describe: string;
  /** Loads what makes it, which puts its pieces. */
  readonly load: () => Promise<(exported: Exported, put: Put) => void | Promise<void>>;
}
