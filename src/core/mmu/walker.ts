import type { PeState } from '../state/pe-state.ts';
import { PRIVILEGED_SHIFT, permitFor } from './access.ts';
import { combineAttributes, combineShareability, effectiveShareability, isDevice } from './attributes.ts';
import { TranslationFault } from './fault.ts';
import type { Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import type { WalkPath } from './walk-long.ts';
import { Stage1 } from './walk-stage1.ts';
import { Stage2 } from './walk-stage2.ts';

/** Translates by walking the tables: stage 1, then stage 2 where the regime has one. */
export class Walker {
  readonly fault = new TranslationFault();
  readonly stage2: Stage2;
  readonly #stage1: Stage1;

  /** Result: the output address. */
  paLo = 0;
  paHi = 0;
  /** Permissions of EL0 and of the privileged level (access.ts), of both stages. */
  permits = 0;
  /** In the format of MAIR_ELx, of both stages. */
  attributes = 0;
  shareability = 0;
  global = true;
  /** Of the Short-descriptor format; else 0. */
  domain = 0;
  /** log2 of the bytes that the descriptor of stage 1 maps: what one TLBI by address drops. */
  stage1Bits = 12;
  /** log2 of the bytes that both stages map alike. */
  mappedBits = 12;

  constructor(cpu: PeState, registers: MmuRegisters) {
    this.stage2 = new Stage2(cpu, registers, this.fault);
    this.#stage1 = new Stage1(cpu, registers, this.fault, this.stage2);
  }

  /** The pages that descriptors of stage 1 were read from, where it is of the long format. */
  get path(): WalkPath {
    return this.#stage1.path;
  }

  /** `withStage2`: go beyond the intermediate physical address. On failure the fault is filled in. */
  walk(regime: Regime, vaLo: number, vaHi: number, access: number, privileged: boolean, withStage2: boolean): boolean {
    const { stage2 } = this;
    const stage1 = this.#stage1;
    const { mapping } = stage1;
    if (!stage1.translate(regime, vaLo, vaHi)) return false;
    const permit = permitFor(access);
    if ((mapping.permits & (privileged ? permit << PRIVILEGED_SHIFT : permit)) === 0) {
      return this.fault.stage1('permission', mapping.level);
    }
    this.global = mapping.global;
    this.domain = mapping.domain;
    this.stage1Bits = mapping.mappedBits;
    if (!withStage2) {
      this.paLo = mapping.outLo;
      this.paHi = mapping.outHi;
      this.permits = mapping.permits;
      this.attributes = mapping.attributes;
      this.shareability = mapping.shareability;
      this.mappedBits = mapping.mappedBits;
      return true;
    }
    if (!stage2.translate(mapping.outLo, mapping.outHi, permit, false)) {
      this.fault.isBehindDevice = isDevice(mapping.attributes);
      return false;
    }
    this.paLo = stage2.paLo;
    this.paHi = stage2.paHi;
    this.permits = mapping.permits & (stage2.permits | (stage2.permits << PRIVILEGED_SHIFT));
    this.attributes = combineAttributes(mapping.attributes, stage2.memAttr);
    const shareability = combineShareability(mapping.shareability, stage2.shareability);
    this.shareability = effectiveShareability(this.attributes, shareability);
    this.mappedBits = Math.min(mapping.mappedBits, stage2.mappedBits);
    return true;
  }
}
