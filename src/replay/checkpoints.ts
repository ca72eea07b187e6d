import { Failure } from '../base/failure.ts';
import { saveParts } from '../base/stateful.ts';
import type { Followed } from '../machine/guest-ram.ts';
import type { Look, Machine } from '../machine/machine.ts';
import type { MemoryImage, PageContent } from '../machine/memory-image.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import type { TapeWriter } from '../trace/codec/tape-writer.ts';

/** Whether there is to be a checkpoint is looked at after so many instructions each: a part of the distance of state hashes. */
const GRAIN = 2 ** 22;
/**
 * What it costs to replay a stretch that was replayed before, in instructions of a tight loop: how much a guest does between exits
 * and stores to new pages shows how much of it runs in tight loops. Fitted to boots of Linux (Debian, both architectures), so that a stretch takes
 * a fifth to a third of a second.
 */
const COST = { exit: 25_000, page: 250_000, max: 2 ** 28 } as const;
/**
 * What it costs to keep the pages: the stretch has at least so many instructions for each, an exit counting as so many, so that a recording
 * takes little longer for it. More pages than `filled` are memory that is filled, faster than it is written to a tape or put back: of those
 * each makes the stretch a little longer still, up to `max`.
 */
const KEPT = { page: 32_768, filled: 2048, beyond: 8192, exit: 8192, max: 2 ** 30 } as const;

/** Where the checkpoints of a tape are: where a replay from one to the next is not too long, or after so many instructions each. */
export type CheckpointSpacing = 'by cost' | { readonly instructions: number };

/** What was run since the last checkpoint: instructions, exits, and pages that were written to. */
export interface Stretch {
  readonly instructions: number;
  readonly exits: number;
  readonly pages: number;
}

/** Is a checkpoint due by cost? */
export function isDue({ instructions, exits, pages }: Stretch): boolean {
  const replaying = instructions + exits * COST.exit + pages * COST.page;
  const keeping = Math.min(pages, KEPT.filled) * KEPT.page + Math.max(pages - KEPT.filled, 0) * KEPT.beyond;
  return replaying >= COST.max && instructions + exits * KEPT.exit >= Math.min(keeping, KEPT.max);
}

/** What is run: `counter` counts the exits. */
interface Run {
  readonly machine: Machine;
  readonly counter: { readonly exits: number };
}

/** From now on puts checkpoints of the machine on the tape (FORMAT.md, "Checkpoints"), where its run alone decides. */
export function makeCheckpoints(run: Run, writer: TapeWriter, spacing: CheckpointSpacing): void {
  run.machine.lookAt(new Checkpoints(run, writer, spacing));
}

class Checkpoints implements Look {
  readonly #run: Run;
  readonly #writer: TapeWriter;
  readonly #spacing: CheckpointSpacing;
  readonly #pages: Followed;
  /** Instructions and exits at the last checkpoint. */
  #last: { readonly instructions: number; readonly exits: number };
  at: { readonly instructions: number };

  constructor(run: Run, writer: TapeWriter, spacing: CheckpointSpacing) {
    this.#run = run;
    this.#writer = writer;
    this.#spacing = spacing;
    this.#pages = run.machine.ram.follow((page) => writer.wantsBefore(page));
    this.#last = this.#now();
    this.at = this.#next();
  }

  look(): void {
    if (this.#isDue() && this.#writer.hasRoomForCheckpoint && this.#make()) this.#last = this.#now();
    this.at = this.#next();
  }

  #now(): { readonly instructions: number; readonly exits: number } {
    const { machine, counter } = this.#run;
    return { instructions: machine.instructions, exits: counter.exits };
  }
  #next(): { readonly instructions: number } {
    const grain = this.#spacing === 'by cost' ? GRAIN : this.#spacing.instructions;
    return { instructions: (Math.floor(this.#run.machine.instructions / grain) + 1) * grain };
  }
  #isDue(): boolean {
    if (this.#spacing !== 'by cost') return true;
    const { instructions, exits } = this.#now();
    return isDue({
      instructions: instructions - this.#last.instructions,
      exits: exits - this.#last.exits,
      pages: this.#pages.count(),
    });
  }
  #make(): boolean {
    const { machine } = this.#run;
    const { icount, instructions } = machine;
    const memory = () => ({ pages: this.#pages.take(), root: machine.ram.hash().root });
    return this.#writer.checkpoint({ icount, instructions, parts: saveParts(machine.parts), memory });
  }
}

/** A page's content that is read from the tape when it is asked for. */
export const contentOnTape = (reader: TapeReader, content: number): PageContent => ({
  digest: reader.pageDigest(content),
  place: content,
  bytes: (into) => reader.pageContent(content, into),
});

/**
 * The memory of a checkpoint, from that of the one before it, or of the machine as it is built (FORMAT.md, "Checkpoints").
 * @param contentOf what a page held, by the number of its content
 * @throws Failure where the checkpoint is damaged, or another machine's
 */
export function imageOfCheckpoint(
  reader: TapeReader,
  number: number,
  before: MemoryImage,
  contentOf: (content: number) => PageContent = (content) => contentOnTape(reader, content),
): MemoryImage {
  const pages = reader.checkpointPages(number);
  const beyond = pages.find(({ page }) => page >= before.pages + before.diskPages);
  if (beyond !== undefined)
    throw new Failure(`a checkpoint of ${reader.path} has a page ${beyond.page}, which its machine has not`);
  return before.with(pages.map(({ page, content }) => [page, content === null ? null : contentOf(content)] as const));
}
