import { codeOfBoth } from '../explain/code-of-both.ts';
import { type Differences, differences } from '../explain/differences.ts';
import { type RegisterAt, registerNames } from '../machine/register-names.ts';
import { machineOfTape } from '../replay/version.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { openTape } from './replay.ts';

/** How much `diff` lists. */
export interface DiffOptions {
  /** Stretches of differences; 100. */
  readonly regions?: number;
}

const REGIONS = 100;

/** Of a trace of a real host nothing is known of its devices. */
const registersOf = ({ header, path }: TapeReader): RegisterAt =>
  header.machine.imported === undefined ? registerNames(machineOfTape(header, path)) : () => undefined;

/**
 * In what two tapes differ: the first event and the kind of its cause, then everything behind it, laid beside each other at the same code;
 * undefined where they are of the same run. No machine runs, but to unpack a zImage's symbols where the kernels are others.
 * @throws Failure of one line where a tape is none, or damaged
 */
export function diff(a: string, b: string, { regions = REGIONS }: DiffOptions = {}): Differences | undefined {
  const first = openTape(a);
  try {
    const second = openTape(b);
    try {
      const found = differences(
        { a: first, b: second },
        { names: () => codeOfBoth({ reader: first }, { reader: second }), registerAt: registersOf(first), regions },
      );
      if (found === undefined) return undefined;
      const { names: _, ...told } = found;
      return told;
    } finally {
      second.close();
    }
  } finally {
    first.close();
  }
}
