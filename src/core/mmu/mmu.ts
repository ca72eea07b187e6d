import { assert } from '../../base/assert.ts';
import type { Cpu } from '../cpu.ts';
import { CONTEXT, CONTEXT_UNPRIVILEGED, HOST_MEMORY } from '../state/cells.ts';
import { Access, PRIVILEGED_SHIFT, permitFor } from './access.ts';
import { type AtOperation, addressTranslate, atOperations } from './at.ts';
import { isDevice } from './attributes.ts';
import { BlockFilter } from './block-filter.ts';
import { CONTEXTS_MAX, ContextNumbers } from './context.ts';
import type { TranslationFault } from './fault.ts';
import { InlineTlb } from './inline-tlb.ts';
import { type TlbiOperation, type TlbScopes, tlbiOperations } from './invalidate.ts';
import { LowerPages } from './lower-pages.ts';
import { Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import { Owner, Serials, Spaces } from './spaces.ts';
import { ANY_ASID, SPACES_MAX, Tlb } from './tlb.ts';
import { Walker } from './walker.ts';

/** What the engine tells and is told. */
export interface MmuHooks {
  /**
   * Numbers of the translation configurations: of the current state, and of the state to which the context of unprivileged
   * accesses (LDTR, STTR) belongs. Below 2^31. Called on every change of context: should allocate nothing.
   */
  configIds(): { readonly current: number; readonly unprivileged: number };
  /** The translation of a page from which instructions were fetched is no longer valid (VA in halves, any ASID). */
  onCodeInvalidate(vaLo: number, vaHi: number): void;
  /** No translation of any code address holds any more; context numbers may start anew. */
  onCodeInvalidateAll(): void;
}

/** A hashed set of the pages that instructions were fetched from: a TLBI for other pages need not tell the engine. */
const CODE_PAGE_SLOTS = 65536;

/**
 * Address translation of the running vCPU: VMSAv8-64, EL1&0 with both stages, and EL2. Arm ARM DDI 0487, D8.
 *
 * After a write of TTBR0_EL1, TTBR1_EL1, and after a change of exception level or of the engine's translation
 * configuration, call `contextChanged`; after a write of any other register of `MmuRegisters`, and after another vCPU's
 * state was put in place, call `controlsChanged`. TLBs are shared between vCPUs: TLBIs act on all.
 */
export class Mmu implements TlbScopes {
  readonly fault: TranslationFault;
  /** Result of `translate`: the physical address. */
  pa = 0;
  /** Memory attributes in the format of MAIR_ELx. */
  attributes = 0;
  /** Device memory: unaligned accesses fault. Fetches take no notice. */
  device = false;
  shareability = 0;
  /** Bytes of the aligned area that is translated alike. */
  blockBytes = 4096;

  private readonly cpu: Cpu;
  private readonly registers: MmuRegisters;
  private readonly hooks: MmuHooks;
  private readonly walker: Walker;
  private readonly el1 = new Regime(1);
  private readonly el2 = new Regime(2);
  private readonly serials = new Serials();
  private readonly vmids = new Map<number, Owner>();
  private readonly el2Owner = new Owner(this.serials, false);
  private vmid = new Owner(this.serials, true);
  private readonly spaces = new Spaces();
  private readonly tlb = new Tlb();
  private readonly inline: InlineTlb;
  private readonly blocks: BlockFilter;
  private readonly contexts = new ContextNumbers();
  private readonly codePages = new Uint8Array(CODE_PAGE_SLOTS);
  private readonly lowerPages: LowerPages;

  private el1Space = 0;
  private el2Space = 0;
  // The current context.
  private regime = this.el1;
  private privileged = true;
  private space = 0;
  private asid = 0;
  /** The serial of non-global entries of TTBR1_EL1's table: the ASID's, or one that all ASIDs share. */
  private upperAsid = 0;
  /** The serial in the context number of the current level. */
  private contextAsid = 0;
  private config = -1;
  private unprivilegedConfig = -1;

  constructor(cpu: Cpu, registers: MmuRegisters, hooks: MmuHooks) {
    this.cpu = cpu;
    this.registers = registers;
    this.hooks = hooks;
    this.walker = new Walker(cpu, registers);
    this.fault = this.walker.fault;
    this.inline = new InlineTlb(cpu);
    this.lowerPages = new LowerPages(this.inline);
    this.blocks = new BlockFilter((vaLo, vaHi, bits, code) => {
      this.tlb.dropRange(vaLo, vaHi, bits);
      this.inline.dropRange(vaLo, vaHi, bits);
      if (code) this.dropAllCode();
    });
    this.controlsChanged();
  }

  /** Translates for an access (flags of `Access`). False: `fault` says why. */
  translate(vaLo: number, vaHi: number, access: number): boolean {
    const { regime, tlb } = this;
    const privileged = this.privileged && ((access & Access.unprivileged) === 0 || !regime.hasEl0);
    const permit = privileged ? permitFor(access) << PRIVILEGED_SHIFT : permitFor(access);
    const upper = isUpper(vaHi);
    if (vaHi >>> 24 === (upper ? 0xff : 0) || (upper ? regime.upper : regime.lower).topByteIgnored) {
      const at = tlb.find(vaLo, vaHi, this.space, upper ? this.upperAsid : this.asid);
      if (at >= 0) {
        const rest = tlb.restOf(at);
        if ((rest & (permit << 4)) !== 0) {
          this.unpack(vaLo, tlb.pageOf(at), rest);
          if ((access & Access.execute) !== 0) this.noteCode(vaLo, vaHi, ((rest >>> 20) & 0x1f) + 12);
          return true;
        }
      }
    }
    return this.walk(vaLo, vaHi, access, privileged);
  }

  /** Enters the page translated last into the inline TLB for loads: Normal memory within the emulated physical memory. */
  fillRead(vaLo: number, vaHi: number, unprivileged: boolean): void {
    if (!unprivileged && this.isLowerOfShared(vaHi)) this.lowerPages.note(vaLo, vaHi);
    this.inline.fillRead(vaLo, vaHi, this.contextOf(unprivileged), HOST_MEMORY + this.pa);
  }
  /** The same for stores: of a page without translated code. */
  fillWrite(vaLo: number, vaHi: number, unprivileged: boolean): void {
    if (!unprivileged && this.isLowerOfShared(vaHi)) this.lowerPages.note(vaLo, vaHi);
    this.inline.fillWrite(vaLo, vaHi, this.contextOf(unprivileged), HOST_MEMORY + this.pa);
  }
  /** Makes all stores to a page leave the inline TLB: a linear address, 4 KiB aligned. Scans all entries. */
  flushWriteEntriesOf(linearPage: number): void {
    this.inline.flushWriteEntriesOf(linearPage);
  }

  /** Takes note of the control registers. */
  controlsChanged(): void {
    const { registers } = this;
    const vmid = (registers.vttbrEl2Hi >>> 16) & 0xff;
    this.vmid = this.vmids.get(vmid) ?? new Owner(this.serials, true);
    this.vmids.set(vmid, this.vmid);
    this.el1.configure(registers);
    this.el2.configure(registers);
    this.ownersChanged();
  }

  /** Takes note of the exception level, the ASID and the engine's configuration. */
  contextChanged(): void {
    const el = this.cpu.el;
    const inEl1 = el < 2;
    this.regime = inEl1 ? this.el1 : this.el2;
    this.privileged = el !== 0;
    const space = inEl1 ? this.el1Space : this.el2Space;
    const asid = inEl1 ? this.vmid.asidSerial(this.currentAsid()) : 0;
    this.upperAsid = inEl1 ? this.upperSerial(asid) : 0;
    const contextAsid = el === 1 ? this.upperAsid : asid;
    const { current, unprivileged } = this.hooks.configIds();
    const sameSpace = asid === this.asid && contextAsid === this.contextAsid && space === this.space;
    if (sameSpace && current === this.config && unprivileged === this.unprivilegedConfig) return;
    if (asid !== this.asid && this.lowerPages.drop()) this.dropAllCode();
    this.space = space;
    this.asid = asid;
    this.contextAsid = contextAsid;
    this.config = current;
    this.unprivilegedConfig = unprivileged;
    const { contexts } = this;
    const other = inEl1 ? unprivileged : current;
    let context = contexts.of(space, contextAsid, current);
    let contextUnprivileged = contexts.of(space, asid, other);
    if (context === 0 || contextUnprivileged === 0) {
      this.restartContexts();
      context = contexts.of(space, contextAsid, current);
      contextUnprivileged = contexts.of(space, asid, other);
    }
    this.cpu.u32[CONTEXT >>> 2] = context;
    this.cpu.u32[CONTEXT_UNPRIVILEGED >>> 2] = contextUnprivileged;
  }

  /** Executes a TLB maintenance instruction with its operand Xt; Inner Shareable variants are the same. */
  tlbi(operation: TlbiOperation, xtLo: number, xtHi: number): void {
    tlbiOperations[operation](this, xtLo, xtHi);
  }

  /** Executes AT: result in PAR_EL1. False: it takes the exception that `fault` describes instead. */
  at(operation: AtOperation, vaLo: number, vaHi: number): boolean {
    const row = atOperations[operation];
    const regime = row.el === 2 ? this.el2 : this.el1;
    return addressTranslate(this.walker, this.registers, regime, row, vaLo, vaHi, this.cpu.el);
  }

  /** Drops everything: for state that was replaced together with memory. */
  clear(): void {
    this.restartSpaces();
    this.walker.stage2.clear();
    this.controlsChanged();
  }

  // What TLBI instructions name (TlbScopes).

  dropVmid(): void {
    this.vmid.dropStage1();
    this.ownersChanged();
  }
  dropVmidStage2(): void {
    this.vmid.dropStage2();
    this.ownersChanged();
  }
  dropAllVmids(): void {
    for (const vmid of this.vmids.values()) {
      vmid.dropStage1();
      vmid.dropStage2();
    }
    this.ownersChanged();
  }
  dropAsid(asid: number): void {
    this.vmid.dropAsid(this.effectiveAsid(asid));
    this.contextChanged();
  }
  dropVa(vaLo: number, vaHi: number, asid: number): void {
    // Of the upper range an entry may stand for several ASIDs.
    const every = asid === ANY_ASID || isUpper(vaHi);
    const serial = every ? ANY_ASID : this.vmid.asidSerialIfUsed(this.effectiveAsid(asid));
    this.dropPage(vaLo, vaHi, this.vmid.serial, serial);
  }
  dropIpa(ipaLo: number, ipaHi: number): void {
    if (!this.walker.stage2.dropPage(ipaLo, ipaHi)) this.dropVmidStage2();
  }
  dropEl2(): void {
    this.el2Owner.dropStage1();
    this.ownersChanged();
  }
  dropVaEl2(vaLo: number, vaHi: number): void {
    this.dropPage(vaLo, vaHi, this.el2Owner.serial, ANY_ASID);
  }

  private dropPage(vaLo: number, vaHi: number, owner: number, asid: number): void {
    this.tlb.dropPage(vaLo, vaHi, this.spaces.owners, owner, asid);
    this.inline.dropPage(vaLo, vaHi);
    this.blocks.invalidate(vaLo, vaHi);
    if (this.codePages[codeSlot(vaLo, vaHi)] !== 0) this.hooks.onCodeInvalidate(vaLo, vaHi);
  }

  private walk(vaLo: number, vaHi: number, access: number, privileged: boolean): boolean {
    const { walker, regime } = this;
    if (!walker.walk(regime, vaLo, vaHi, access, privileged, regime.stage2)) return false;
    const page = (walker.paLo >>> 12) | (walker.paHi << 20);
    const rest =
      (walker.paHi >>> 12) |
      (walker.permits << 4) |
      (walker.attributes << 10) |
      (walker.shareability << 18) |
      ((walker.stage1Bits - 12) << 20) |
      ((walker.mappedBits - 12) << 25);
    if (walker.stage1Bits > 12) this.blocks.note(vaLo, vaHi, walker.stage1Bits, false);
    const asid = isUpper(vaHi) ? this.upperAsid : this.asid;
    this.tlb.insert(vaLo, vaHi, this.space, asid, walker.global, page, rest);
    this.unpack(vaLo, page, rest);
    if ((access & Access.execute) !== 0) this.noteCode(vaLo, vaHi, walker.stage1Bits);
    return true;
  }

  private unpack(vaLo: number, page: number, rest: number): void {
    this.pa = (rest & 0xf) * 2 ** 44 + (page >>> 0) * 4096 + (vaLo & 0xfff);
    this.attributes = (rest >>> 10) & 0xff;
    this.device = isDevice(this.attributes);
    this.shareability = (rest >>> 18) & 3;
    this.blockBytes = 4096 << ((rest >>> 25) & 0x1f);
  }

  private noteCode(vaLo: number, vaHi: number, stage1Bits: number): void {
    this.codePages[codeSlot(vaLo, vaHi)] = 1;
    if (this.isLowerOfShared(vaHi)) this.lowerPages.noteCode();
    if (stage1Bits > 12) this.blocks.note(vaLo, vaHi, stage1Bits, true);
  }

  private contextOf(unprivileged: boolean): number {
    return this.cpu.u32[(unprivileged ? CONTEXT_UNPRIVILEGED : CONTEXT) >>> 2] as number;
  }

  /** The current context's number stands for several ASIDs, and the VA is of the range that they do not share. */
  private isLowerOfShared(vaHi: number): boolean {
    return this.contextAsid !== this.asid && !isUpper(vaHi);
  }

  private upperSerial(asid: number): number {
    const { ttbr1El1Lo, ttbr1El1Hi } = this.registers;
    return this.vmid.upperTables.serialOf(ttbr1El1Lo, ttbr1El1Hi & 0xffff, asid);
  }

  private currentAsid(): number {
    const { registers } = this;
    // TCR_EL1.A1 selects the TTBR that holds the ASID.
    const ttbrHi = (registers.tcrEl1Lo & (1 << 22)) !== 0 ? registers.ttbr1El1Hi : registers.ttbr0El1Hi;
    return this.effectiveAsid(ttbrHi >>> 16);
  }

  /** Without TCR_EL1.AS (bit 36) an ASID has 8 bits. */
  private effectiveAsid(asid: number): number {
    return (this.registers.tcrEl1Hi & (1 << 4)) !== 0 ? asid : asid & 0xff;
  }

  /** Takes note of owners' new serials and of the regimes' controls. */
  private ownersChanged(): void {
    const { registers, vmid, el1, el2 } = this;
    this.walker.stage2.configure(vmid.stage2Serial(registers.vtcrEl2));
    const processor = registers.processor;
    let el1Space = this.spaces.of(vmid.serial, `${processor} ${el1.controls}`);
    let el2Space = this.spaces.of(this.el2Owner.serial, `${processor} ${el2.controls}`);
    if (el1Space === 0 || el2Space === 0) {
      this.restartSpaces();
      el1Space = this.spaces.of(vmid.serial, `${processor} ${el1.controls}`);
      el2Space = this.spaces.of(this.el2Owner.serial, `${processor} ${el2.controls}`);
    }
    this.el1Space = el1Space;
    this.el2Space = el2Space;
    this.contextChanged();
  }

  private restartSpaces(): void {
    this.spaces.clear();
    this.tlb.clear();
    this.blocks.clear();
    this.restartContexts();
    // The spaces' numbers now mean something else.
    this.space = 0;
  }

  private restartContexts(): void {
    this.contexts.clear();
    this.inline.clear();
    this.lowerPages.drop();
    this.dropAllCode();
  }

  private dropAllCode(): void {
    this.codePages.fill(0);
    this.hooks.onCodeInvalidateAll();
  }
}

/** VA[55] selects TTBR1_EL1's range. */
const isUpper = (vaHi: number): boolean => (vaHi & 0x0080_0000) !== 0;

const codeSlot = (vaLo: number, vaHi: number): number =>
  ((vaLo >>> 12) ^ (vaHi << 3) ^ (vaLo >>> 28)) & (CODE_PAGE_SLOTS - 1);

assert(SPACES_MAX <= 4096 && CONTEXTS_MAX < 4096, 'spaces and contexts share a word with a page number');
