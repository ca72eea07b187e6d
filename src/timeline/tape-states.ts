import { PAGE_BYTES } from '../base/page.ts';
import type { PageContent } from '../machine/memory-image.ts';
import { contentOnTape, imageOfCheckpoint } from '../replay/checkpoints.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { CheckpointImages } from './checkpoint-images.ts';
import type { PlacedState } from './states.ts';

/** Contents that stay unpacked and checked, 64 MiB of them: places near each other have most of theirs in common. */
const CONTENTS_KEPT = 16384;
/** Contents of which images have the same object, where they have the same page. */
const CONTENTS_KNOWN = 2 ** 18;
/** They lie together: a buffer for each would be much to do for the garbage collector. */
const CONTENTS_A_BUFFER = 64;

/**
 * The checkpoints of a tape as states of its replay. Each is read when it is asked for, with the tables of pages of those before it; what
 * pages held is read where memory has something else.
 * @param keeps what was read, for who goes here and there
 */
export function statesOfTape(reader: TapeReader, begin: ReplayState, keeps: boolean): PlacedState<ReplayState>[] {
  const contents = new Map<number, PageContent>();
  const kept = new Map<number, Uint8Array>();
  let buffer = new Uint8Array(0);
  const bytesOf = (number: number, { bytes: read }: PageContent): Uint8Array => {
    let bytes = kept.get(number);
    if (bytes === undefined) {
      if (kept.size >= CONTENTS_KEPT) kept.clear();
      const at = (kept.size % CONTENTS_A_BUFFER) * PAGE_BYTES;
      if (at === 0) buffer = new Uint8Array(CONTENTS_A_BUFFER * PAGE_BYTES);
      bytes = buffer.subarray(at, at + PAGE_BYTES);
      read(bytes);
      kept.set(number, bytes);
    }
    return bytes;
  };
  const contentOf = (number: number): PageContent => {
    let content = contents.get(number);
    if (content === undefined) {
      if (contents.size >= CONTENTS_KNOWN) contents.clear();
      const onTape = contentOnTape(reader, number);
      content = keeps ? { ...onTape, bytes: () => bytesOf(number, onTape) } : onTape;
      contents.set(number, content);
    }
    return content;
  };
  const images = new CheckpointImages(reader.checkpoints.length, begin.machine.memory, (number, before) =>
    imageOfCheckpoint(reader, number, before, contentOf),
  );
  return reader.checkpoints.map(({ icount }, number) => ({
    icount,
    first: true,
    load: () => {
      const { parts, ordinal, root } = reader.checkpoint(number);
      return { machine: { parts, memory: images.of(number) }, ordinal, root };
    },
  }));
}
