import { jsonLine } from '../session/event-lines.ts';
import { withoutControls } from '../session/standard-output.ts';
import { type ExportSource, linesAsPieces, type Pieces } from './export-source.ts';

/** A JSON object an event, one a line, as `events --json` prints it. */
export const jsonl = ({ events, names }: ExportSource): Pieces =>
  linesAsPieces(
    (function* () {
      for (const event of events()) yield withoutControls(jsonLine(event, names));
    })(),
  );
