import { assert } from '../../base/assert.ts';
import { CONTROL_WORDS } from './regime.ts';
import type { Serials } from './serials.ts';
import { SPACES_MAX } from './tlb.ts';
import { UpperTables } from './upper-tables.ts';

const ASIDS = 65536;

/** What owns TLB entries: a VMID of the EL1&0 regime, or the EL2 regime. */
export class Owner {
  readonly #serials: Serials;
  readonly #asids: Int32Array | null;
  #stage2Vtcr = 0;
  #stage2: number;
  /** Of its stage 1 and combined entries. */
  serial: number;
  readonly upperTables: UpperTables;

  constructor(serials: Serials, hasAsids: boolean) {
    this.#serials = serials;
    this.#asids = hasAsids ? new Int32Array(ASIDS) : null;
    this.serial = serials.next();
    this.#stage2 = serials.next();
    this.upperTables = new UpperTables(serials);
  }

  dropStage1(): void {
    this.serial = this.#serials.next();
    this.upperTables.clear();
  }
  dropStage2(): void {
    this.#stage2 = this.#serials.next();
  }
  dropAsid(asid: number): void {
    if (this.#asids === null || this.#asids[asid] === 0) return;
    this.#asids[asid] = this.#serials.next();
    this.upperTables.dropShared();
  }

  /** Of the entries that stage 2 alone made, under a setting of VTCR_EL2. */
  stage2Serial(vtcr: number): number {
    if (vtcr !== this.#stage2Vtcr) this.dropStage2();
    this.#stage2Vtcr = vtcr;
    return this.#stage2;
  }
  /** Of an ASID about to be used; 0 in a regime without ASIDs. */
  asidSerial(asid: number): number {
    if (this.#asids === null) return 0;
    const serial = this.#asids[asid] as number;
    return serial !== 0 ? serial : (this.#asids[asid] = this.#serials.next());
  }
  /** Of an ASID; 0 if it was never used. */
  asidSerialIfUsed(asid: number): number {
    return this.#asids === null ? 0 : (this.#asids[asid] as number);
  }
}

/** Serial of the owner, number of the PE, settings of the control registers. */
const KEY_WORDS = 2 + CONTROL_WORDS;
/** Twice the spaces, so that searches stay short. */
const SLOTS = 8192;

/** Numbers the spaces of the TLB: an owner under a setting of the control registers, on a PE. */
export class Spaces {
  /** By space. */
  readonly #keys = new Int32Array(SPACES_MAX * KEY_WORDS);
  readonly #slots = new Uint16Array(SLOTS);
  #used = 0;
  /** By space: serial of its owner. */
  readonly owners = new Int32Array(SPACES_MAX);

  /** The number of a space, or 0 where it has none and numbers are used up: then `clear` and the TLB must go. */
  of(ownerSerial: number, processor: number, controls: Int32Array): number {
    let hash = Math.imul(ownerSerial, 0x9e3779b1) ^ Math.imul(processor, 0x85ebca6b);
    for (let i = 0; i < CONTROL_WORDS; i++) {
      hash = Math.imul(hash ^ (controls[i] as number), 0xc2b2ae35);
      hash ^= hash >>> 15;
    }
    let slot = hash >>> 19;
    for (;;) {
      const space = this.#slots[slot] as number;
      if (space === 0) break;
      if (this.#is(space, ownerSerial, processor, controls)) return space;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.#used === SPACES_MAX - 1) return 0;
    const space = ++this.#used;
    this.#slots[slot] = space;
    const at = space * KEY_WORDS;
    this.#keys[at] = ownerSerial;
    this.#keys[at + 1] = processor;
    this.#keys.set(controls, at + 2);
    this.owners[space] = ownerSerial;
    return space;
  }

  clear(): void {
    this.#slots.fill(0);
    this.owners.fill(0);
    this.#used = 0;
  }

  #is(space: number, ownerSerial: number, processor: number, controls: Int32Array): boolean {
    const keys = this.#keys;
    const at = space * KEY_WORDS;
    if (keys[at] !== ownerSerial || keys[at + 1] !== processor) return false;
    for (let i = 0; i < CONTROL_WORDS; i++) if (keys[at + 2 + i] !== controls[i]) return false;
    return true;
  }
}

assert(SLOTS > SPACES_MAX && SLOTS === 1 << (32 - 19), 'the search for a space ends, and its hash has a slot');
