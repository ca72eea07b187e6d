import type { TestContext } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { hasApt } from '../../tools/guests/apt.ts';
import { guestsFolder } from '../../tools/guests/catalogue.ts';
import { inWorkFolder } from '../../tools/guests/work-folder.ts';

/** Makes what a test keeps of Debian's packages, in a work folder that is taken away again; where they cannot be had, the test is skipped and says why. */
export function madeOfPackages(context: TestContext, name: string, make: (work: string) => void): void {
  if (!hasApt()) context.skip(`${name} needs apt-get and dpkg-deb, which this system has not`);
  try {
    inWorkFolder(guestsFolder(), name, make);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.skip(error.message);
  }
}
