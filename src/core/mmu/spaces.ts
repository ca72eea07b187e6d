import { assert } from '../../base/assert.ts';
import { CONTROL_WORDS } from './regime.ts';
import { ASIDS, KEY_WORDS, packAsids, type SavedOwner, unpackAsids } from './saved-translations.ts';
import type { Serials } from './serials.ts';
import { SPACES_MAX } from './tlb.ts';
import { UpperTables } from './upper-tables.ts';

/** What owns TLB entries: a VMID of the EL1&0 regime, or the EL2 regime. */
export class Owner {
  readonly #serials: Serials;
  readonly #onDrop: (serial: number) => void;
  readonly #asids: Int32Array | null;
  /** No ASID from here on was used. */
  #asidsEnd = 0;
  #stage2Vtcr = 0;
  #stage2: number;
  /** Of its stage 1 and combined entries. */
  serial: number;
  readonly upperTables: UpperTables;

  /** `onDrop` is told each serial of an ASID, or of what ASIDs share, that is given up while the owner keeps its own. */
  constructor(serials: Serials, hasAsids: boolean, onDrop: (serial: number) => void) {
    this.#serials = serials;
    this.#onDrop = onDrop;
    this.#asids = hasAsids ? new Int32Array(ASIDS) : null;
    this.serial = serials.next();
    this.#stage2 = serials.next();
    this.upperTables = new UpperTables(serials, onDrop);
  }

  /** All serials started anew. */
  restart(): void {
    this.dropStage1();
    this.dropStage2();
  }
  /** Its entries are dropped. */
  dropStage1(): void {
    this.serial = this.#serials.next();
    this.upperTables.clear();
  }
  dropStage2(): void {
    this.#stage2 = this.#serials.next();
  }
  /** All that is known of ASIDs and their tables ends with their entries. */
  dropAsids(): void {
    this.#asids?.fill(0, 0, this.#asidsEnd);
    this.#asidsEnd = 0;
    this.upperTables.clear();
  }
  /** An ASID gets a new serial, and what all ASIDs share of the upper range too, but for the serial `kept`. False: it was never used. */
  dropAsid(asid: number, kept: number): boolean {
    if (this.#asids === null || this.#asids[asid] === 0) return false;
    this.#onDrop(this.#asids[asid] as number);
    this.#asids[asid] = this.#serials.next();
    this.upperTables.dropShared(kept);
    return true;
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
    if (serial !== 0) return serial;
    this.#asidsEnd = Math.max(this.#asidsEnd, asid + 1);
    return (this.#asids[asid] = this.#serials.next());
  }
  /** Of an ASID; 0 if it was never used. */
  asidSerialIfUsed(asid: number): number {
    return this.#asids === null ? 0 : (this.#asids[asid] as number);
  }
  /** The serials that non-global entries may have. */
  asidSerials(): Set<number> {
    return new Set([...this.#usedAsids(), ...this.upperTables.sharedSerials()].filter((serial) => serial !== 0));
  }
  /** Serials by ASID, up to the last one used. */
  #usedAsids(): Int32Array {
    return this.#asids?.subarray(0, this.#asidsEnd) ?? new Int32Array(0);
  }

  save(): SavedOwner {
    return {
      serial: this.serial,
      stage2: this.#stage2,
      stage2Vtcr: this.#stage2Vtcr,
      asids: packAsids(this.#usedAsids()),
      upper: this.upperTables.save(),
    };
  }
  /** @throws BadField where an ASID has no serial that was given */
  restore(saved: SavedOwner, lastSerial: number): void {
    this.serial = saved.serial;
    this.#stage2 = saved.stage2;
    this.#stage2Vtcr = saved.stage2Vtcr;
    const asids = unpackAsids(saved.asids, lastSerial);
    this.#asids?.fill(0, 0, this.#asidsEnd);
    this.#asids?.set(asids);
    this.#asidsEnd = asids.length;
    this.upperTables.restore(saved.upper);
  }
}

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

  /** The number of a space, or 0 where it has none and numbers are used up: then `compact`. */
  of(ownerSerial: number, processor: number, controls: Int32Array): number {
    let slot = slotOf(ownerSerial, processor, controls);
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

  /** Forgets the spaces of which `isLive` is not true, and gives the others new numbers: by their old ones. */
  compact(isLive: (space: number) => boolean): Int32Array {
    const numbers = new Int32Array(SPACES_MAX);
    const keys = this.#keys.slice();
    const used = this.#used;
    this.clear();
    for (let space = 1; space <= used; space++) {
      if (!isLive(space)) continue;
      const at = space * KEY_WORDS;
      const controls = keys.subarray(at + 2, at + KEY_WORDS);
      numbers[space] = this.of(keys[at] as number, keys[at + 1] as number, controls);
    }
    return numbers;
  }

  /** A space's key: serial of the owner, PE, controls. */
  keyOf(space: number): Int32Array {
    return this.#keys.slice(space * KEY_WORDS, (space + 1) * KEY_WORDS);
  }

  /** The settings of the control registers among it. */
  controlsOf(space: number): Int32Array {
    return this.#keys.subarray(space * KEY_WORDS + 2, (space + 1) * KEY_WORDS);
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

function slotOf(ownerSerial: number, processor: number, controls: Int32Array): number {
  let hash = Math.imul(ownerSerial, 0x9e3779b1) ^ Math.imul(processor, 0x85ebca6b);
  for (let i = 0; i < CONTROL_WORDS; i++) {
    hash = Math.imul(hash ^ (controls[i] as number), 0xc2b2ae35);
    hash ^= hash >>> 15;
  }
  return hash >>> 19;
}

assert(SLOTS > SPACES_MAX && SLOTS === 1 << (32 - 19), 'the search for a space ends, and its hash has a slot');
