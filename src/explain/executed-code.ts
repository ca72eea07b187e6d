import { addressIn, BlockWalk, type PlacedBlock } from './block-walk.ts';

/** A block, and how often so many of its instructions were executed, beginning with the first. */
interface CountedBlock extends PlacedBlock {
  whole: number;
  /** By the number of instructions, where something ended it before its last. */
  parts: Map<number, number> | undefined;
}

/** Instructions in a row that were executed equally often. */
export interface ExecutedRun {
  readonly from: bigint;
  /** Behind the last one. */
  readonly to: bigint;
  /** Exception level. */
  readonly el: number;
  readonly instructions: number;
  /** How often each was executed. */
  readonly times: number;
}

/** Which instructions were executed, and how often each: exact counts. */
export class ExecutedCode extends BlockWalk<CountedBlock> {
  readonly #blocks: CountedBlock[] = [];
  /** Instructions that retired in no block: none, unless the walk began in the midst of one. */
  unplaced = 0;

  protected override place(placed: PlacedBlock): CountedBlock {
    const counted = { ...placed, whole: 0, parts: undefined };
    this.#blocks.push(counted);
    return counted;
  }
  protected override ran(counted: CountedBlock | undefined, instructions: number): void {
    if (instructions === 0) return;
    if (counted === undefined) this.unplaced += instructions;
    else if (instructions >= counted.length) {
      counted.whole++;
      this.unplaced += instructions - counted.length;
    } else {
      counted.parts ??= new Map();
      counted.parts.set(instructions, (counted.parts.get(instructions) ?? 0) + 1);
    }
  }

  /** All that was executed, block by block: an instruction may be in several. */
  *runs(): Generator<ExecutedRun> {
    for (const counted of this.#blocks) {
      const { block, length, whole, parts } = counted;
      const run = (from: number, to: number, times: number): ExecutedRun => ({
        from: addressIn(counted, from),
        to: addressIn(counted, to),
        el: block.el,
        instructions: to - from,
        times,
      });
      // From the end: the n-th instruction was executed each time that more than n were.
      const ends = [...(parts ?? [])];
      if (whole > 0) ends.push([length, whole]);
      ends.sort(([a], [b]) => b - a);
      let times = 0;
      for (const [n, [end, more]] of ends.entries()) {
        times += more;
        const from = ends[n + 1]?.[0] ?? 0;
        if (from < end) yield run(from, end, times);
      }
    }
  }
}
