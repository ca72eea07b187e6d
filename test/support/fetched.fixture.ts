import type { TestContext } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { fetchGuest, type GuestFiles } from '../../tools/guests/catalogue.ts';

/** A guest of the catalogue; where it cannot be fetched, the test is skipped and says why. */
export function fetched(context: TestContext, name: string): GuestFiles {
  try {
    return fetchGuest(name, () => {});
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return context.skip(error.message);
  }
}
