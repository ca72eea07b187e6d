import { basename } from 'node:path';
import { type CodePlace, placeText } from '../../src/explain/code-images.ts';
import { CodeNames } from '../../src/explain/code-names.ts';
import { LineTable, type SourceLine } from '../../src/explain/dwarf/line-table.ts';
import { kernelImage, placeInKernel } from '../../src/explain/kernel-image.ts';
import { GuestLinux } from '../../src/explain/linux/guest-linux.ts';
import { Programs } from '../../src/explain/programs.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import type { PlacedKernel } from '../../src/machine/boot.ts';
import { isElf } from '../../src/machine/loaders/elf-file.ts';
import { readImage } from '../../src/machine/loaders/read-image.ts';
import type { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import { runningKernel } from '../../src/replay/symbols/tape-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';

/** Files that tell what code is. */
export interface CodeFiles {
  /** The kernel's symbols: an ELF or System.map. */
  readonly symbols?: string | undefined;
  /** ELFs of programs and libraries. */
  readonly programs?: readonly string[] | undefined;
}

/** What a Linux kernel's ELF is called. */
const VMLINUX = 'vmlinux';

/** What a guest's code is, wherever the guest of its view has come to. */
export class KnownCode {
  readonly names: CodeNames;
  readonly linux: GuestLinux;
  readonly #view: GuestView;

  /** `symbols`: the kernel's, where it has some. @throws Failure where a file is none */
  constructor(
    reader: TapeReader,
    view: GuestView,
    symbols: GuestSymbols | undefined,
    { symbols: path, programs = [] }: CodeFiles,
  ) {
    const kernel = runningKernel(reader);
    const image = symbols && kernelImage(symbols, nameOf(kernel, path), kernelLines(kernel, path));
    const files = new Programs(view, programs.map(readImage));
    const linux = new GuestLinux(view, kernel, symbols);
    this.#view = view;
    this.linux = linux;
    this.names = new CodeNames({
      kernelAt: (pc) => (symbols === undefined || image === undefined ? undefined : placeInKernel(image, symbols, pc)),
      isOfKernel: (pc) => symbols?.physicalOf(pc).includes(view.ipaOf(pc) ?? -1) === true,
      moduleAt: (pc) => {
        linux.refresh();
        return linux.moduleAt(pc);
      },
      programAt: (pc) => files.placeOf(pc),
    });
  }

  /** The code at a PC of the running exception level; else of the kernel's, which has addresses of its own. */
  placeOf(pc: bigint): CodePlace | undefined {
    const { el } = this.#view;
    return this.names.placeOf(pc, el) ?? (el === 0 ? this.names.placeOf(pc, 1) : undefined);
  }
  /** `function+0x10 [module]`. */
  textOf(pc: bigint): string | undefined {
    const place = this.placeOf(pc);
    return place && placeText(place);
  }
  sourceOf(pc: bigint): SourceLine | undefined {
    const place = this.placeOf(pc);
    return place?.image.lines?.at(place.linked);
  }
}

/** `function+0x10 [module] file.c:12`, as far as that is known. */
export function placeWithLine(place: CodePlace): string {
  const source = place.image.lines?.at(place.linked);
  return source === undefined ? placeText(place) : `${placeText(place)} ${source.file}:${source.line}`;
}

function nameOf({ kind, name }: PlacedKernel, path: string | undefined): string {
  if (path !== undefined) return basename(path);
  return kind === 'arm64-image' || kind === 'zimage' ? VMLINUX : basename(name);
}
/** The lines of the kernel's source: of the ELF of `--symbols`, else of the tape's own. */
export function kernelLines(kernel: PlacedKernel, path: string | undefined): LineTable | undefined {
  if (path !== undefined) {
    const { bytes } = readImage(path);
    return isElf(bytes) ? LineTable.read(bytes, path) : undefined;
  }
  return kernel.kind === 'elf' || kernel.kind === 'freebsd' ? LineTable.read(kernel.file, kernel.name) : undefined;
}
