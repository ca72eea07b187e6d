import { JsonLines } from '../session/json-lines.ts';
import { type ExportSource, linesAsPieces, type Pieces } from './export-source.ts';

/** A JSON object an event, one a line, as `events --json` prints it. */
export const jsonl = ({ events, names }: ExportSource): Pieces => {
  const lines = new JsonLines(names);
  return linesAsPieces(
    (function* () {
      for (const event of events()) yield lines.line(event);
    })(),
  );
};
