import type { GlobalWalks } from './global-walks.ts';
import { Format, type Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import type { SharedWalks } from './shared-walks.ts';
import type { Owner } from './spaces.ts';
import { ANY_ASID, isUpper, type OnDrop } from './tlb.ts';
import type { TlbScopes } from './tlb-scopes.ts';
import type { Translations } from './translations.ts';
import type { Walker } from './walker.ts';

/** What of the MMU maintenance works on. */
interface Maintained {
  readonly registers: MmuRegisters;
  /** The EL1&0 regime. */
  readonly el1: Regime;
  readonly walker: Walker;
  readonly translations: Translations;
  readonly sharedWalks: SharedWalks;
  readonly globalWalks: GlobalWalks;
  /** What is kept of a page elsewhere goes with its entry. */
  readonly forgetPage: OnDrop;
  /** Owners have new serials; an ASID has. */
  readonly ownersChanged: () => void;
  readonly asidsChanged: () => void;
}

/** Carries out on the TLBs what TLBI instructions name. Arm ARM DDI 0487, D8.13.5; DDI 0406C, B4.2.2. */
export class Maintenance implements TlbScopes {
  readonly #of: Maintained;
  readonly #translations: Translations;

  constructor(of: Maintained) {
    this.#of = of;
    this.#translations = of.translations;
  }

  dropVmid(): void {
    this.#translations.dropOwner(this.#translations.vmid);
    this.#of.ownersChanged();
  }
  dropVmidChanged(): void {
    const { el1, globalWalks, registers, forgetPage } = this.#of;
    if (!globalWalks.isOn || !el1.enabled || el1.format !== Format.short) {
      this.dropVmid();
      return;
    }
    const translations = this.#translations;
    const { vmid } = translations;
    const space = translations.spaceOf(vmid, registers.processor, el1.globalControls);
    translations.dropOwnerBut(space, vmid, forgetPage);
    globalWalks.dropChanged(space, el1, vmid.stage2Serial(registers.vtcrEl2));
    this.#of.asidsChanged();
  }
  dropVmidStage2(): void {
    this.#translations.vmid.dropStage2();
    this.#of.ownersChanged();
  }
  dropAllVmids(): void {
    this.#translations.dropAllVmids();
    this.#of.ownersChanged();
  }
  dropAsid(asid: number): void {
    const { el1, registers, sharedWalks } = this.#of;
    const { ttbr1El1Lo: lo, ttbr1El1Hi: hi, vtcrEl2 } = registers;
    const { vmid } = this.#translations;
    const kept = sharedWalks.isOn && !el1.aarch32 ? vmid.upperTables.sharedOf(lo, hi & 0xffff) : 0;
    if (vmid.dropAsid(asid & el1.asidMask, kept) && kept !== 0)
      sharedWalks.dropChanged(kept, el1, vmid.stage2Serial(vtcrEl2));
    this.#of.asidsChanged();
  }
  dropVa(vaLo: number, vaHi: number, asid: number): void {
    const { vmid } = this.#translations;
    // Of the upper range an entry may stand for several ASIDs.
    const every = asid === ANY_ASID || isUpper(vaHi);
    this.#dropAddress(vaLo, vaHi, vmid, every ? ANY_ASID : vmid.asidSerialIfUsed(asid & this.#of.el1.asidMask));
  }
  dropIpa(ipaLo: number, ipaHi: number): void {
    this.#of.sharedWalks.forget();
    this.#of.globalWalks.forget();
    if (!this.#of.walker.stage2.dropPage(ipaLo, ipaHi)) this.dropVmidStage2();
  }
  dropEl2(): void {
    this.#translations.dropOwner(this.#translations.el2);
    this.#of.ownersChanged();
  }
  dropVaEl2(vaLo: number, vaHi: number): void {
    this.#dropAddress(vaLo, vaHi, this.#translations.el2, ANY_ASID);
  }

  #dropAddress(vaLo: number, vaHi: number, owner: Owner, asid: number): void {
    this.#translations.dropAddress(vaLo, vaHi, owner, asid, this.#of.forgetPage);
  }
}
