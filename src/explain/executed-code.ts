import type { ViewLevel } from '../inspect/guest-view.ts';
import type { Machine } from '../machine/machine.ts';
import { addressIn, BlockWalk, type PlacedBlock } from './block-walk.ts';
import type { CodeImage, CodePlace } from './code-images.ts';

/** A block, and how often so many of its instructions were executed, beginning with the first. */
interface CountedBlock extends PlacedBlock {
  /** Of its first instruction. */
  readonly place: CodePlace | undefined;
  whole: number;
  /** By the number of instructions, where something ended it before its last. */
  parts: Map<number, number> | undefined;
}

/** Instructions in a row that were executed equally often, by addresses as their image counts. */
export interface ExecutedRun {
  readonly from: bigint;
  /** Behind the last one. */
  readonly to: bigint;
  /** How often each was executed. */
  readonly times: number;
}

/** Which code of what was executed, and how often: exact, whatever blocks it was executed in. */
export class ExecutedCode extends BlockWalk<CountedBlock> {
  readonly #placeOf: (pc: bigint, el: ViewLevel) => CodePlace | undefined;
  readonly #blocks: CountedBlock[] = [];
  #unplaced = 0;

  constructor(machine: Machine, placeOf: (pc: bigint, el: ViewLevel) => CodePlace | undefined) {
    super(machine);
    this.#placeOf = placeOf;
  }

  protected override place(placed: PlacedBlock): CountedBlock {
    const place = this.#placeOf(addressIn(placed, 0), placed.block.el === 0 ? 0 : 1);
    const counted = { ...placed, place, whole: 0, parts: undefined };
    if (place !== undefined) this.#blocks.push(counted);
    return counted;
  }
  protected override ran(counted: CountedBlock | undefined, instructions: number): void {
    if (instructions === 0) return;
    if (counted?.place === undefined) this.#unplaced += instructions;
    else if (instructions >= counted.length) {
      counted.whole++;
      this.#unplaced += instructions - counted.length;
    } else {
      counted.parts ??= new Map();
      counted.parts.set(instructions, (counted.parts.get(instructions) ?? 0) + 1);
    }
  }

  /** Instructions that were executed in no image that is known. */
  get unplaced(): number {
    return this.#unplaced;
  }
  /** The images of which something was executed. */
  get images(): readonly CodeImage[] {
    return [...new Set(this.#blocks.map(({ place }) => place?.image as CodeImage))];
  }

  /** What of an image was executed, in ascending order, without overlaps; what touches and was executed equally often is one. */
  runsOf(image: CodeImage): ExecutedRun[] {
    /** By address: how much oftener what begins there was executed than what is before. */
    const steps = new Map<bigint, number>();
    const step = (at: bigint, by: number): void => void steps.set(at, (steps.get(at) ?? 0) + by);
    for (const counted of this.#blocks) {
      const { place, length, whole, parts } = counted;
      if (place?.image !== image) continue;
      const first = addressIn(counted, 0);
      const add = (instructions: number, times: number): void => {
        step(place.linked, times);
        step(place.linked + addressIn(counted, instructions) - first, -times);
      };
      if (whole > 0) add(length, whole);
      for (const [instructions, times] of parts ?? []) add(instructions, times);
    }
    const runs: ExecutedRun[] = [];
    let [times, from] = [0, 0n];
    for (const [at, by] of [...steps].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (by === 0) continue;
      if (times > 0) runs.push({ from, to: at, times });
      times += by;
      from = at;
    }
    return runs;
  }
}
