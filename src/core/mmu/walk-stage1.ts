import type { Cpu } from '../cpu.ts';
import { PERMIT_ALL, Permit, PRIVILEGED_SHIFT } from './access.ts';
import { DEVICE_NGNRNE, effectiveShareability, NORMAL_WRITE_BACK, Shareability } from './attributes.ts';
import {
  bitsOfHalves,
  blockAllowed,
  High,
  LEVEL_LAST,
  Low,
  levelShift,
  PHYSICAL_ADDRESS_BITS,
  TableMemory,
} from './descriptor.ts';
import type { TranslationFault } from './fault.ts';
import type { Regime, VaRange } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import type { Stage2 } from './walk-stage2.ts';

const READ_WRITE = Permit.read | Permit.write;

/** `Permit` bits of both levels from AP[2:1] and the execute-never bits. Arm ARM DDI 0487, D8.4.1 and D8.4.2. */
const permitsOf = (regime: Regime, readOnly: boolean, el0: boolean, uxn: boolean, pxn: boolean): number => {
  const data = readOnly ? Permit.read : READ_WRITE;
  const wxn = regime.wxn && !readOnly;
  if (!regime.hasEl0) return (data | (uxn || wxn ? 0 : Permit.execute)) << PRIVILEGED_SHIFT;
  const user = (el0 ? data : 0) | (uxn || (wxn && el0) ? 0 : Permit.execute);
  // What EL0 can write, EL1 cannot execute.
  const privileged = data | (pxn || wxn || (el0 && !readOnly) ? 0 : Permit.execute);
  return user | (privileged << PRIVILEGED_SHIFT);
};

/** Stage 1 of any AArch64 regime: virtual to intermediate (or physical) addresses. Arm ARM DDI 0487, D8.2. */
export class Stage1 {
  private readonly registers: MmuRegisters;
  private readonly fault: TranslationFault;
  private readonly stage2: Stage2;
  private readonly tables: TableMemory;

  /** Result: the output address. */
  outLo = 0;
  outHi = 0;
  /** Permissions of EL0 and of the privileged level (access.ts). */
  permits = 0;
  /** In the format of MAIR_ELx. */
  attributes = 0;
  shareability = 0;
  global = true;
  level = 0;
  /** log2 of the bytes that the descriptor maps; 12 where stage 1 is off. */
  mappedBits = 12;

  constructor(cpu: Cpu, registers: MmuRegisters, fault: TranslationFault, stage2: Stage2) {
    this.registers = registers;
    this.fault = fault;
    this.stage2 = stage2;
    this.tables = new TableMemory(cpu);
  }

  /** Translates without looking at permissions. On failure the fault is filled in. */
  translate(regime: Regime, vaLo: number, vaHi: number): boolean {
    const upper = (vaHi & 0x0080_0000) !== 0;
    const range = upper ? regime.upper : regime.lower;
    return regime.enabled ? this.walk(regime, range, upper, vaLo, vaHi) : this.flat(regime, range, vaLo, vaHi);
  }

  /** Stage 1 off: the address as it is. Arm ARM DDI 0487, D8.2.10. */
  private flat(regime: Regime, range: VaRange, vaLo: number, vaHi: number): boolean {
    const hi = range.topByteIgnored ? vaHi & 0x00ff_ffff : vaHi;
    if (hi >>> (PHYSICAL_ADDRESS_BITS - 32) !== 0) return this.fault.stage1('addressSize', 0);
    this.outLo = vaLo;
    this.outHi = hi;
    this.permits = PERMIT_ALL;
    // Data accesses are to Device memory; fetches take no notice of that.
    this.attributes = regime.defaultCacheable ? NORMAL_WRITE_BACK : DEVICE_NGNRNE;
    this.shareability = regime.defaultCacheable ? Shareability.none : Shareability.outer;
    this.global = true;
    this.level = 0;
    this.mappedBits = 12;
    return true;
  }

  private walk(regime: Regime, range: VaRange, upper: boolean, vaLo: number, vaHi: number): boolean {
    const { fault, tables, stage2, registers } = this;
    const { granule, inputBits } = range;
    let above = upper ? ~vaHi : vaHi;
    if (range.topByteIgnored) above &= 0x00ff_ffff;
    const beyond = inputBits >= 32 ? above >>> (inputBits - 32) : above | ((upper ? ~vaLo : vaLo) >>> inputBits);
    if (range.disabled || beyond !== 0) return fault.stage1('translation', 0);

    const stride = granule - 3;
    const outputAbove = regime.outputBits - 32;
    let level = range.startLevel;
    let shift = levelShift(level, granule);
    let width = inputBits - shift;
    let tableLo = 0;
    let tableHi = 0;
    if (regime.el === 2) {
      tableLo = registers.ttbr0El2Lo;
      tableHi = registers.ttbr0El2Hi;
    } else if (upper) {
      tableLo = registers.ttbr1El1Lo;
      tableHi = registers.ttbr1El1Hi;
    } else {
      tableLo = registers.ttbr0El1Lo;
      tableHi = registers.ttbr0El1Hi;
    }
    tableLo &= -1 << (width + 3);
    tableHi &= 0xffff;
    if (tableHi >>> outputAbove !== 0) return fault.stage1('addressSize', 0);

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
      lo = tables.lo;
      hi = tables.hi;
      const isTable = (lo & Low.table) !== 0;
      if ((lo & Low.valid) === 0 || (!isTable && (level === LEVEL_LAST || !blockAllowed(level, granule)))) {
        return fault.stage1('translation', level);
      }
      tableHi = hi & 0xffff;
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
      this.leaf(regime, lo, hi, inherited);
      const offset = (1 << shift) - 1;
      this.outLo = (lo & ~offset) | (vaLo & offset);
      this.outHi = tableHi;
      this.level = level;
      this.mappedBits = shift;
      return true;
    }
  }

  /** Takes the attributes from a block or page descriptor; `inherited`: the high halves of the table descriptors above. */
  private leaf(regime: Regime, lo: number, hi: number, inherited: number): void {
    const readOnly = (lo & (1 << 7)) !== 0 || (inherited & High.apTableReadOnly) !== 0;
    const el0 = (lo & (1 << 6)) !== 0 && (inherited & High.apTableNoEl0) === 0;
    const uxn = (hi & High.uxn) !== 0 || (inherited & High.uxnTable) !== 0;
    const pxn = (hi & High.pxn) !== 0 || (inherited & High.pxnTable) !== 0;
    this.permits = permitsOf(regime, readOnly, el0, uxn, pxn);
    const index = (lo >>> 2) & 7;
    this.attributes = ((index < 4 ? regime.mairLo : regime.mairHi) >>> ((index & 3) * 8)) & 0xff;
    this.shareability = effectiveShareability(this.attributes, (lo >>> 8) & 3);
    this.global = !regime.hasEl0 || (lo & Low.ng) === 0;
  }
}
