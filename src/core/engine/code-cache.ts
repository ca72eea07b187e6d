import { assert } from '../../base/assert.ts';
import type { Cpu } from '../cpu.ts';
import { instantiateHelpers } from '../helpers/instantiate.ts';
import * as cells from '../state/cells.ts';
import { instantiateRuntime, type Runtime } from '../wasm/runtime-module.ts';

export const PAGE_SHIFT = 12;
const PAGE_BYTES = 1 << PAGE_SHIFT;
/** Blocks start at even offsets (T32); A64 uses every other place. */
const PLACES_A_PAGE = PAGE_BYTES / 2;
const SLOTS_MAX = 1 << 18;

/** Calls that translated code makes into the run time: (what, budget left before this instruction) -> 1 to abandon it. */
export interface RuntimeImports {
  load(info: number, remaining: number): number;
  store(info: number, remaining: number): number;
  runtime(info: number, remaining: number): number;
}

/** What is known of one physical page as code: the table slot of each block, by configuration and offset. */
class CodePage {
  readonly slots = new Map<number, Int32Array>();
}

/**
 * Translated blocks, by (physical page, offset, configuration). A block keeps its slot in the table when its
 * translation is dropped, so that jump cache entries stay good: the slot then holds the stub.
 */
export class CodeCache {
  readonly table: WebAssembly.Table;
  readonly runtime: Runtime;
  readonly helpers: ReturnType<typeof instantiateHelpers>;
  readonly #imports: Record<string, Record<string, never>>;
  readonly #pages = new Map<number, CodePage>();
  /** 1 for physical pages with translated code. */
  readonly codePages: Uint8Array;
  readonly #translated = new Uint8Array(SLOTS_MAX);
  #slotCount = 0;

  constructor(cpu: Cpu, imports: RuntimeImports) {
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: SLOTS_MAX, maximum: SLOTS_MAX });
    this.runtime = instantiateRuntime(cpu.memory, this.table);
    const e = { memory: cpu.memory, table: this.table, jump: this.runtime.jump, ...imports };
    this.helpers = instantiateHelpers(cpu.memory);
    this.#imports = { e, h: this.helpers } as never;
    this.codePages = new Uint8Array(Math.ceil(cpu.hostBytes / PAGE_BYTES));
  }

  get isFull(): boolean {
    return this.#slotCount > SLOTS_MAX - PLACES_A_PAGE;
  }
  isTranslated(slot: number): boolean {
    return this.#translated[slot] === 1;
  }

  /** The slot of a block, made if need be (then holding the stub). */
  slot(page: number, offset: number, config: number): number {
    let code = this.#pages.get(page);
    if (!code) this.#pages.set(page, (code = new CodePage()));
    let slots = code.slots.get(config);
    if (!slots) code.slots.set(config, (slots = new Int32Array(PLACES_A_PAGE).fill(-1)));
    const known = slots[offset >> 1] as number;
    if (known >= 0) return known;
    assert(this.#slotCount < SLOTS_MAX, 'the code cache is flushed before it overflows');
    const slot = this.#slotCount++;
    slots[offset >> 1] = slot;
    this.table.set(slot, this.runtime.stub);
    return slot;
  }

  /** Instantiates a module, whose element segments put its blocks into their slots. */
  install(page: number, module: Uint8Array, slots: readonly number[]): void {
    new WebAssembly.Instance(new WebAssembly.Module(module), this.#imports);
    for (const slot of slots) this.#translated[slot] = 1;
    this.codePages[page] = 1;
  }

  /** Drops the translations of a physical page, because it was written to. */
  invalidate(page: number): void {
    this.codePages[page] = 0;
    for (const slots of this.#pages.get(page)?.slots.values() ?? []) {
      for (const slot of slots) {
        if (slot >= 0 && this.#translated[slot]) {
          this.#translated[slot] = 0;
          this.table.set(slot, this.runtime.stub);
        }
      }
    }
  }

  /** Drops everything. The jump cache must be cleared with it. */
  flush(): void {
    for (let slot = 0; slot < this.#slotCount; slot++) this.table.set(slot, this.runtime.stub);
    this.#translated.fill(0);
    this.#slotCount = 0;
    this.#pages.clear();
    this.codePages.fill(0);
  }
}

/** The jump cache in linear memory: VA and context to slot. */
export class JumpCache {
  readonly #u32: Uint32Array;
  /** By a hash of the VA page: whether entries of such a page may be there, so that most invalidations touch nothing. */
  readonly #present = new Uint8Array(1 << 16);

  constructor(cpu: Cpu) {
    this.#u32 = cpu.u32;
  }
  #hash(vaLo: number, vaHi: number): number {
    return ((vaLo >>> PAGE_SHIFT) ^ (vaHi << 4)) & 0xffff;
  }
  insert(vaLo: number, vaHi: number, context: number, slot: number): void {
    const at = (cells.JUMP_CACHE + ((vaLo << 2) & ((cells.JUMP_ENTRIES - 1) << 4))) >>> 2;
    this.#u32[at] = vaLo;
    this.#u32[at + 1] = vaHi;
    this.#u32[at + 2] = context;
    this.#u32[at + 3] = slot;
    this.#present[this.#hash(vaLo, vaHi)] = 1;
  }
  /** Slot for the VA in the context, or -1. */
  find(vaLo: number, vaHi: number, context: number): number {
    const at = (cells.JUMP_CACHE + ((vaLo << 2) & ((cells.JUMP_ENTRIES - 1) << 4))) >>> 2;
    const u32 = this.#u32;
    return u32[at] === vaLo && u32[at + 1] === vaHi && u32[at + 2] === context ? (u32[at + 3] as number) : -1;
  }
  /** Forgets the entries of one page of VAs, in all contexts. A page's entries are adjacent. */
  invalidatePage(vaLo: number, vaHi: number): void {
    const hash = this.#hash(vaLo, vaHi);
    if (this.#present[hash] === 0) return;
    this.#present[hash] = 0;
    const page = (vaLo & ~(PAGE_BYTES - 1)) << 2;
    const first = (cells.JUMP_CACHE + (page & ((cells.JUMP_ENTRIES - 1) << 4))) >>> 2;
    this.#u32.fill(0, first, first + PAGE_BYTES);
  }
  clear(): void {
    this.#u32.fill(0, cells.JUMP_CACHE >>> 2, (cells.JUMP_CACHE >>> 2) + 4 * cells.JUMP_ENTRIES);
    this.#present.fill(0);
  }
}
