import { fromHalves, hex, high32, low32 } from '../base/bits.ts';
import { Permit, PRIVILEGED_SHIFT } from '../core/mmu/access.ts';
import { isDevice, Shareability } from '../core/mmu/attributes.ts';
import { CellMmuRegisters } from '../core/mmu/cell-registers.ts';
import { High, LEVEL_LAST, Low, levelShift } from '../core/mmu/descriptor.ts';
import { type FaultType, TranslationFault } from '../core/mmu/fault.ts';
import { Format, Regime } from '../core/mmu/regime.ts';
import type { MmuRegisters } from '../core/mmu/registers.ts';
import { isUpperAarch32, Stage1 } from '../core/mmu/walk-stage1.ts';
import { Stage2 } from '../core/mmu/walk-stage2.ts';
import type { PeState } from '../core/state/pe-state.ts';

/** One look-up of a walk. */
export interface WalkStep {
  readonly stage: 1 | 2;
  /** 0..3; of the Short-descriptor format 1 and 2. */
  readonly level: number;
  /** Physical address, of the host, of the descriptor. */
  readonly at: number;
  readonly descriptor: bigint;
  readonly bytes: 4 | 8;
  /** What kind of descriptor it is, and its attributes by their names in the Arm ARM. */
  readonly text: string;
}

/** What a stage makes of an address. */
export interface StageResult {
  /** The output address. */
  readonly out: bigint;
  /** Bytes that the last descriptor maps. */
  readonly blockBytes: number;
  /** `rwx` or dashes; of stage 2 both levels are alike. */
  readonly el0: string;
  readonly el1: string;
  /** `Normal` with its cacheability, or `Device-…`. */
  readonly memory: string;
  readonly shareability: string;
  /** Of stage 1: for all ASIDs. */
  readonly global?: boolean;
  /** Of the Short-descriptor format. */
  readonly domain?: number;
}

/** Why an address has no translation. */
export interface WalkFault {
  readonly stage: 1 | 2;
  readonly type: FaultType;
  readonly level: number;
  /** DFSC as ESR_ELx has it. */
  readonly status: number;
  /** Stage 2 has no translation for a table of stage 1. */
  readonly onTableWalk: boolean;
  /** Of stage 2: the IPA. */
  readonly ipa?: number;
}

/** A virtual address of the EL1&0 regime, and what the tables say of it. */
export interface Translation {
  readonly va: bigint;
  readonly format: 'off' | 'VMSAv8-64' | 'Long-descriptor' | 'Short-descriptor';
  readonly steps: readonly WalkStep[];
  readonly stage1?: StageResult;
  /** Absent where there is no stage 2, or stage 1 fails. */
  readonly stage2?: StageResult;
  readonly fault?: WalkFault;
}

const FORMAT_NAMES = {
  [Format.vmsav8]: 'VMSAv8-64',
  [Format.long]: 'Long-descriptor',
  [Format.short]: 'Short-descriptor',
} as const;

interface Seen {
  readonly stage: 1 | 2;
  readonly pa: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * Walks the tables of the EL1&0 regime as they are in memory now, with the walker of the MMU but none of its caches: nothing of it
 * is noticed by the guest. Permissions are told, not looked at.
 */
export class TableWalk {
  readonly #registers: MmuRegisters;
  readonly #fault = new TranslationFault();
  readonly #regime = new Regime(1);
  readonly #stage1: Stage1;
  readonly #stage2: Stage2;
  /** What was read, while a walk is described. */
  #seen: Seen[] | null = null;
  /** Look-ups of stage 1 in the last walk. */
  #looked = 0;

  constructor(cpu: PeState, registers: MmuRegisters = new CellMmuRegisters(cpu)) {
    this.#registers = registers;
    const saw = (stage: 1 | 2) => (pa: number, lo: number, hi: number) => {
      if (stage === 1) this.#looked++;
      this.#seen?.push({ stage, pa, lo, hi });
    };
    this.#stage2 = new Stage2(cpu, this.#registers, this.#fault, saw(2));
    this.#stage1 = new Stage1(cpu, this.#registers, this.#fault, this.#stage2, saw(1));
  }

  /** Takes note of registers and tables as they are now: before the first address, and whenever the guest has run. */
  refresh(): void {
    this.#regime.configure(this.#registers);
    this.#stage2.clear();
    this.#stage2.configure(1);
  }

  /** The regime as its registers say: for who asks about all of it. */
  get regime(): Regime {
    return this.#regime;
  }
  /** log2 of the bytes that the last address found is mapped with; where none was found, of the hole that it lies in. */
  mappedBits = 0;

