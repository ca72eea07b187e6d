import type { GuestView } from '../../inspect/guest-view.ts';
import type { WordReader } from '../../inspect/memory-at-once.ts';
import type { PlacedKernel } from '../../machine/boot.ts';
import type { GuestSymbols } from '../../replay/symbols/guest-symbols.ts';
import { unpackedAt } from '../../replay/symbols/sources.ts';
import { type Btf, findBtf } from './btf.ts';
import { KernelMemory } from './kernel-memory.ts';
import { type Task, Tasks } from './tasks.ts';

/** Why a guest's structures cannot be read, for messages. */
export const NO_BTF =
  "the guest's kernel does not tell its types (BTF, CONFIG_DEBUG_INFO_BTF): which task runs is not known";
/** In the image of every Linux kernel, exported to modules. */
const ANCHOR = 'init_task';

/** A guest that runs Linux, looked at by what its kernel tells of its own types. */
export class GuestLinux {
  readonly #view: GuestView;
  readonly #memory: KernelMemory;
  readonly #kernel: PlacedKernel;
  readonly #symbols: GuestSymbols | undefined;
  #btf: Btf | undefined;
  #tasks: Tasks | undefined;
  #isRead = false;

  /** `symbols`: the kernel's, where it has some. */
  constructor(view: GuestView, kernel: PlacedKernel, symbols: GuestSymbols | undefined) {
    this.#view = view;
    this.#kernel = kernel;
    this.#symbols = symbols;
    this.#memory = new KernelMemory(view, symbols?.named(ANCHOR)[0]);
  }

  /** The kernel's memory: of no use when the guest has run, until the next `refresh`. */
  get memory(): WordReader {
    return this.#memory;
  }
  /** The guest may have run since. */
  refresh(): void {
    this.#memory.refresh();
  }

  /** Whether the kernel's types are known: those of a zImage once it has unpacked itself. */
  get isTyped(): boolean {
    this.#read();
    return this.#tasks !== undefined;
  }
  /** The task that runs; undefined where there is none yet, or nothing is known of it. */
  currentTask(): Task | undefined {
    this.#read();
    return this.#tasks?.current({ view: this.#view, memory: this.#memory, initTask: this.#memory.anchorAt });
  }

  #read(): void {
    if (this.#isRead) return;
    const image = this.#image();
    if (image === undefined) return;
    this.#isRead = true;
    this.#btf = findBtf(image);
    this.#tasks = this.#btf && Tasks.of(this.#btf, this.#kernel.arch === 'arm64' ? 8 : 4);
  }
  #image(): Uint8Array | undefined {
    const kernel = this.#kernel;
    switch (kernel.kind) {
      case 'elf':
        return kernel.file;
      case 'zimage': {
        // Only a kernel that runs has unpacked itself.
        if (this.#symbols?.at(this.#view.pc) === undefined) return undefined;
        return this.#view.machine.vm.memory.view(unpackedAt(kernel), kernel.inflatedBytes)?.slice();
      }
      default:
        return kernel.bytes;
    }
  }
}
