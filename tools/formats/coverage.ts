import { basename } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { ExecutedCode } from '../../src/explain/executed-code.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import { type CoveredImage, drcov } from '../exporting/drcov.ts';
import { lcov } from '../exporting/lcov.ts';
import { openGuestCode } from '../profiling/guest-code.ts';
import { walkStretch } from '../profiling/instructions.ts';
import { ProfiledTape } from '../profiling/profiled-tape.ts';
import { say } from '../session/standard-output.ts';
import { countText } from '../session/units.ts';
import type { Exported, Put } from './exported.ts';

/** What was executed in the stretch that is asked for, from a replay of it. @throws Failure */
function covered({ args: { tape, from, until, symbols, program: programs } }: Exported): readonly CoveredImage[] {
  const profiled = new ProfiledTape(tape, { from, to: until, symbols, programs });
  profiled.mustReplay();
  const { timeline, names } = openGuestCode(profiled.reader, profiled.codeFiles);
  if (profiled.range.from !== undefined) timeline.seek(profiled.range.from);
  const code = new ExecutedCode(timeline.machine, (pc, el) => names.placeOf(pc, el));
  const stretch = walkStretch(timeline, code, profiled.range.to);
  const { unplaced, images } = code;
  const all = stretch.to - stretch.from - stretch.idle;
  if (images.length === 0)
    throw new Failure(
      `${tape}: none of its code is known; give --symbols with the kernel's System.map or ELF, or --program`,
    );
  if (unplaced > 0)
    say(
      `${tape}: ${countText(unplaced)} of ${countText(all)} instructions are of no image that is known, and left out`,
    );
  return images.map((image) => ({ image, runs: code.runsOf(image) }));
}

/** Which code was executed. */
export function drcovOf(exported: Exported, put: Put): void {
  for (const piece of drcov(covered(exported), PRODUCER)) put(piece);
}
/** How often each line was. @throws Failure where nothing has lines */
export function lcovOf(exported: Exported, put: Put): void {
  const found = covered(exported);
  if (found.every(({ image }) => image.lines === undefined))
    throw new Failure(
      '--to lcov: none of what was executed has lines of source; give --symbols or --program with an ELF that has DWARF (cc -g)',
    );
  for (const piece of lcov(found, basename(exported.args.tape))) put(piece);
}
