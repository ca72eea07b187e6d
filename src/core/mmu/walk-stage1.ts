import type { PeState } from '../state/pe-state.ts';
import { PERMIT_ALL } from './access.ts';
import { DEVICE_NGNRNE, NORMAL_WRITE_BACK, Shareability } from './attributes.ts';
import { type DescriptorRead, PHYSICAL_ADDRESS_BITS, TableMemory } from './descriptor.ts';
import type { TranslationFault } from './fault.ts';
import { Mapping } from './mapping.ts';
import { Format, type Regime, type VaRange } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import { LongWalk, type WalkPath } from './walk-long.ts';
import { ShortWalk } from './walk-short.ts';
import type { Stage2 } from './walk-stage2.ts';

const isLowerAarch32 = ({ lower }: Regime, va: number): boolean =>
  lower.inputBits === 32 || va >>> lower.inputBits === 0;
/** Whether TTBR1 describes an address in AArch32. */
export const isUpperAarch32 = (regime: Regime, va: number): boolean => {
  const { inputBits } = regime.upper;
  return inputBits === 32 ? !isLowerAarch32(regime, va) : ~va >>> inputBits === 0;
};

/** Stage 1 of any regime: virtual to intermediate (or physical) addresses. Arm ARM DDI 0487, D8.2; DDI 0406C, B3.3. */
export class Stage1 {
  readonly #registers: MmuRegisters;
  readonly #fault: TranslationFault;
  readonly #long: LongWalk;
  readonly #short: ShortWalk;
  /** The result. */
  readonly mapping = new Mapping();

  constructor(
    cpu: PeState,
    registers: MmuRegisters,
    fault: TranslationFault,
    stage2: Stage2,
    onRead: DescriptorRead | null = null,
  ) {
    this.#registers = registers;
    this.#fault = fault;
    const tables = new TableMemory(cpu, onRead);
    this.#long = new LongWalk(tables, this.mapping, fault, stage2);
    this.#short = new ShortWalk(tables, registers, this.mapping, fault, stage2);
  }

  /** Of the walk made last, if it was one in the long format. */
  get path(): WalkPath {
    return this.#long.path;
  }

  /** Translates without looking at permissions. On failure the fault is filled in. */
  translate(regime: Regime, vaLo: number, vaHi: number): boolean {
    this.#fault.begin(regime.format === Format.short);
    if (regime.format === Format.vmsav8) return this.#vmsav8(regime, vaLo, vaHi);
    // An access that goes on beyond the last address is UNPREDICTABLE.
    if (vaHi !== 0) return this.#fault.stage1('translation', 1);
    if (!regime.enabled) return this.#flat(regime, vaLo, 0);
    return regime.format === Format.short ? this.#short.walk(regime, vaLo) : this.#longAarch32(regime, vaLo);
  }

  /** Stage 1 off: the address as it is. Arm ARM DDI 0487, D8.2.10; DDI 0406C, B3.2. */
  #flat(regime: Regime, vaLo: number, vaHi: number): boolean {
    const { mapping } = this;
    mapping.outLo = vaLo;
    mapping.outHi = vaHi;
    mapping.permits = PERMIT_ALL;
    // Data accesses are to Device memory; fetches take no notice of that.
    mapping.attributes = regime.defaultCacheable ? NORMAL_WRITE_BACK : DEVICE_NGNRNE;
    mapping.shareability = regime.defaultCacheable ? Shareability.none : Shareability.outer;
    mapping.global = true;
    mapping.domain = 0;
    mapping.level = 0;
    mapping.mappedBits = 12;
    return true;
  }

  #vmsav8(regime: Regime, vaLo: number, vaHi: number): boolean {
    // VA[55] selects the range.
    const upper = (vaHi & 0x0080_0000) !== 0;
    const range = upper ? regime.upper : regime.lower;
    if (!regime.enabled) {
      const hi = range.topByteIgnored ? vaHi & 0x00ff_ffff : vaHi;
      if (hi >>> (PHYSICAL_ADDRESS_BITS - 32) !== 0) return this.#fault.stage1('addressSize', 0);
      return this.#flat(regime, vaLo, hi);
    }
    const { inputBits } = range;
    let above = upper ? ~vaHi : vaHi;
    if (range.topByteIgnored) above &= 0x00ff_ffff;
    const beyond = inputBits >= 32 ? above >>> (inputBits - 32) : above | ((upper ? ~vaLo : vaLo) >>> inputBits);
    if (range.disabled || beyond !== 0) return this.#fault.stage1('translation', 0);
    return this.#fromTtbr(regime, range, upper, vaLo, vaHi);
  }

  /** TTBR0's range, and TTBR1's, which goes first. Arm ARM DDI 0406C, B3.6.4; its pseudocode TranslationTableWalkLD. */
  #longAarch32(regime: Regime, va: number): boolean {
    const { lower, upper } = regime;
    const inUpper = regime.hasEl0 && isUpperAarch32(regime, va);
    const range = inUpper ? upper : lower;
    if (range.disabled || !(inUpper || isLowerAarch32(regime, va))) return this.#fault.stage1('translation', 1);
    return this.#fromTtbr(regime, range, inUpper, va, 0);
  }

  #fromTtbr(regime: Regime, range: VaRange, upper: boolean, vaLo: number, vaHi: number): boolean {
    const r = this.#registers;
    const long = this.#long;
    if (regime.el === 2) return long.walk(regime, range, r.ttbr0El2Lo, r.ttbr0El2Hi, vaLo, vaHi);
    if (upper) return long.walk(regime, range, r.ttbr1El1Lo, r.ttbr1El1Hi, vaLo, vaHi);
    return long.walk(regime, range, r.ttbr0El1Lo, r.ttbr0El1Hi, vaLo, vaHi);
  }
}
