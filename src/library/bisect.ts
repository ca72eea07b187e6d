import { type BisectResult, checkComparable, findParting, partingOptions } from '../explain/bisect.ts';
import { type Effect, effectOf } from '../explain/effect.ts';
import { Pair } from '../explain/pair.ts';
import { openTimeline } from './replay.ts';

/** Where two runs part, and what differs behind the first instruction that has another effect. */
export interface Bisected {
  /** `found` with its count; `same` where no instruction has another effect; `semantics` where a tape does not replay here. */
  readonly result: BisectResult;
  /** Of what was found. */
  readonly effect?: Effect;
}

/**
 * Finds the first instruction at which two runs of machines of one kind have another effect, from the tapes' checkpoints where they have some.
 * @throws Failure of one line where the machines cannot be compared, or none can be made of a tape
 */
export function bisect(a: string, b: string): Bisected {
  const first = openTimeline(a);
  try {
    const second = openTimeline(b);
    try {
      checkComparable(first.reader, second.reader);
      const pair = new Pair(first.timeline, second.timeline);
      const result = findParting(pair, partingOptions(first.reader, second.reader));
      return 'icount' in result ? { result, effect: effectOf(pair, result) } : { result };
    } finally {
      second.reader.close();
    }
  } finally {
    first.reader.close();
  }
}
