import type { Cpu } from '../cpu.ts';
import { PRIVILEGED_SHIFT, permitFor } from './access.ts';
import { combineAttributes, combineShareability, effectiveShareability } from './attributes.ts';
import { TranslationFault } from './fault.ts';
import type { Regime } from './regime.ts';
import type { MmuRegisters } from './registers.ts';
import { Stage1 } from './walk-stage1.ts';
import { Stage2 } from './walk-stage2.ts';

/** Translates by walking the tables: stage 1, then stage 2 where the regime has one. */
export class Walker {
  readonly fault = new TranslationFault();
  readonly stage2: Stage2;
  private readonly stage1: Stage1;

  /** Result: the output address. */
  paLo = 0;
  paHi = 0;
  /** Permissions of EL0 and of the privileged level (access.ts), of both stages. */
  permits = 0;
  /** In the format of MAIR_ELx, of both stages. */
  attributes = 0;
  shareability = 0;
  global = true;
  /** log2 of the bytes that the descriptor of stage 1 maps: what one TLBI by address drops. */
  stage1Bits = 12;
  /** log2 of the bytes that both stages map alike. */
  mappedBits = 12;

  constructor(cpu: Cpu, registers: MmuRegisters) {
    this.stage2 = new Stage2(cpu, registers, this.fault);
    this.stage1 = new Stage1(cpu, registers, this.fault, this.stage2);
  }

  /** `withStage2`: go beyond the intermediate physical address. On failure the fault is filled in. */
  walk(regime: Regime, vaLo: number, vaHi: number, access: number, privileged: boolean, withStage2: boolean): boolean {
    const { stage1, stage2 } = this;
    if (!stage1.translate(regime, vaLo, vaHi)) return false;
    const permit = permitFor(access);
    if ((stage1.permits & (privileged ? permit << PRIVILEGED_SHIFT : permit)) === 0) {
      return this.fault.stage1('permission', stage1.level);
    }
    this.global = stage1.global;
    this.stage1Bits = stage1.mappedBits;
    if (!withStage2) {
      this.paLo = stage1.outLo;
      this.paHi = stage1.outHi;
      this.permits = stage1.permits;
      this.attributes = stage1.attributes;
      this.shareability = stage1.shareability;
      this.mappedBits = stage1.mappedBits;
      return true;
    }
    if (!stage2.translate(stage1.outLo, stage1.outHi, permit, false)) return false;
    this.paLo = stage2.paLo;
    this.paHi = stage2.paHi;
    this.permits = stage1.permits & (stage2.permits | (stage2.permits << PRIVILEGED_SHIFT));
    this.attributes = combineAttributes(stage1.attributes, stage2.memAttr);
    const shareability = combineShareability(stage1.shareability, stage2.shareability);
    this.shareability = effectiveShareability(this.attributes, shareability);
    this.mappedBits = Math.min(stage1.mappedBits, stage2.mappedBits);
    return true;
  }
}
