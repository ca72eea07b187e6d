import { basename } from 'node:path';
import { CodeNames } from '../../src/explain/code-names.ts';
import { LineTable } from '../../src/explain/dwarf/line-table.ts';
import { kernelImage, placeInKernel } from '../../src/explain/kernel-image.ts';
import { GuestLinux } from '../../src/explain/linux/guest-linux.ts';
import { Programs } from '../../src/explain/programs.ts';
import type { UnwindingAt } from '../../src/inspect/arm-unwind.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import type { PlacedKernel } from '../../src/machine/boot.ts';
import { isElf } from '../../src/machine/loaders/elf.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import { kernelOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestSymbols } from '../session/event-symbols.ts';
import { withHostMemory } from '../session/host-memory.ts';

/** Files that tell what code is. */
export interface CodeFiles {
  /** The kernel's symbols: an ELF or System.map. */
  readonly symbols?: string | undefined;
  /** ELFs of programs and libraries. */
  readonly programs?: readonly string[] | undefined;
}
/** A tape's guest in a replay, with what its code and its tasks are called. */
export interface GuestCode {
  readonly timeline: Timeline;
  readonly view: GuestView;
  readonly names: CodeNames;
  readonly linux: GuestLinux;
  /** How frames of AArch32 code are undone. */
  readonly unwindingAt: UnwindingAt;
}

/** What a Linux kernel's ELF is called. */
const VMLINUX = 'vmlinux';

/** @throws Failure where there is no machine to be made of the tape, or a file is none */
export function openGuestCode(reader: TapeReader, { symbols: path, programs = [] }: CodeFiles): GuestCode {
  const symbols = guestSymbols(reader, path);
  const kernel = kernelOfTape(reader);
  const memoryBytes = Number(reader.header.machine.memoryBytes);
  const timeline = withHostMemory(memoryBytes, () => new Timeline(reader));
  const view = new GuestView(timeline.machine);
  const image = symbols && kernelImage(symbols, nameOf(kernel, path), linesOf(kernel, path));
  const files = new Programs(view, programs.map(readImage));
  const linux = new GuestLinux(view, kernel, symbols);
  const names = new CodeNames({
    kernelAt: (pc) => (symbols === undefined || image === undefined ? undefined : placeInKernel(image, symbols, pc)),
    isOfKernel: (pc) => symbols?.physicalOf(pc).includes(view.ipaOf(pc) ?? -1) === true,
    moduleAt: (pc) => {
      linux.refresh();
      return linux.moduleAt(pc);
    },
    programAt: (pc) => files.placeOf(pc),
  });
  return { timeline, view, names, linux, unwindingAt: (pc) => symbols?.unwind?.functionAt(pc) };
}

function nameOf({ kind, name }: PlacedKernel, path: string | undefined): string {
  if (path !== undefined) return basename(path);
  return kind === 'arm64-image' || kind === 'zimage' ? VMLINUX : basename(name);
}
function linesOf(kernel: PlacedKernel, path: string | undefined): LineTable | undefined {
  if (path !== undefined) {
    const { bytes } = readImage(path);
    return isElf(bytes) ? LineTable.read(bytes, path) : undefined;
  }
  return kernel.kind === 'elf' ? LineTable.read(kernel.file, kernel.name) : undefined;
}