  /** The intermediate physical address of a virtual one, or -1 where stage 1 has none. */
  ipaOf(va: bigint): number {
    const regime = this.#regime;
    this.#seen = null;
    this.#looked = 0;
    if (this.#stage1.translate(regime, low32(va), high32(va))) {
      const { outLo, outHi, mappedBits } = this.#stage1.mapping;
      this.mappedBits = mappedBits;
      return outHi * 0x1_0000_0000 + (outLo >>> 0);
    }
    this.mappedBits = this.#holeBits(va);
    return -1;
  }
  #holeBits(va: bigint): number {
    const regime = this.#regime;
    const looked = this.#looked;
    // A table that stage 2 does not map was about to be read.
    const levels = this.#fault.stage === 2 ? looked + 1 : looked;
    if (regime.format === Format.short) return levels <= 1 ? 20 : 12;
    const { startLevel, granule } = this.#rangeOf(va);
    return levelShift(Math.min(LEVEL_LAST, startLevel + Math.max(0, levels - 1)), granule);
  }
  #rangeOf(va: bigint): Regime['lower'] {
    const { format, lower, upper } = this.#regime;
    if (format === Format.vmsav8) return (high32(va) & 0x0080_0000) !== 0 ? upper : lower;
    return isUpperAarch32(this.#regime, low32(va)) ? upper : lower;
  }

