import { hex } from '../../src/base/bits.ts';
import { ExitStatus } from '../../src/base/failure.ts';
import { type ElfCore, elfCore } from '../../src/inspect/elf-core.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import { writeTo } from './mem.ts';
import { Outputs } from './outputs.ts';
import { parsePlace } from './places.ts';
import { printJson, say } from './standard-output.ts';
import { bytesText, countText, momentText } from './units.ts';
import { Viewer } from './viewer.ts';

/** Options of `core`. */
export interface CoreArgs {
  readonly tape: string;
  readonly at: string;
  readonly output: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Writes a core of the guest as it is, into a new file; what is said of it. @throws Failure where it cannot be written */
export function writeCore(view: GuestView, output: string): readonly string[] {
  new Outputs(false).writes(output, 'core');
  const made = elfCore(view);
  writeTo(output, false, made.pieces());
  return linesOf(output, made, view.machine.icount);
}

function linesOf(output: string, { bytes, segments, vmcoreinfo, isWhole }: ElfCore, icount: number): string[] {
  const info = vmcoreinfo ? 'with VMCOREINFO' : 'without VMCOREINFO: no kernel has made it yet';
  return [
    `${output}: ${bytesText(bytes)}, ${countText(segments)} segments, ${info}; ${momentText(icount)}`,
    ...(isWhole
      ? []
      : [`${output}: the guest maps more than a core can list; some of its virtual addresses are left out`]),
  ];
}

/** Writes a core. @throws Failure where the place is not on the tape, or the file cannot be written */
export function core({ tape, at, output, force, json }: CoreArgs): ExitStatus {
  const place = parsePlace('--at', at);
  const outputs = new Outputs(force);
  outputs.reads(tape, 'the tape');
  outputs.writes(output, '-o');
  const { view } = new Viewer(tape).go(place);
  const made = elfCore(view);
  writeTo(output, force, made.pieces());
  const { icount } = view.machine;
  const { bytes, segments, vmcoreinfo, linearOffset, isWhole } = made;
  if (json) {
    const offset = linearOffset === undefined ? {} : { linearOffset: hex(linearOffset) };
    printJson({ icount, output, bytes, segments, vmcoreinfo, ...offset, whole: isWhole });
  } else for (const line of linesOf(output, made, icount)) say(line);
  return ExitStatus.ok;
}
