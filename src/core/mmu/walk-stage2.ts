import { Hcr } from '../fields/hcr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import type { PeState } from '../state/pe-state.ts';
import { Permit } from './access.ts';
import { isDevice } from './attributes.ts';
import {
  bitsOfHalves,
  blockAllowed,
  type DescriptorRead,
  granuleOfTg0,
  High,
  inputBitsOf,
  LEVEL_LAST,
  Low,
  levelShift,
  outputBitsOf,
  TableMemory,
} from './descriptor.ts';
import type { TranslationFault } from './fault.ts';
import type { MmuRegisters } from './registers.ts';

/** IPA pages kept, direct mapped: both those of data and those of stage 1 tables. */
const CACHE_ENTRIES = 8192;
/** Words of an entry: IPA[43:12]; serial of the VMID and IPA[47:44]; PA[43:12]; the rest of the result. */
const WORDS = 4;

/**
 * Stage 2: intermediate physical to physical addresses, with a cache of its own. Entries carry the serial number of their
 * VMID's stage 2, so that dropping all of a VMID's is a new serial. Arm ARM DDI 0487, D8.2.3, D8.4.3; under an EL2 in
 * AArch32 DDI 0406C, B3.6.
 */
export class Stage2 {
  readonly #registers: MmuRegisters;
  readonly #fault: TranslationFault;
  readonly #tables: TableMemory;
  readonly #cache = new Int32Array(CACHE_ENTRIES * WORDS);
  /** Some entry is a page of a larger mapping, all of which one TLBI must drop. */
  #largeMappings = false;

  #granule = 12;
  #inputBits = 40;
  #outputBits = 40;
  #outputHighMask = 0xffff;
  #startLevel = 1;
  /** Level that faults of the settings and of IPAs out of range are reported at. */
  #outsideLevel = 0;
  #valid = false;
  /** In AArch32 executing needs reading. */
  #executeNeedsRead = false;
  #bigEndian = false;
  #protectTables = false;
  #serial = 0;

  /** Result: the physical address. */
  paLo = 0;
  paHi = 0;
  /** `Permit` bits. */
  permits = 0;
  /** MemAttr[3:0] and SH[1:0] of the descriptor. */
  memAttr = 0;
  shareability = 0;
  /** log2 of the bytes that the descriptor maps. */
  mappedBits = 12;
  #level = 0;

  constructor(cpu: PeState, registers: MmuRegisters, fault: TranslationFault, onRead: DescriptorRead | null = null) {
    this.#registers = registers;
    this.#fault = fault;
    this.#tables = new TableMemory(cpu, onRead);
  }

  /** Level of the first look-up, as VTCR_EL2 says. */
  get startLevel(): number {
    return this.#startLevel;
  }

  /** Takes over VTCR_EL2 and what else decides; `serial`: under which number the current VMID's entries are kept. */
  configure(serial: number): void {
    const { vtcrEl2: vtcr, el2Aarch32, granule16 } = this.#registers;
    const sl0 = (vtcr >>> 6) & 3;
    this.#executeNeedsRead = el2Aarch32;
    this.#outsideLevel = el2Aarch32 ? 1 : 0;
    if (el2Aarch32) {
      this.#granule = 12;
      // T0SZ is a signed number of 4 bits.
      this.#inputBits = 32 - ((vtcr << 28) >> 28);
      this.#outputBits = 40;
      // ARMv7-A does not look at bits 47:40 of addresses.
      this.#outputHighMask = 0xff;
    } else {
      this.#granule = granuleOfTg0((vtcr >>> 14) & 3, granule16);
      this.#inputBits = inputBitsOf(vtcr & 0x3f);
      this.#outputBits = outputBitsOf((vtcr >>> 16) & 7);
      this.#outputHighMask = 0xffff;
    }
    this.#startLevel = (this.#granule === 12 ? 2 : 3) - sl0;
    // The initial table has 2 entries at least, and 16 concatenated tables at most. Larger values of SL0 are reserved.
    const initialBits = this.#inputBits - levelShift(this.#startLevel, this.#granule);
    this.#valid = sl0 <= (el2Aarch32 ? 1 : 2) && initialBits >= 1 && initialBits <= this.#granule - 3 + 4;
    this.#bigEndian = (this.#registers.sctlrEl2 & Sctlr.ee) !== 0;
    this.#protectTables = (this.#registers.hcrEl2Lo & Hcr.ptw) !== 0;
    this.#serial = serial;
  }

