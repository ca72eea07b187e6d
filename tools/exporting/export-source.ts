// exporting/: a tape's events in the formats of other tools, each a generator of pieces.

import type { InterruptLife } from '../../src/analysis/interrupt-lives.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { TapeHeader } from '../../src/trace/codec/header.ts';
import type { GuestNames } from '../session/event-lines.ts';

/** What an export is made of. */
export interface ExportSource {
  /** The tape's name, for people. */
  readonly title: string;
  readonly header: TapeHeader;
  readonly vcpus: number;
  readonly names: GuestNames;
  /** The events asked for, in the order of the tape: a new pass over it each time. */
  events(): Iterable<RecordedEvent>;
  /** The lives of interrupts that were raised, or first seen, among them. */
  interrupts(): Iterable<InterruptLife>;
}

/** Pieces of a file, one after the other: memory holds no more than one of them. */
export type Pieces = Iterable<string | Uint8Array>;

const PIECE_CHARS = 64 * 1024;

/** Lines as large pieces. */
export function* linesAsPieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE_CHARS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
