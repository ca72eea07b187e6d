// mmu/: virtual to physical addresses: walks of both stages, the TLBs, their maintenance, address translation operations.

import { PAGE_BYTES } from '../../base/page.ts';
import type { PlainMap } from '../../base/plain.ts';
import { CONTEXT, CONTEXT_UNPRIVILEGED, HOST_MEMORY } from '../state/cells.ts';
import type { PeState } from '../state/pe-state.ts';
import { Access, PRIVILEGED_SHIFT, permitFor } from './access.ts';
import { type AtOperation, addressTranslate, atOperations } from './at.ts';
import { isDevice } from './attributes.ts';
import { CodePages } from './code-pages.ts';
import { ContextNumbers } from './context.ts';
import type { TranslationFault } from './fault.ts';
import { GlobalWalks } from './global-walks.ts';
import type { MmuHooks } from './hooks.ts';
import { InlineTlb } from './inline-tlb.ts';
import { type TlbiOperation, tlbiOperations } from './invalidate.ts';
import { Maintenance } from './maintenance.ts';
import { differingDomains, managersOf, Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import { SharedWalks } from './shared-walks.ts';
import { GLOBAL, isUpper, NONE, signExtended } from './tlb.ts';
import {
  attributesOf,
  domainOf,
  mappedBitsOf,
  packRest,
  REST_GLOBAL,
  REST_PERMITS,
  shareabilityOf,
} from './tlb-result.ts';
import { Translations } from './translations.ts';
import { UnsharedPages } from './unshared-pages.ts';
import { Walker } from './walker.ts';

const NO_CONFIG = -1;
/** DACR where no domains are looked at: nothing is denied. */
const ALL_DOMAINS = -1;

/**
 * Address translation of the running vCPU: EL1&0 with both stages, and EL2; VMSAv8-64 (Arm ARM DDI 0487, D8), and VMSAv7 in
 * both its formats (DDI 0406C, B3). TLBs are shared between vCPUs: TLBIs act on all.
 *
 * What to call after a write of a register (in brackets: its name in AArch32):
 * - `contextChanged`: TTBR0_EL1, TTBR1_EL1 [TTBR0, TTBR1]; in AArch32 CONTEXTIDR and DACR too. Also after a change of
 *   exception level, of execution state or of the engine's translation configuration.
 * - `controlsChanged`: SCTLR_EL1 [SCTLR], TCR_EL1 [TTBCR], MAIR_EL1 [PRRR, NMRR, MAIR0, MAIR1], HCR_EL2 [HCR],
 *   VTTBR_EL2 [VTTBR], VTCR_EL2 [VTCR], SCTLR_EL2 [HSCTLR], TCR_EL2 [HTCR], MAIR_EL2 [HMAIR0, HMAIR1]. Also after another
 *   vCPU's state was put in place.
 * - neither: TTBR0_EL2 [HTTBR].
 *
 * Both are cheap and drop nothing: what was cached under other settings is kept apart, and found again when they come back.
 * Linux for ARM writes DACR, or TTBCR, on each entry to the kernel and exit from it (CONFIG_CPU_SW_DOMAIN_PAN,
 * CONFIG_CPU_TTBR0_PAN): these two need no other effect than the call.
 */
export class Mmu {
  readonly fault: TranslationFault;
  /** Result of `translate`: the physical address. */
  pa = 0;
  /** Device memory: unaligned accesses fault. Fetches take no notice. */
  device = false;
  /**
   * The translation made last dropped entries, so that what runs now may not be what the TLB has: the instruction is to be
   * begun anew, with its fetch.
   */
  disturbed = false;
  /** Accesses that were translated here so far, and the walks of tables that this took. */
  readonly counts = { translations: 0, walks: 0 };
  readonly #cpu: PeState;
  readonly #registers: MmuRegisters;
  readonly #hooks: MmuHooks;
  readonly #walker: Walker;
  readonly #el1 = new Regime(1);
  readonly #el2 = new Regime(2);
  readonly #translations = new Translations();
  readonly #tlb = this.#translations.tlb;
  readonly #inline: InlineTlb;
  readonly #contexts = new ContextNumbers();
  readonly #codePages = new CodePages();
  readonly #unshared: UnsharedPages;
  readonly sharedWalks: SharedWalks;
  readonly globalWalks: GlobalWalks;
  readonly #maintenance: Maintenance;

  #el1Space = 0;
  /** In AArch32: number of the settings that EL1's global translations depend on (Regime.globalControls). */
  #el1GlobalSpace = 0;
  #el2Space = 0;
  #stage2Serial = 0;
  /** Fields of DACR that EL1 was seen to change between "no access" and "client". */
  #toggledDomains = 0;
  // The current context.
  #regime = this.#el1;
  #privileged = true;
  #space = 0;
  /** Where global entries are: in AArch32 all settings of TTBR0's range have them in common. */
  #globalSpace = 0;
  #asid = 0;
  #domains = ALL_DOMAINS;
  /** The serial of non-global entries of TTBR1_EL1's table: the ASID's, or one that all ASIDs share. */
  #upperAsid = 0;
  /** Space and ASID serial in the context number of the current level. */
  #contextSpace = 0;
  #contextAsid = 0;
  #config = NO_CONFIG;
  #unprivilegedConfig = NO_CONFIG;
  /** The word of the translation last made. */
  #rest = 0;

  constructor(cpu: PeState, registers: MmuRegisters, hooks: MmuHooks) {
    this.#cpu = cpu;
    this.#registers = registers;
    this.#hooks = hooks;
    this.#walker = new Walker(cpu, registers);
    this.fault = this.#walker.fault;
    this.#inline = new InlineTlb(cpu);
    this.#unshared = new UnsharedPages(this.#inline);
    const forgetPage = this.#forgetPage;
    this.sharedWalks = new SharedWalks(this.#walker, this.#translations, forgetPage);
    this.globalWalks = new GlobalWalks(cpu, registers, this.#walker, this.#translations, forgetPage);
    this.#maintenance = new Maintenance({
      registers,
      el1: this.#el1,
      walker: this.#walker,
      translations: this.#translations,
      sharedWalks: this.sharedWalks,
      globalWalks: this.globalWalks,
      forgetPage,
      ownersChanged: () => this.#ownersChanged(),
      asidsChanged: () => this.contextChanged(),
    });
    this.controlsChanged();
  }

  /**
   * Translates for an access (flags of `Access`) that the guest makes. False: `fault` says why. What is found by a walk is kept,
   * which a guest can notice: accesses that are not the guest's are for `probe`.
   */
  translate(vaLo: number, vaHi: number, access: number): boolean {
    this.disturbed = false;
    this.counts.translations++;
    const privileged = this.#isPrivileged(access);
    const at = this.#find(vaLo, vaHi);
    if (at !== NONE) {
      const rest = this.#tlb.restOf(at);
      if (this.#admits(rest, access, privileged)) {
        this.#unpack(vaLo, this.#tlb.pageOf(at), rest);
        if ((access & Access.execute) !== 0) this.#noteCode(vaLo, vaHi);
        return true;
      }
    }
    return this.#walk(vaLo, vaHi, access, privileged, at);
  }

  /** The physical address that the guest's access would go to, or -1. Changes nothing that the guest could notice. */
  probe(vaLo: number, vaHi: number, access: number): number {
    const cached = this.cached(vaLo, vaHi, access);
    if (cached >= 0) return cached;
    const walker = this.#walker;
    const regime = this.#regime;
    const fault = { ...this.fault };
    const found = walker.walk(regime, vaLo, vaHi, access, this.#isPrivileged(access), regime.stage2);
    Object.assign(this.fault, fault);
    return found ? (((walker.paLo >>> 12) | (walker.paHi << 20)) >>> 0) * PAGE_BYTES + (vaLo & 0xfff) : -1;
  }
  /** The same of what the TLB has alone: -1 where the tables would be walked. */
  cached(vaLo: number, vaHi: number, access: number): number {
    const at = this.#find(vaLo, vaHi);
    if (at === NONE || !this.#admits(this.#tlb.restOf(at), access, this.#isPrivileged(access))) return -1;
    return (this.#tlb.pageOf(at) >>> 0) * PAGE_BYTES + (vaLo & 0xfff);
  }

  #isPrivileged(access: number): boolean {
    return this.#privileged && ((access & Access.unprivileged) === 0 || !this.#regime.hasEl0);
  }
  /** Index of the page's entry in the TLB, or NONE. */
  #find(vaLo: number, vaHi: number): number {
    const regime = this.#regime;
    const upper = isUpper(vaHi);
    if (vaHi >>> 24 !== (upper ? 0xff : 0) && !(upper ? regime.upper : regime.lower).topByteIgnored) return NONE;
    return this.#tlb.find(vaLo, vaHi, this.#space, this.#globalSpace, upper ? this.#upperAsid : this.#asid);
  }
  #admits(rest: number, access: number, privileged: boolean): boolean {
    const permit = privileged ? permitFor(access) << PRIVILEGED_SHIFT : permitFor(access);
    return (rest & (permit << REST_PERMITS)) !== 0 && this.#domainAdmits(rest);
  }

  /** Enters the page translated last into the inline TLB for loads: Normal memory within the emulated physical memory. */
  fillRead(vaLo: number, vaHi: number, unprivileged: boolean): void {
    if (this.#isUnshared(vaHi, unprivileged)) this.#unshared.note(vaLo, vaHi, this.#el1.aarch32);
    this.#inline.fillRead(vaLo, vaHi, this.#contextOf(unprivileged), HOST_MEMORY + this.pa);
  }
  /** The same for stores: of a page without translated code. */
  fillWrite(vaLo: number, vaHi: number, unprivileged: boolean): void {
    if (this.#isUnshared(vaHi, unprivileged)) this.#unshared.note(vaLo, vaHi, this.#el1.aarch32);
    this.#inline.fillWrite(vaLo, vaHi, this.#contextOf(unprivileged), HOST_MEMORY + this.pa);
  }
  /** Makes all stores to a page leave the inline TLB: a linear address, 4 KiB aligned. Scans all entries. */
  flushWriteEntriesOf(linearPage: number): void {
    this.#inline.flushWriteEntriesOf(linearPage);
  }
  flushWriteEntries(): void {
    this.#inline.flushWriteEntries();
  }
  flushEntriesOf(loads: ReadonlySet<number>, stores: ReadonlySet<number>): void {
    this.#inline.flushEntriesOf(loads, stores);
  }

  /** Takes note of the control registers. */
  controlsChanged(): void {
    const registers = this.#registers;
    this.#translations.selectVmid((registers.vttbrEl2Hi >>> 16) & 0xff);
    this.#el1.configure(registers);
    this.#el2.configure(registers);
    this.#ownersChanged();
  }

  /** Takes note of the exception level, the ASID, the domains and the engine's configuration. */
  contextChanged(): void {
    const registers = this.#registers;
    const el1 = this.#el1;
    const { el } = this.#cpu;
    if (registers.el1Aarch32 !== el1.aarch32) {
      // An execution state of EL1 that did not come with HCR_EL2.RW.
      this.controlsChanged();
    } else if (el === 2) {
      this.#globalSpace = this.#el2Space;
      this.#enter(el, this.#el2Space, 0, 0, ALL_DOMAINS, this.#el2Space, 0);
    } else {
      this.#globalSpace = this.#el1GlobalSpace;
      const asid = this.#translations.vmid.asidSerial(el1.asidOf(registers));
      if (el1.aarch32) this.#contextChangedAarch32(el, asid);
      else {
        const upper = this.#upperSerial(asid);
        this.#enter(el, this.#el1Space, asid, upper, ALL_DOMAINS, this.#el1Space, el === 1 ? upper : asid);
      }
    }
  }

  /** EL1's context number stands for all ASIDs, all settings of TTBR0's range, and those of the toggled domains. */
  #contextChangedAarch32(el: number, asid: number): void {
    const el1 = this.#el1;
    const space = this.#el1Space;
    const domains = el1.usesDomains ? this.#registers.dacr | 0 : ALL_DOMAINS;
    if (el1.usesDomains && managersOf(domains) !== el1.managers) {
      this.controlsChanged();
      return;
    }
    if (el === 0) this.#enter(el, space, asid, asid, domains, space, asid);
    else {
      if (space === this.#space && this.#contextAsid === GLOBAL)
        this.#toggledDomains |= differingDomains(domains ^ this.#domains);
      this.#enter(el, space, asid, asid, domains, this.#el1GlobalSpace, GLOBAL);
    }
  }

  /** Makes a context the current one: where `translate` looks, and the numbers that translated code compares. */
  #enter(
    el: number,
    space: number,
    asid: number,
    upperAsid: number,
    domains: number,
    contextSpace: number,
    contextAsid: number,
  ): void {
    const contexts = this.#contexts;
    this.#regime = el === 2 ? this.#el2 : this.#el1;
    this.#privileged = el !== 0;
    const { current, unprivileged } = this.#hooks.configIds();
    const sameAsids = asid === this.#asid && upperAsid === this.#upperAsid;
    const same = space === this.#space && sameAsids && domains === this.#domains;
    const sameContext = same && contextSpace === this.#contextSpace && contextAsid === this.#contextAsid;
    if (sameContext && current === this.#config && unprivileged === this.#unprivilegedConfig) return;
    if (!same && this.#unshared.changeView(space, asid, upperAsid, domains)) this.#dropAllCode();
    this.#space = space;
    this.#asid = asid;
    this.#upperAsid = upperAsid;
    this.#domains = domains;
    this.#contextSpace = contextSpace;
    this.#contextAsid = contextAsid;
    this.#config = current;
    this.#unprivilegedConfig = unprivileged;
    const contextDomains = el === 1 && contextAsid === GLOBAL ? domains & ~this.#toggledDomains : domains;
    const other = el === 2 ? current : unprivileged;
    let context = contexts.of(contextSpace, contextAsid, contextDomains, current);
    let contextUnprivileged = contexts.of(space, asid, domains, other);
    if (context === 0 || contextUnprivileged === 0) {
      this.#restartContexts();
      context = contexts.of(contextSpace, contextAsid, contextDomains, current);
      contextUnprivileged = contexts.of(space, asid, domains, other);
    }
    this.#cpu.u32[CONTEXT >>> 2] = context;
    this.#cpu.u32[CONTEXT_UNPRIVILEGED >>> 2] = contextUnprivileged;
  }

  /**
   * Executes a TLB maintenance instruction with its operand Xt, or Rt and 0; Inner Shareable variants are the same. The code that
   * runs may be what is dropped: the next instruction is to be looked up.
   */
  tlbi(operation: TlbiOperation, xtLo: number, xtHi: number): void {
    tlbiOperations[operation](this.#maintenance, xtLo, xtHi, this.#cpu.el);
    if (this.#translations.areSpent) this.clear();
  }

  /** Executes AT or its like of CP15: result in PAR_EL1 (PAR). False: it takes the exception that `fault` describes instead. */
  at(operation: AtOperation, vaLo: number, vaHi: number): boolean {
    const row = atOperations[operation];
    const regime = row.el === 2 ? this.#el2 : this.#el1;
    return addressTranslate(this.#walker, this.#registers, regime, row, vaLo, vaHi, this.#cpu.el);
  }

  /** Drops everything, and all that is known of ASIDs and their tables: for state that was replaced together with memory. */
  clear(): void {
    this.#translations.clear();
    this.#forgetCaches();
    this.controlsChanged();
  }

  /** All of the MMU's state that a guest can notice: the rest are caches. */
  saveState(): PlainMap {
    return this.#translations.save();
  }
  /**
   * Takes a saved state over; `controlsChanged` is to follow once the registers that go with it are in place.
   * @throws BadField where it is none that could have been saved
   */
  restoreState(saved: PlainMap): void {
    this.#translations.restore(saved);
    this.#forgetCaches();
  }
  #forgetCaches(): void {
    this.#restartContexts();
    this.#toggledDomains = 0;
    this.#walker.stage2.clear();
    this.sharedWalks.forget();
    this.globalWalks.forget();
  }

  /** What is kept of a page elsewhere goes with its entry. */
  readonly #forgetPage = (vaLo: number, vaHi: number): void => {
    this.#inline.dropPage(vaLo, vaHi);
    if (this.#codePages.mayHave(vaLo, vaHi)) this.#hooks.onCodeInvalidate(vaLo, signExtended(vaHi));
  };

  /** `at`: the entry that is there already, but does not admit the access. */
  #walk(vaLo: number, vaHi: number, access: number, privileged: boolean, at: number): boolean {
    const walker = this.#walker;
    const regime = this.#regime;
    this.counts.walks++;
    if (!walker.walk(regime, vaLo, vaHi, access, privileged, regime.stage2)) return false;
    const page = (walker.paLo >>> 12) | (walker.paHi << 20);
    const rest = packRest(walker);
    if (at !== NONE) {
      // It is replaced by what the tables say now.
      this.#tlb.remove(at);
      this.#forgetPage(vaLo, vaHi);
      this.disturbed = true;
    }
    this.#insert(vaLo, vaHi, walker.global, page, rest);
    this.#unpack(vaLo, page, rest);
    if ((access & Access.execute) !== 0) this.#noteCode(vaLo, vaHi);
    return true;
  }
  #insert(vaLo: number, vaHi: number, global: boolean, page: number, rest: number): void {
    const tlb = this.#tlb;
    const space = global ? this.#globalSpace : this.#space;
    if (global && this.#translations.dropNonGlobal(vaLo, vaHi, space)) this.#forgetPage(vaLo, vaHi);
    if (tlb.isFull(space)) {
      tlb.clear();
      this.#forgetAll();
      this.disturbed = true;
    }
    const asid = isUpper(vaHi) ? this.#upperAsid : this.#asid;
    tlb.insert(vaLo, vaHi, space, global ? GLOBAL : asid, page, rest);
    if (global) this.globalWalks.entered(space, vaLo);
    else if (this.sharedWalks.isOn) this.sharedWalks.entered(asid, this.#regime, this.#stage2Serial, vaLo, vaHi);
  }
  #unpack(vaLo: number, page: number, rest: number): void {
    this.#rest = rest;
    this.pa = (page >>> 0) * PAGE_BYTES + (vaLo & 0xfff);
    this.device = isDevice(attributesOf(rest));
  }
  /** Of the page translated last: memory attributes in the format of MAIR_ELx; bytes of the aligned area that is translated alike. */
  get attributes(): number {
    return attributesOf(this.#rest);
  }
  get shareability(): number {
    return shareabilityOf(this.#rest);
  }
  get blockBytes(): number {
    return 2 ** mappedBitsOf(this.#rest);
  }

  #noteCode(vaLo: number, vaHi: number): void {
    this.#codePages.note(vaLo, vaHi);
    if (this.#isUnshared(vaHi, false)) this.#unshared.noteCode();
  }

  #contextOf(unprivileged: boolean): number {
    return this.#cpu.u32[(unprivileged ? CONTEXT_UNPRIVILEGED : CONTEXT) >>> 2] as number;
  }

  /** DACR lets accesses to the page pass, be it with or without a look at permissions. */
  #domainAdmits(rest: number): boolean {
    return ((this.#domains >>> (domainOf(rest) << 1)) & 1) !== 0;
  }

  /**
   * The context number that the access compares does not tell whether the page translated last is still the same: EL1's stands for
   * all ASIDs, in AArch32 for more (`contextChangedAarch32`), in AArch64 where they share their upper tables; and EL0's does
   * not tell which upper table there is.
   */
  #isUnshared(vaHi: number, unprivileged: boolean): boolean {
    const rest = this.#rest;
    const isGlobal = (rest & REST_GLOBAL) !== 0;
    const asEl0 = unprivileged || !this.#privileged;
    if (this.#el1.aarch32 && this.#contextAsid === GLOBAL && !asEl0)
      return !isGlobal || ((this.#toggledDomains >>> (domainOf(rest) << 1)) & 1) !== 0;
    if (isGlobal) return false;
    return isUpper(vaHi) ? asEl0 : !asEl0 && this.#contextAsid !== this.#asid;
  }

  #upperSerial(asid: number): number {
    const { ttbr1El1Lo, ttbr1El1Hi } = this.#registers;
    return this.#translations.vmid.upperTables.serialOf(ttbr1El1Lo, ttbr1El1Hi & 0xffff, asid);
  }

  /** Takes note of owners' new serials and of the regimes' controls. */
  #ownersChanged(): void {
    const registers = this.#registers;
    const { vmid } = this.#translations;
    this.#stage2Serial = vmid.stage2Serial(registers.vtcrEl2);
    this.#walker.stage2.configure(this.#stage2Serial);
    if (!this.#numberSpaces()) {
      this.#translations.compactSpaces();
      this.globalWalks.forget();
      this.#restartContexts();
      this.#numberSpaces();
    }
    this.contextChanged();
  }

  /** False: the numbers are used up. */
  #numberSpaces(): boolean {
    const translations = this.#translations;
    const { vmid, el2 } = translations;
    const el1 = this.#el1;
    const { processor } = this.#registers;
    this.#el1Space = translations.spaceOf(vmid, processor, el1.controls);
    this.#el1GlobalSpace = el1.aarch32 ? translations.spaceOf(vmid, processor, el1.globalControls) : this.#el1Space;
    this.#el2Space = translations.spaceOf(el2, processor, this.#el2.controls);
    return this.#el1Space !== 0 && this.#el1GlobalSpace !== 0 && this.#el2Space !== 0;
  }

  /** Context numbers, and spaces' or ASIDs' in them, now mean something else: `contextChanged` is to follow. */
  #restartContexts(): void {
    this.#contexts.clear();
    this.#config = NO_CONFIG;
    this.#forgetAll();
  }
  /** What is kept of pages elsewhere goes with all entries. */
  #forgetAll(): void {
    this.#inline.clear();
    this.#unshared.forget();
    this.#dropAllCode();
  }

  #dropAllCode(): void {
    this.#codePages.clear();
    this.#hooks.onCodeInvalidateAll();
  }
}