  /**
   * Translates an IPA, for an access that needs `permit`; `forTable`: the access of a stage 1 walk to its table.
   * On failure the fault is filled in.
   */
  translate(ipaLo: number, ipaHi: number, permit: number, forTable: boolean): boolean {
    const page = (ipaLo >>> 12) | (ipaHi << 20);
    const key = (this.#serial << 4) | (ipaHi >>> 12);
    const at = ((page ^ (page >>> 13)) & (CACHE_ENTRIES - 1)) * WORDS;
    const cache = this.#cache;
    if (cache[at] === page && cache[at + 1] === key) {
      this.#unpack(ipaLo, cache[at + 2] as number, cache[at + 3] as number);
    } else {
      if (!this.#walk(ipaLo, ipaHi, forTable)) return false;
      cache[at] = page;
      cache[at + 1] = key;
      cache[at + 2] = (this.paLo >>> 12) | (this.paHi << 20);
      cache[at + 3] =
        (this.paHi >>> 12) |
        (this.permits << 4) |
        (this.memAttr << 7) |
        (this.shareability << 11) |
        (this.#level << 13) |
        ((this.mappedBits - 12) << 15);
      if (this.mappedBits > 12) this.#largeMappings = true;
    }
    if ((this.permits & permit) === 0) {
      return this.#fault.set('permission', this.#level, 2, forTable, ipaLo, ipaHi);
    }
    if (forTable && this.#protectTables && isDevice(this.memAttr << 2)) {
      return this.#fault.set('permission', this.#level, 2, true, ipaLo, ipaHi);
    }
    return true;
  }

  /** TLBI IPAS2E1 for a page of the current VMID. False: a larger mapping may be meant, so all of the VMID's must be dropped. */
  dropPage(ipaLo: number, ipaHi: number): boolean {
    if (this.#largeMappings) return false;
    const page = (ipaLo >>> 12) | (ipaHi << 20);
    const at = ((page ^ (page >>> 13)) & (CACHE_ENTRIES - 1)) * WORDS;
    if (this.#cache[at] === page) this.#cache[at + 1] = 0;
    return true;
  }

  clear(): void {
    this.#cache.fill(0);
    this.#largeMappings = false;
  }

  #unpack(ipaLo: number, page: number, rest: number): void {
    this.paLo = (page << 12) | (ipaLo & 0xfff);
    this.paHi = (page >>> 20) | ((rest & 0xf) << 12);
    this.permits = (rest >>> 4) & 7;
    this.memAttr = (rest >>> 7) & 0xf;
    this.shareability = (rest >>> 11) & 3;
    this.#level = (rest >>> 13) & 3;
    this.mappedBits = ((rest >>> 15) & 0x1f) + 12;
  }

  #walk(ipaLo: number, ipaHi: number, forTable: boolean): boolean {
    const fault = this.#fault;
    const granule = this.#granule;
    const tables = this.#tables;
    const inputBits = this.#inputBits;
    const outputHighMask = this.#outputHighMask;
    const stride = granule - 3;
    const outputAbove = this.#outputBits - 32;
    const beyond = inputBits >= 32 ? ipaHi >>> (inputBits - 32) : ipaHi | (ipaLo >>> inputBits);
    if (!this.#valid || beyond !== 0) return fault.set('translation', this.#outsideLevel, 2, forTable, ipaLo, ipaHi);

    let level = this.#startLevel;
    let shift = levelShift(level, granule);
    let width = inputBits - shift;
    let tableHi = this.#registers.vttbrEl2Hi & outputHighMask;
    let tableLo = this.#registers.vttbrEl2Lo & (-1 << (width + 3));
    if (tableHi >>> outputAbove !== 0) return fault.set('addressSize', 0, 2, forTable, ipaLo, ipaHi);

    for (;;) {
      const index = bitsOfHalves(ipaLo, ipaHi, shift, width);
      if (!tables.read(tableLo | (index << 3), tableHi, this.#bigEndian)) {
        return fault.set('external', level, 2, forTable, ipaLo, ipaHi);
      }
      const { lo, hi } = tables;
      const isTable = (lo & Low.table) !== 0;
      if ((lo & Low.valid) === 0 || (!isTable && (level === LEVEL_LAST || !blockAllowed(level, granule)))) {
        return fault.set('translation', level, 2, forTable, ipaLo, ipaHi);
      }
      tableHi = hi & outputHighMask;
      if (tableHi >>> outputAbove !== 0) return fault.set('addressSize', level, 2, forTable, ipaLo, ipaHi);
      if (isTable && level < LEVEL_LAST) {
        tableLo = lo & (-1 << granule);
        level++;
        shift -= stride;
        width = stride;
        continue;
      }
      if ((lo & Low.af) === 0) return fault.set('accessFlag', level, 2, forTable, ipaLo, ipaHi);
      const offset = (1 << shift) - 1;
      this.paLo = (lo & ~offset) | (ipaLo & offset);
      this.paHi = tableHi;
      this.memAttr = (lo >>> 2) & 0xf;
      this.shareability = (lo >>> 8) & 3;
      const data = (lo >>> 6) & (Permit.read | Permit.write);
      const never = (hi & High.uxn) !== 0 || (this.#executeNeedsRead && (data & Permit.read) === 0);
      this.permits = data | (never ? 0 : Permit.execute);
      this.#level = level;
      this.mappedBits = shift;
      return true;
    }
  }
}
