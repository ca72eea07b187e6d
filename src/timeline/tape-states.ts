import { Failure } from '../base/failure.ts';
import type { MemoryImage, PageContent } from '../machine/memory-image.ts';
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
      content = { digest: reader.pageDigest(number), bytes: () => reader.pageContent(number) };
      contents.set(number, content);
    }
    return content;
  };
  const imageOf = (number: number): MemoryImage => {
    for (let n = images.length; n <= number; n++) {
      const before = images[n - 1] ?? begin.machine.memory;
      const pages = reader.checkpointPages(n);
      const beyond = pages.find(({ page }) => page >= before.pages);
      if (beyond !== undefined)
        throw new Failure(`a checkpoint of ${reader.path} has a page ${beyond.page}, which its machine has not`);
      images.push(
        before.with(pages.map(({ page, content }) => [page, content === null ? null : contentOf(content)] as const)),
      );
    }
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
