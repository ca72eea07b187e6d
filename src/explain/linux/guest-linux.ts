import type { GuestView } from '../../inspect/guest-view.ts';
import type { WordReader } from '../../inspect/memory-at-once.ts';
import type { PlacedKernel } from '../../machine/boot.ts';
import type { GuestSymbols } from '../../replay/symbols/guest-symbols.ts';
import { unpackedAt } from '../../replay/symbols/sources.ts';
import type { CodePlace } from '../code-images.ts';
import { findBtf } from './btf.ts';
import { addressesIn, LIST_NAME, LIST_USERS } from './find-modules.ts';
import { KernelMemory } from './kernel-memory.ts';
import { Modules } from './modules.ts';
import { commIn, nameAt, shapeOf } from './task-shape.ts';
import { kernelFrom, STACK_BYTES, type Task, Tasks } from './tasks.ts';

/** Why a guest's structures cannot be read, for messages. */
export const NO_TASKS =
  "the guest's kernel does not tell its types (BTF, CONFIG_DEBUG_INFO_BTF), and no list of tasks looks like Linux's: which task runs is not known";
export const NO_MODULES =
  "the guest's kernel does not tell its types (BTF, CONFIG_DEBUG_INFO_BTF), or is a 32-bit one: code of its modules is not named";
/** In the image of every Linux kernel, exported to modules. */
const ANCHOR = 'init_task';
/** Looks for the shape of tasks: at first at each moment, then ever rarer. */
const OFTEN = 16;
/** A function that is looked into is no longer. */
const CODE_BYTES_MAX = 512;

/** A guest that runs Linux, looked at by what its kernel tells of its own types. */
export class GuestLinux {
  readonly #view: GuestView;
  readonly #memory: KernelMemory;
  readonly #kernel: PlacedKernel;
  readonly #symbols: GuestSymbols | undefined;
  #tasks: Tasks | undefined;
  #modules: Modules | undefined;
  /** Where the list of modules may begin, and where it does. */
  #heads: readonly bigint[] | undefined;
  #modulesAt: bigint | undefined;
  #isRead = false;
  /** Where a task's name is, of a kernel that does not tell its types; and how often its tasks were looked for. */
  #comm: number | undefined;
  #looks = 0;
  #hasOthers = false;
  #mayBeModule = false;

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

  /** Whether it could be told which task runs: where the kernel tells its types, or its tasks were found, or none but the first has run. */
  get knowsTasks(): boolean {
    this.#read();
    return this.#tasks !== undefined || (this.#comm !== undefined && !this.#hasOthers);
  }
  /** Whether code was asked for that may be a module's, of a kernel whose modules cannot be told. */
  get lacksModules(): boolean {
    return this.#mayBeModule;
  }
  /** The task that runs; undefined where there is none yet, or nothing is known of it. */
  currentTask(): Task | undefined {
    this.#read();
    const initTask = this.#memory.anchorAt;
    if (this.#tasks === undefined && initTask !== undefined) return this.#taskByShape(initTask);
    return this.#tasks?.current({ view: this.#view, memory: this.#memory, initTask });
  }
  /** Before a second one runs there is no list of tasks to be found by its shape, and the first is known by its address. */
  #taskByShape(initTask: bigint): Task | undefined {
    const [memory, view] = [this.#memory, this.#view];
    const wordBytes = this.#kernel.arch === 'arm64' ? 8 : 4;
    const current = view.el === 0 ? undefined : view.register(wordBytes === 8 ? 'SP_EL0' : 'TPIDRURO');
    if (current === undefined || current < kernelFrom(initTask, wordBytes)) return undefined;
    if (current === initTask && this.#comm !== undefined)
      return { pid: 0, name: nameAt(memory, initTask + BigInt(this.#comm)) ?? '' };
    this.#hasOthers ||= current !== initTask;
    this.#looks++;
    if (this.#looks > OFTEN && (this.#looks & (this.#looks - 1)) !== 0) return undefined;
    this.#comm ??= commIn(memory, initTask);
    if (this.#comm === undefined || current === initTask) return undefined;
    const of = {
      wordBytes,
      kernelFrom: kernelFrom(initTask, wordBytes),
      stackBytes: BigInt(STACK_BYTES[wordBytes]),
    } as const;
    const shape = shapeOf(memory, initTask, this.#comm, of);
    if (shape === undefined) return undefined;
    this.#tasks = Tasks.byShape(shape, wordBytes);
    return this.#tasks.current({ view, memory, initTask });
  }

  /** The code of a module at a PC of the kernel's; undefined where there is none, or the kernel does not tell. */
  moduleAt(pc: bigint): CodePlace | undefined {
    this.#read();
    const modules = this.#modules;
    if (modules === undefined) {
      this.#mayBeModule ||= this.#memory.anchorAt !== undefined;
      return undefined;
    }
    this.#modulesAt ??= this.#findModules(modules);
    return this.#modulesAt === undefined ? undefined : modules.placeOf(pc, this.#modulesAt);
  }
  /** Before the first module is loaded the list looks like any other. */
  #findModules(modules: Modules): bigint | undefined {
    if (this.#memory.anchorAt === undefined) return undefined;
    this.#heads ??= this.#listHeads();
    return this.#heads.find((head) => modules.isList(head));
  }
  /** Without a name of its own it is what functions that go through it use. */
  #listHeads(): bigint[] {
    const placesOf = (name: string): readonly bigint[] =>
      this.#symbols?.named(name).flatMap(({ virtual }) => virtual) ?? [];
    const used = LIST_USERS.flatMap((name) => placesOf(name).flatMap((va) => addressesIn(this.#codeAt(va), va)));
    return [...new Set([...placesOf(LIST_NAME), ...used])].filter((head) => head % 8n === 0n);
  }
  #codeAt(va: bigint): Uint8Array {
    const bytes = Buffer.alloc(CODE_BYTES_MAX);
    for (let at = 0; at < CODE_BYTES_MAX; at += 4) {
      const word = this.#memory.word(va + BigInt(at), 4);
      if (word === undefined) return bytes.subarray(0, at);
      bytes.writeUInt32LE(Number(word), at);
    }
    return bytes;
  }

  #read(): void {
    if (this.#isRead) return;
    const image = this.#image();
    if (image === undefined) return;
    this.#isRead = true;
    const btf = findBtf(image);
    const isWide = this.#kernel.arch === 'arm64';
    this.#tasks ??= btf && Tasks.of(btf, isWide ? 8 : 4);
    this.#modules = btf && isWide ? Modules.of(btf, this.#memory) : undefined;
  }
  #image(): Uint8Array | undefined {
    const kernel = this.#kernel;
    switch (kernel.kind) {
      case 'elf':
      case 'freebsd':
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
