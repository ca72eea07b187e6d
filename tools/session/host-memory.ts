import { Failure } from '../../src/base/failure.ts';
import { bytesText } from './units.ts';

/** Builds a machine with so much RAM. @throws Failure where this system has no room for it */
export function withHostMemory<T>(ramBytes: number, build: () => T): T {
  try {
    return build();
  } catch (error) {
    // What V8 throws where memory for a WebAssembly.Memory or an array cannot be had.
    if (!(error instanceof RangeError && /allocat/i.test(error.message))) throw error;
    throw new Failure(
      `this system has no room for a guest with ${bytesText(ramBytes)} of RAM; give --memory less, or free some`,
    );
  }
}
