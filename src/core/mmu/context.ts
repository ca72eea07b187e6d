import { assert } from '../../base/assert.ts';

/** Context numbers fit below the page number in a tag of the inline TLBs; 0 marks empty entries. */
export const CONTEXTS_MAX = 4095;
/** Twice the contexts, so that searches stay short. */
const SLOTS = 8192;

/**
 * Numbers the contexts of the inline TLBs and the jump cache: a context is a space (tlb.ts), the serial of an ASID,
 * a setting of DACR and a translation configuration. Numbers are given out once; when they are used up, all start anew.
 */
export class ContextNumbers {
  readonly #space = new Int32Array(SLOTS);
  readonly #asid = new Int32Array(SLOTS);
  readonly #domains = new Int32Array(SLOTS);
  readonly #config = new Int32Array(SLOTS);
  readonly #context = new Uint16Array(SLOTS);
  #used = 0;

  /** The number of a context, or 0 where it has none and numbers are used up: then `clear` and whatever is tagged must go. */
  of(space: number, asid: number, domains: number, config: number): number {
    const hash = Math.imul(asid, 0x9e3779b1) ^ Math.imul(space, 0x85ebca6b) ^ Math.imul(config, 0xc2b2ae35);
    let slot = (hash ^ Math.imul(domains, 0x27d4eb2f)) >>> 19;
    for (;;) {
      const context = this.#context[slot] as number;
      if (context === 0) break;
      const sameView = this.#domains[slot] === domains && this.#config[slot] === config;
      if (this.#asid[slot] === asid && this.#space[slot] === space && sameView) return context;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.#used === CONTEXTS_MAX) return 0;
    this.#space[slot] = space;
    this.#asid[slot] = asid;
    this.#domains[slot] = domains;
    this.#config[slot] = config;
    this.#context[slot] = ++this.#used;
    return this.#used;
  }

  clear(): void {
    this.#context.fill(0);
    this.#used = 0;
  }
}

assert(SLOTS > CONTEXTS_MAX && SLOTS === 1 << (32 - 19), 'the search for a context ends, and its hash has a slot');
assert(CONTEXTS_MAX < 4096, 'a context shares a word with a page number');
