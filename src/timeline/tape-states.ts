import { PAGE_BYTES } from '../base/page.ts';
import type { MemoryImage, PageContent } from '../machine/memory-image.ts';
import { contentOnTape, imageOfCheckpoint } from '../replay/checkpoints.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import type { PlacedState } from './states.ts';

/** Contents that stay unpacked and checked, 64 MiB of them: places near each other have most of theirs in common. */
const CONTENTS_KEPT = 16384;
/** They lie together: a buffer for each would be much to do for the garbage collector. */
const CONTENTS_A_BUFFER = 64;

/**
 * The checkpoints of a tape as states of its replay. Each is read when it is asked for, with the tables of pages of those before it; what
 * pages held is read where memory has something else.
 */
export function statesOfTape(reader: TapeReader, begin: ReplayState): PlacedState<ReplayState>[] {
  /** Images by the number of their checkpoint, as far as they were asked for. */
  const images: MemoryImage[] = [];
  const contents = new Map<number, PageContent>();
  const kept = new Map<number, Uint8Array>();
  let buffer = new Uint8Array(0);
  const bytesOf = (number: number, read: () => Uint8Array): Uint8Array => {
    let bytes = kept.get(number);
    if (bytes === undefined) {
      if (kept.size >= CONTENTS_KEPT) kept.clear();
      const at = (kept.size % CONTENTS_A_BUFFER) * PAGE_BYTES;
      if (at === 0) buffer = new Uint8Array(CONTENTS_A_BUFFER * PAGE_BYTES);
      bytes = buffer.subarray(at, at + PAGE_BYTES);
      bytes.set(read());
      kept.set(number, bytes);
    }
    return bytes;
  };
  const contentOf = (number: number): PageContent => {
    let content = contents.get(number);
    if (content === undefined) {
      const { digest, bytes } = contentOnTape(reader, number);
      content = { digest, bytes: () => bytesOf(number, bytes) };
      contents.set(number, content);
    }
    return content;
  };
  const imageOf = (number: number): MemoryImage => {
    for (let n = images.length; n <= number; n++)
      images.push(imageOfCheckpoint(reader, n, images[n - 1] ?? begin.machine.memory, contentOf));
    return images[number] as MemoryImage;
  };
  return reader.checkpoints.map(({ icount }, number) => ({
    icount,
    first: true,
    load: () => {
      const { parts, ordinal, root } = reader.checkpoint(number);
      return { machine: { parts, memory: imageOf(number) }, ordinal, root };
    },
  }));
}