  /** All that the tables say of an address. */
  describe(va: bigint): Translation {
    this.refresh();
    const regime = this.#regime;
    const { mapping } = this.#stage1;
    const name = FORMAT_NAMES[regime.format];
    this.#seen = [];
    const found = this.#stage1.translate(regime, low32(va), high32(va));
    const base = { va, format: regime.enabled ? name : 'off' } as const;
    if (!found) return { ...base, steps: this.#steps(va), fault: this.#faultNow() };
    const { permits, attributes, shareability, global, domain, mappedBits, outLo, outHi } = mapping;
    const stage1: StageResult = {
      out: fromHalves(outLo, outHi),
      blockBytes: 2 ** mappedBits,
      el0: permitText(permits),
      el1: permitText(permits >>> PRIVILEGED_SHIFT),
      memory: memoryText(attributes),
      shareability: shareabilityText(shareability),
      global,
      ...(regime.format === Format.short ? { domain } : {}),
    };
    if (!regime.stage2) return { ...base, steps: this.#steps(va), stage1 };
    const second = this.#stage2;
    if (!second.translate(outLo, outHi, Permit.read, false))
      return { ...base, steps: this.#steps(va), stage1, fault: this.#faultNow() };
    const permitted = permitText(second.permits);
    const stage2: StageResult = {
      out: fromHalves(second.paLo, second.paHi),
      blockBytes: 2 ** second.mappedBits,
      el0: permitted,
      el1: permitted,
      memory: memAttrText(second.memAttr),
      shareability: shareabilityText(second.shareability),
    };
    return { ...base, steps: this.#steps(va), stage1, stage2 };
  }

  #faultNow(): WalkFault {
    const { stage, type, level, status, s1ptw, ipa } = this.#fault;
    return { stage, type, level, status, onTableWalk: s1ptw, ...(stage === 2 ? { ipa } : {}) };
  }

  /** Levels follow from the order: each walk of stage 2 begins anew, and goes down by one. */
  #steps(va: bigint): WalkStep[] {
    const isShort = this.#regime.format === Format.short;
    let level1 = isShort ? 1 : this.#rangeOf(va).startLevel;
    let level2 = this.#stage2.startLevel;
    return (this.#seen ?? []).map(({ stage, pa, lo, hi }) => {
      if (stage === 1) level2 = this.#stage2.startLevel;
      const level = stage === 1 ? level1++ : level2++;
      const isOfShort = isShort && stage === 1;
      const text = isOfShort ? shortText(lo, level) : longText(stage, lo, hi, level);
      return { stage, level, at: pa, descriptor: fromHalves(lo, hi), bytes: isOfShort ? 4 : 8, text };
    });
  }
}

const permitText = (permits: number): string =>
  [Permit.read, Permit.write, Permit.execute].map((bit, n) => ((permits & bit) !== 0 ? 'rwx'[n] : '-')).join('');

const SHAREABILITY_NAMES: Readonly<Record<number, string>> = {
  [Shareability.none]: 'non-shareable',
  [Shareability.outer]: 'outer shareable',
  [Shareability.inner]: 'inner shareable',
};
const shareabilityText = (shareability: number): string => SHAREABILITY_NAMES[shareability] ?? 'reserved';

const DEVICES = ['Device-nGnRnE', 'Device-nGnRE', 'Device-nGRE', 'Device-GRE'] as const;
const CACHES = ['write-through transient', 'non-cacheable', 'write-back transient', 'write-through', 'write-back'];

/** Cacheability by a nibble of MAIR_ELx: 0b0100 is Non-cacheable. Arm ARM DDI 0487, D17.2.97. */
function cacheText(nibble: number): string {
  if (nibble === 0b0100) return CACHES[1] as string;
  return CACHES[nibble < 4 ? 0 : nibble < 8 ? 2 : nibble < 12 ? 3 : 4] as string;
}
function memoryText(attributes: number): string {
  if (isDevice(attributes)) return DEVICES[(attributes >>> 2) & 3] as string;
  const [outer, inner] = [cacheText(attributes >>> 4), cacheText(attributes & 15)];
  return `Normal ${outer === inner ? inner : `outer ${outer}, inner ${inner}`}`;
}
/** MemAttr[3:0] of stage 2. Arm ARM DDI 0487, D8.5.5. */
function memAttrText(memAttr: number): string {
  if (memAttr < 4) return DEVICES[memAttr] as string;
  const names = ['reserved', 'non-cacheable', 'write-through', 'write-back'];
  const [outer, inner] = [names[memAttr >>> 2], names[memAttr & 3]];
  return `Normal ${outer === inner ? inner : `outer ${outer}, inner ${inner}`}`;
}

/** Fields that are 1, by their names; numbers where they have several bits. */
const fieldsText = (kind: string, flags: readonly (readonly [string, boolean])[], numbers: readonly string[]): string =>
  [kind, ...flags.flatMap(([name, on]) => (on ? [name] : [])), ...numbers].join(' ');

/** A long descriptor. Arm ARM DDI 0487, D8.3; DDI 0406C, B3.6. */
function longText(stage: 1 | 2, lo: number, hi: number, level: number): string {
  if ((lo & Low.valid) === 0) return 'invalid';
  const isTable = (lo & Low.table) !== 0 && level < LEVEL_LAST;
  if (isTable) {
    const next = hex(fromHalves(lo & ~0xfff, hi & 0xffff));
    if (stage === 2) return `table at ${next}`;
    return fieldsText(
      `table at ${next}`,
      [
        ['PXNTable', (hi & High.pxnTable) !== 0],
        ['UXNTable', (hi & High.uxnTable) !== 0],
        ['APTable=no-EL0', (hi & High.apTableNoEl0) !== 0],
        ['APTable=read-only', (hi & High.apTableReadOnly) !== 0],
      ],
      [],
    );
  }
  if ((lo & Low.table) === 0 && level === LEVEL_LAST) return 'reserved';
  const kind = level === LEVEL_LAST ? 'page' : 'block';
  const contiguous = ['contiguous', (hi & (1 << 20)) !== 0] as const;
  const common = [['AF', (lo & Low.af) !== 0], contiguous] as const;
  const sh = `SH=${(lo >>> 8) & 3}`;
  if (stage === 2)
    return fieldsText(
      kind,
      [...common, ['XN', (hi & High.uxn) !== 0]],
      [`S2AP=${(lo >>> 6) & 3}`, sh, `MemAttr=${(lo >>> 2) & 15}`],
    );
  return fieldsText(
    kind,
    [
      ...common,
      ['nG', (lo & Low.ng) !== 0],
      ['DBM', (hi & (1 << 19)) !== 0],
      ['PXN', (hi & High.pxn) !== 0],
      ['UXN', (hi & High.uxn) !== 0],
    ],
    [`AP[2:1]=${(lo >>> 6) & 3}`, sh, `AttrIndx=${(lo >>> 2) & 7}`],
  );
}

/** A short descriptor. Arm ARM DDI 0406C, B3.5.1. */
function shortText(descriptor: number, level: number): string {
  const kind = descriptor & 3;
  if (kind === 0) return 'invalid';
  const isPage = level === 2;
  if (!isPage && kind === 1)
    return `table at ${hex((descriptor & ~0x3ff) >>> 0)} domain=${(descriptor >>> 5) & 15}${(descriptor & 4) !== 0 ? ' PXN' : ''}`;
  const isLarge = isPage && kind === 1;
  const isSuper = !isPage && (descriptor & (1 << 18)) !== 0;
  const name = isPage ? (isLarge ? 'large page' : 'small page') : isSuper ? 'supersection' : 'section';
  // AP, S and nG of sections stand 6 bits above where pages have them.
  const fields = isPage ? descriptor : descriptor >>> 6;
  const tex = (descriptor >>> (isPage && !isLarge ? 6 : 12)) & 7;
  const xn = isPage ? (isLarge ? descriptor >>> 15 : descriptor) & 1 : (descriptor >>> 4) & 1;
  const ap = ((fields >>> 4) & 3) | ((fields >>> 7) & 4);
  return fieldsText(
    name,
    [
      ['S', (fields & (1 << 10)) !== 0],
      ['nG', (fields & (1 << 11)) !== 0],
      ['XN', xn !== 0],
      ['PXN', !isPage && (descriptor & 1) !== 0],
    ],
    [
      `AP[2:0]=${ap}`,
      `TEX=${tex}`,
      `C=${(descriptor >>> 3) & 1}`,
      `B=${(descriptor >>> 2) & 1}`,
      ...(isPage || isSuper ? [] : [`domain=${(descriptor >>> 5) & 15}`]),
    ],
  );
}
