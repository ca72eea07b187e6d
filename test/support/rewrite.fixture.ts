import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type TapeImage, TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import { eventByName, type FieldsOf, type runEnd, type TapeEvent } from '../../src/trace/events/index.ts';
import { type ChangeCheckpoint, copyCheckpoints } from './checkpoints.fixture.ts';

export interface Changes {
  readonly semantics?: number;
  /** An event instead of the one with this number; undefined leaves it out. */
  readonly event?: (event: TapeEvent, ordinal: number) => TapeEvent | undefined;
  readonly image?: (image: TapeImage) => TapeImage;
  /** Keeps the checkpoints, or others in their places; they are left out otherwise. */
  readonly checkpoint?: ChangeCheckpoint;
}

/** Writes a tape anew, with changes: a well-formed tape of a run that never was. */
export function rewriteTape(
  from: string,
  to: string,
  { semantics, event = (e) => e, image = (i) => i, checkpoint }: Changes,
): void {
  const reader = TapeReader.open(from);
  const { header } = reader;
  const writer = TapeWriter.create(to, {
    ...header,
    semantics: semantics ?? header.semantics,
    images: reader.images.map((i) => image({ name: i.name, data: i.read() })),
  });
  for (const { ordinal, ...recorded } of reader.events()) {
    if (checkpoint !== undefined) copyCheckpoints(reader, ordinal, writer, checkpoint);
    const changed = event(recorded as TapeEvent, ordinal);
    if (changed === undefined) continue;
    if (changed.kind === 'run-end') writer.finish(changed as FieldsOf<typeof runEnd>);
    else writer.emit(eventByName(changed.kind) as never, changed as never);
  }
  writer.abort();
}
