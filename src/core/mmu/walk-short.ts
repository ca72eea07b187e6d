import { PERMIT_ALL, Permit } from './access.ts';
import { shortAttributes } from './attributes-short.ts';
import type { TableMemory } from './descriptor.ts';
import type { TranslationFault } from './fault.ts';
import type { Mapping } from './mapping.ts';
import { permitsAarch32 } from './permissions.ts';
import type { Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import type { Stage2 } from './walk-stage2.ts';

// Descriptors of 32 bits. Arm ARM DDI 0406C, B3.5.1.

/** Bits 1:0: invalid, a table or a large page, or (either value, the low bit being PXN or XN) a section or a small page. */
const KIND = 3;
const KIND_INVALID = 0;
const KIND_TABLE = 1;
const KIND_LARGE_PAGE = 1;

const Level1 = { sectionPxn: 1 << 0, tablePxn: 1 << 2, sectionXn: 1 << 4, supersection: 1 << 18 } as const;
const Level2 = { smallXn: 1 << 0, largeXn: 1 << 15 } as const;
const SECTION_BITS = 20;
const SUPERSECTION_BITS = 24;
const LARGE_PAGE_BITS = 16;
const SMALL_PAGE_BITS = 12;

/** Fields of DACR that let accesses pass. */
const CLIENT = 1;
const MANAGER = 3;

/** No address. */
const NOWHERE = -1;

/** The address of the first-level descriptor for a VA, or -1 where its range is disabled. */
export const level1Address = (registers: MmuRegisters, regime: Regime, va: number): number => {
  const { lower } = regime;
  const inLower = lower.inputBits === 32 || va >>> lower.inputBits === 0;
  if ((inLower ? lower : regime.upper).disabled) return NOWHERE;
  // TTBR0's table is as much smaller as its range is.
  const inputBits = inLower ? lower.inputBits : 32;
  const base = (inLower ? registers.ttbr0El1Lo : registers.ttbr1El1Lo) & (-1 << (inputBits - SECTION_BITS + 2));
  const index = (va >>> SECTION_BITS) & ((1 << (inputBits - SECTION_BITS)) - 1);
  return (base | (index << 2)) >>> 0;
};
/** Whether a first-level descriptor names a table. */
export const isTable = (descriptor: number): boolean => (descriptor & KIND) === KIND_TABLE;
const isSupersection = (descriptor: number): boolean =>
  (descriptor & KIND) !== KIND_TABLE && (descriptor & Level1.supersection) !== 0;
/** The domain that a first-level descriptor puts what it maps into. */
export const level1Domain = (descriptor: number): number => (isSupersection(descriptor) ? 0 : (descriptor >>> 5) & 15);
/** The address of the table that a first-level descriptor names. */
export const level2Table = (descriptor: number): number => descriptor & ~0x3ff;

/** Stage 1 in the Short-descriptor format. Arm ARM DDI 0406C, B3.5; its pseudocode TranslationTableWalkSD. */
export class ShortWalk {
  readonly #registers: MmuRegisters;
  readonly #mapping: Mapping;
  readonly #fault: TranslationFault;
  readonly #stage2: Stage2;
  readonly #tables: TableMemory;

  constructor(tables: TableMemory, registers: MmuRegisters, mapping: Mapping, fault: TranslationFault, stage2: Stage2) {
    this.#registers = registers;
    this.#mapping = mapping;
    this.#fault = fault;
    this.#stage2 = stage2;
    this.#tables = tables;
  }

  /** Walks, and looks at domains: a manager's permissions are all. On failure the fault is filled in. */
  walk(regime: Regime, va: number): boolean {
    const fault = this.#fault;
    const at = level1Address(this.#registers, regime, va);
    if (at === NOWHERE) return fault.stage1('translation', 1);
    if (!this.#read(regime, at, 1)) return false;
    const descriptor = this.#tables.lo;
    if ((descriptor & KIND) === KIND_INVALID) return fault.stage1('translation', 1);
    fault.domain = this.#mapping.domain = level1Domain(descriptor);
    const found = isTable(descriptor) ? this.#page(regime, descriptor, va) : this.#section(regime, descriptor, va);
    return found && this.#checkDomain();
  }

  #section(regime: Regime, descriptor: number, va: number): boolean {
    const mapping = this.#mapping;
    const supersection = isSupersection(descriptor);
    const bits = supersection ? SUPERSECTION_BITS : SECTION_BITS;
    const offset = (1 << bits) - 1;
    mapping.level = 1;
    mapping.mappedBits = bits;
    mapping.outLo = (descriptor & ~offset) | (va & offset);
    // PA[35:32] in bits 23:20, PA[39:36] in bits 8:5.
    mapping.outHi = supersection ? ((descriptor >>> 20) & 15) | (((descriptor >>> 5) & 15) << 4) : 0;
    const xn = (descriptor & Level1.sectionXn) !== 0;
    const pxn = (descriptor & Level1.sectionPxn) !== 0;
    // AP, S and nG stand 6 bits above where pages have them.
    return this.#leaf(regime, descriptor >>> 6, (descriptor >>> 12) & 7, descriptor, xn, pxn);
  }

  #page(regime: Regime, table: number, va: number): boolean {
    const fault = this.#fault;
    const mapping = this.#mapping;
    if (!this.#read(regime, level2Table(table) | (((va >>> 12) & 0xff) << 2), 2)) return false;
    const descriptor = this.#tables.lo;
    const kind = descriptor & KIND;
    if (kind === KIND_INVALID) return fault.stage1('translation', 2);
    const large = kind === KIND_LARGE_PAGE;
    const bits = large ? LARGE_PAGE_BITS : SMALL_PAGE_BITS;
    const offset = (1 << bits) - 1;
    mapping.level = 2;
    mapping.mappedBits = bits;
    mapping.outLo = (descriptor & ~offset) | (va & offset);
    mapping.outHi = 0;
    const xn = (descriptor & (large ? Level2.largeXn : Level2.smallXn)) !== 0;
    const pxn = (table & Level1.tablePxn) !== 0;
    return this.#leaf(regime, descriptor, (descriptor >>> (large ? 12 : 6)) & 7, descriptor, xn, pxn);
  }

  /** `fields`: AP[1:0] in bits 5:4, AP[2], S and nG in bits 9..11. `cb`: C and B in bits 3:2. */
  #leaf(regime: Regime, fields: number, tex: number, cb: number, xn: boolean, pxn: boolean): boolean {
    const mapping = this.#mapping;
    const ap = ((fields >>> 4) & 3) | ((fields >>> 7) & 4);
    // With SCTLR.AFE, AP[0] is the access flag.
    if (regime.accessFlag && (ap & 1) === 0) return this.#fault.stage1('accessFlag', mapping.level);
    mapping.permits = permitsAarch32(regime, regime.accessFlag ? ap | 1 : ap, xn, pxn);
    mapping.global = (fields & (1 << 11)) === 0;
    shortAttributes(mapping, regime, (tex << 2) | ((cb >>> 2) & 3), (fields >>> 10) & 1);
    return true;
  }

  /** Arm ARM DDI 0406C, B3.7.3; the reserved value lets nothing pass. */
  #checkDomain(): boolean {
    const mapping = this.#mapping;
    const access = (this.#registers.dacr >>> (2 * mapping.domain)) & 3;
    if (access === MANAGER) mapping.permits = PERMIT_ALL;
    else if (access !== CLIENT) return this.#fault.stage1('domain', mapping.level);
    return true;
  }

  /** Reads a descriptor at an address that stage 2, if there is one, translates. */
  #read(regime: Regime, address: number, level: number): boolean {
    const stage2 = this.#stage2;
    let lo = address;
    let hi = 0;
    if (regime.stage2) {
      if (!stage2.translate(lo, hi, Permit.read, true)) return false;
      lo = stage2.paLo;
      hi = stage2.paHi;
    }
    return this.#tables.readShort(lo, hi, regime.bigEndian) || this.#fault.stage1('external', level);
  }
}
