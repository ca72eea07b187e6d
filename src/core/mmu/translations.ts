import { BadField } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Regime } from './regime.ts';
import {
  packEntries,
  type SavedOwner,
  type SavedTranslations,
  savedTranslations,
  unpackEntries,
  unpackSpaces,
} from './saved-translations.ts';
import { Serials } from './serials.ts';
import { Owner, Spaces } from './spaces.ts';
import { type OnDrop, Tlb } from './tlb.ts';

/**
 * What is known of translations, and whose they are: all of the MMU that a guest can notice. It follows from the accesses and
 * register writes of the guest alone; everything else in the MMU is a cache of it, or of the tables.
 */
export class Translations {
  readonly #serials = new Serials();
  readonly #spaces = new Spaces();
  readonly tlb = new Tlb();
  readonly #vmids = new Map<number, Owner>();
  /** The EL2 regime. */
  readonly el2: Owner;
  /** The EL1&0 regime of the current VMID. */
  vmid: Owner;

  constructor() {
    this.el2 = this.#owner(false);
    this.vmid = this.#owner(true);
    this.#vmids.set(0, this.vmid);
  }
  #owner(hasAsids: boolean): Owner {
    return new Owner(this.#serials, hasAsids, (serial) => this.tlb.dropAsid(serial));
  }

  /** Makes a VMID the current one. */
  selectVmid(vmid: number): void {
    this.vmid = this.#vmids.get(vmid) ?? this.#owner(true);
    this.#vmids.set(vmid, this.vmid);
  }
  /** The number of an owner's space under a setting of the control registers, or 0: then `compactSpaces`, and again. */
  spaceOf(owner: Owner, processor: number, controls: Regime['controls']): number {
    return this.#spaces.of(owner.serial, processor, controls);
  }
  /** The settings of the control registers that a space is of. */
  controlsOf(space: number): Int32Array {
    return this.#spaces.controlsOf(space);
  }
  /** Gives up the numbers of spaces without entries, which are half of them at least. The others may get new ones. */
  compactSpaces(): void {
    this.tlb.renumberSpaces(this.#spaces.compact((space) => this.tlb.hasEntries(space)));
  }

  dropOwner(owner: Owner): void {
    this.tlb.dropOwner(this.#spaces.owners, owner.serial);
    owner.dropStage1();
  }
  /** Drops an owner's entries but for the global ones of a space; `onDrop` is told of other global ones. */
  dropOwnerBut(space: number, owner: Owner, onDrop: OnDrop): void {
    this.tlb.dropOwnerBut(space, this.#spaces.owners, owner.serial, onDrop);
    owner.dropAsids();
  }
  dropAllVmids(): void {
    for (const vmid of this.#vmids.values()) {
      this.dropOwner(vmid);
      vmid.dropStage2();
    }
  }
  /** Drops the entries that a descriptor which maps the address made, of an owner's ASID (ANY_ASID: of all) and global ones. */
  dropAddress(vaLo: number, vaHi: number, owner: Owner, asid: number, onDrop: OnDrop): void {
    this.tlb.dropAddress(vaLo, vaHi, this.#spaces.owners, owner.serial, asid, onDrop);
  }

  /** A global entry of the page is about to be entered: others, of whatever ASID, would hide it. True where there were any. */
  dropNonGlobal(vaLo: number, vaHi: number, space: number): boolean {
    const { owners } = this.#spaces;
    return this.tlb.dropNonGlobal(vaLo, vaHi, owners, owners[space] as number);
  }

  /** So many serials are used that `clear` must come. */
  get areSpent(): boolean {
    return this.#serials.areSpent;
  }
  /** Drops everything, and all that is known of VMIDs, ASIDs and their tables. `selectVmid` is to follow. */
  clear(): void {
    this.#spaces.clear();
    this.tlb.clear();
    this.#vmids.clear();
    this.#serials.restart();
    this.el2.restart();
  }

  save(): PlainMap {
    const vmids = [...this.#vmids].map(([vmid, owner]) => ({ vmid, owner: owner.save() }));
    const state: SavedTranslations = {
      lastSerial: this.#serials.last,
      el2: this.el2.save(),
      vmids: vmids.sort((a, b) => a.vmid - b.vmid),
      ...packEntries(this.tlb.entries(), (space) => this.#spaces.keyOf(space)),
    };
    return state as unknown as PlainMap;
  }

  /** Takes a saved state over; `selectVmid` is to follow. @throws BadField where it is none that could have been saved */
  restore(saved: PlainMap): void {
    const state = savedTranslations.read(saved, '');
    this.clear();
    this.#restoreOwner(this.el2, state.el2, state.lastSerial);
    for (const { vmid, owner } of state.vmids) {
      if (this.#vmids.has(vmid)) throw new BadField('vmids', `VMID ${vmid} twice`);
      this.#vmids.set(vmid, this.#owner(true));
      this.#restoreOwner(this.#vmids.get(vmid) as Owner, owner, state.lastSerial);
    }
    this.#serials.restart(state.lastSerial);
    const owners = new Map([this.el2, ...this.#vmids.values()].map((owner) => [owner.serial, owner.asidSerials()]));
    const keys = unpackSpaces(state.spaces, (serial) => owners.has(serial));
    const entries = unpackEntries(
      state.entries,
      keys.length,
      (place, serial) => owners.get(keys[place]?.[0] ?? 0)?.has(serial) === true,
    );
    const numbers = keys.map((key) => this.#spaces.of(key[0] as number, key[1] as number, key.subarray(2)));
    for (const { vaLo, vaHi, space, asid, page, rest } of entries)
      this.tlb.insert(vaLo, vaHi, numbers[space] as number, asid, page, rest);
  }
  #restoreOwner(owner: Owner, saved: SavedOwner, lastSerial: number): void {
    if (saved.serial > lastSerial || saved.stage2 > lastSerial)
      throw new BadField('lastSerial', 'less than one in use');
    owner.restore(saved, lastSerial);
  }
}
