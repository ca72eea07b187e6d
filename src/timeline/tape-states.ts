import type { MemoryImage, PageContent } from '../machine/memory-image.ts';
import { contentOnTape, imageOfCheckpoint } from '../replay/checkpoints.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import type { PlacedState } from './states.ts';

/**
 * The checkpoints of a tape as states of its replay. Each is read when it is asked for, with the tables of pages of those before it; what
 * pages held is read where memory has something else.
 */
export function statesOfTape(reader: TapeReader, begin: ReplayState): PlacedState<ReplayState>[] {
  /** Images by the number of their checkpoint, as far as they were asked for. */
  const images: MemoryImage[] = [];
  const contents = new Map<number, PageContent>();
  const contentOf = (number: number): PageContent => {
    let content = contents.get(number);
    if (content === undefined) {
      content = contentOnTape(reader, number);
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
