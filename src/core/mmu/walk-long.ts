import { Permit } from './access.ts';
import { effectiveShareability } from './attributes.ts';
import { bitsOfHalves, blockAllowed, High, LEVEL_LAST, Low, levelShift, type TableMemory } from './descriptor.ts';
import type { TranslationFault } from './fault.ts';
import type { Mapping } from './mapping.ts';
import { permitsAarch32, permitsAarch64 } from './permissions.ts';
import type { Regime, VaRange } from './regime.ts';
import type { Stage2 } from './walk-stage2.ts';

/** The pages of memory that a walk read descriptors from, from the first level on. */
export class WalkPath {
  readonly pages = new Int32Array(4);
  length = 0;
}

/** Stage 1 in the long descriptor format. Arm ARM DDI 0487, D8.2; DDI 0406C, B3.6. */
export class LongWalk {
  readonly #mapping: Mapping;
  readonly #fault: TranslationFault;
  readonly #stage2: Stage2;
  readonly #tables: TableMemory;
  /** Of the walk made last. */
  readonly path = new WalkPath();

  constructor(tables: TableMemory, mapping: Mapping, fault: TranslationFault, stage2: Stage2) {
    this.#mapping = mapping;
    this.#fault = fault;
    this.#stage2 = stage2;
    this.#tables = tables;
  }

  /** Walks for an address of a range, from its TTBR on. On failure the fault is filled in. */
  walk(regime: Regime, range: VaRange, ttbrLo: number, ttbrHi: number, vaLo: number, vaHi: number): boolean {
    const fault = this.#fault;
    const tables = this.#tables;
    const stage2 = this.#stage2;
    const mapping = this.#mapping;
    const { granule, inputBits } = range;
    const { outputHighMask } = regime;
    const stride = granule - 3;
    const outputAbove = regime.outputBits - 32;
    let level = range.startLevel;
    let shift = levelShift(level, granule);
    let width = inputBits - shift;
    let tableLo = ttbrLo & (-1 << (width + 3));
    let tableHi = ttbrHi & outputHighMask;
    if (tableHi >>> outputAbove !== 0) return fault.stage1('addressSize', 0);

    const { path } = this;
    path.length = 0;
    let inherited = 0;
    for (;;) {
      let lo = tableLo | (bitsOfHalves(vaLo, vaHi, shift, width) << 3);
      let hi = tableHi;
      if (regime.stage2) {
        if (!stage2.translate(lo, hi, Permit.read, true)) return false;
        lo = stage2.paLo;
        hi = stage2.paHi;
      }
      if (!tables.read(lo, hi, regime.bigEndian)) return fault.stage1('external', level);
      path.pages[path.length++] = lo >>> 12;
      lo = tables.lo;
      hi = tables.hi;
      const isTable = (lo & Low.table) !== 0;
      if ((lo & Low.valid) === 0 || (!isTable && (level === LEVEL_LAST || !blockAllowed(level, granule)))) {
        return fault.stage1('translation', level);
      }
      tableHi = hi & outputHighMask;
      if (tableHi >>> outputAbove !== 0) return fault.stage1('addressSize', level);
      if (isTable && level < LEVEL_LAST) {
        inherited |= hi;
        tableLo = lo & (-1 << granule);
        level++;
        shift -= stride;
        width = stride;
        continue;
      }
      if ((lo & Low.af) === 0) return fault.stage1('accessFlag', level);
      this.#leaf(regime, lo, hi, inherited);
      const offset = (1 << shift) - 1;
      mapping.outLo = (lo & ~offset) | (vaLo & offset);
      mapping.outHi = tableHi;
      mapping.level = level;
      mapping.mappedBits = shift;
      return true;
    }
  }

  /** Takes the attributes from a block or page descriptor; `inherited`: the high halves of the table descriptors above. */
  #leaf(regime: Regime, lo: number, hi: number, inherited: number): void {
    const mapping = this.#mapping;
    const readOnly = (lo & (1 << 7)) !== 0 || (inherited & High.apTableReadOnly) !== 0;
    const el0 = (lo & (1 << 6)) !== 0 && (inherited & High.apTableNoEl0) === 0;
    const uxn = (hi & High.uxn) !== 0 || (inherited & High.uxnTable) !== 0;
    const pxn = (hi & High.pxn) !== 0 || (inherited & High.pxnTable) !== 0;
    mapping.permits = regime.aarch32
      ? permitsAarch32(regime, (readOnly ? 4 : 0) | (el0 ? 2 : 0) | 1, uxn, pxn)
      : permitsAarch64(regime, readOnly, el0, uxn, pxn);
    const index = (lo >>> 2) & 7;
    mapping.attributes = ((index < 4 ? regime.mairLo : regime.mairHi) >>> ((index & 3) * 8)) & 0xff;
    mapping.shareability = effectiveShareability(mapping.attributes, (lo >>> 8) & 3);
    mapping.global = !regime.hasEl0 || (lo & Low.ng) === 0;
    mapping.domain = 0;
  }
}
