import { Hcr } from '../fields/hcr.ts';
import { Sctlr } from '../fields/sctlr.ts';
import { TCR_EL2_TBI, TcrHigh, Ttbcr } from '../fields/translation.ts';
import { granuleOfTg0, granuleOfTg1, initialLevel, inputBitsOf, outputBitsOf } from './descriptor.ts';
import type { MmuRegisters } from './registers.ts';

/** What describes the address space: VMSAv8-64, or the Long- and Short-descriptor formats of AArch32. */
export const Format = { vmsav8: 0, long: 1, short: 2 } as const;
export type Format = (typeof Format)[keyof typeof Format];

/** Words of `Regime.controls`. */
export const CONTROL_WORDS = 9;
/** Fields that say nothing about a global entry: who has the ASID, and what TTBR0 is walked for. */
const TTBCR_OF_TTBR0 = Ttbcr.t0sz | Ttbcr.epd0 | Ttbcr.a1;
/** Bits of output addresses in AArch32. */
const AARCH32_OUTPUT_BITS = 40;

/** The part of an address space that one TTBR describes, as its fields of TCR say. */
export class VaRange {
  /** Walks give a translation fault (TCR_EL1.EPDn, or no such range). */
  disabled = true;
  /** Bits 63:56 of the address take no part in translation (TBI). */
  topByteIgnored = false;
  /** log2 of the granule. */
  granule = 12;
  inputBits = 48;
  startLevel = 0;

  configure(disabled: boolean, topByteIgnored: boolean, granule: number, inputBits: number): void {
    this.disabled = disabled;
    this.topByteIgnored = topByteIgnored;
    this.granule = granule;
    this.inputBits = inputBits;
    this.startLevel = initialLevel(inputBits, granule);
  }
}

/** A translation regime, decoded from its control registers. Arm ARM DDI 0487, D8.1.2, G5.1; DDI 0406C, B3.1. */
export class Regime {
  /** 1 for EL1&0. */
  readonly el: 1 | 2;
  /** The regime has unprivileged accesses, two address ranges and ASIDs. */
  readonly hasEl0: boolean;
  format: Format = Format.vmsav8;
  /** In the Short-descriptor format, what is not in `lower` is in `upper`; in the long one of AArch32 `upper` goes first. */
  readonly lower = new VaRange();
  readonly upper = new VaRange();
  enabled = false;
  wxn = false;
  /** What EL0 can write, the privileged level cannot execute. */
  uwxn = false;
  bigEndian = false;
  stage2 = false;
  defaultCacheable = false;
  outputBits = 32;
  /** What of a descriptor's high half is the output address; above `outputBits` it must be 0. */
  outputHighMask = 0xffff;
  asidMask = 0xffff;
  #asidOfUpper = false;
  /** PRRR and NMRR in the Short-descriptor format. */
  mairLo = 0;
  mairHi = 0;
  /** Short-descriptor format: SCTLR.TRE, SCTLR.AFE, and the low bits of DACR's fields that say "manager". */
  texRemap = false;
  accessFlag = false;
  managers = 0;
  usesDomains = false;
  /** What of the control registers a cached translation depends on, for telling translations under other settings apart. */
  readonly controls = new Int32Array(CONTROL_WORDS);
  /** In AArch32: what of them a global one depends on. TLBs may keep it whatever else is set. */
  readonly globalControls = new Int32Array(CONTROL_WORDS);

  constructor(el: 1 | 2) {
    this.el = el;
    this.hasEl0 = el === 1;
  }

  get aarch32(): boolean {
    return this.format !== Format.vmsav8;
  }

  /** The current ASID of the EL1&0 regime. */
  asidOf(r: MmuRegisters): number {
    if (this.format === Format.short) return r.contextidr & 0xff;
    return ((this.#asidOfUpper ? r.ttbr1El1Hi : r.ttbr0El1Hi) >>> 16) & this.asidMask;
  }

  configure(r: MmuRegisters): void {
    if (this.el === 1) this.#configureEl1(r);
    else this.#configureEl2(r);
  }

  #configureEl1(r: MmuRegisters): void {
    const { tcrEl1Lo: tcr, hcrEl2Lo: hcr, sctlrEl1: sctlr } = r;
    this.defaultCacheable = (hcr & Hcr.dc) !== 0;
    // HCR_EL2.TGE and HCR_EL2.DC make SCTLR_EL1.M act as 0; DC makes HCR_EL2.VM act as 1.
    this.enabled = (sctlr & Sctlr.m) !== 0 && (hcr & (Hcr.dc | Hcr.tge)) === 0;
    this.wxn = (sctlr & Sctlr.wxn) !== 0;
    this.bigEndian = (sctlr & Sctlr.ee) !== 0;
    this.stage2 = (hcr & (Hcr.vm | Hcr.dc)) !== 0;
    this.mairLo = r.mairEl1Lo;
    this.mairHi = r.mairEl1Hi;
    this.#asidOfUpper = (tcr & Ttbcr.a1) !== 0;
    if (r.el1Aarch32) this.#configureAarch32(r);
    else this.#configureAarch64(r);
    const { controls } = this;
    controls[0] = this.format;
    controls[2] = tcr;
    controls[4] = r.mairEl1Lo;
    controls[5] = r.mairEl1Hi;
    controls[6] = hcr & (Hcr.vm | Hcr.dc | Hcr.tge | Hcr.ptw);
    controls[7] = r.vtcrEl2;
    controls[8] = r.sctlrEl2 & Sctlr.ee;
    this.globalControls.set(controls);
    if (this.format === Format.long) this.globalControls[2] = tcr & ~TTBCR_OF_TTBR0;
  }

  #configureAarch64(r: MmuRegisters): void {
    const { tcrEl1Lo: lo, tcrEl1Hi: hi, sctlrEl1: sctlr } = r;
    const granule0 = granuleOfTg0((lo >>> 14) & 3, r.granule16);
    const granule1 = granuleOfTg1((lo >>> 30) & 3, r.granule16);
    this.format = Format.vmsav8;
    this.usesDomains = false;
    this.lower.configure((lo & (1 << 7)) !== 0, (hi & TcrHigh.tbi0) !== 0, granule0, inputBitsOf(lo & 0x3f));
    this.upper.configure((lo & (1 << 23)) !== 0, (hi & TcrHigh.tbi1) !== 0, granule1, inputBitsOf((lo >>> 16) & 0x3f));
    this.outputBits = outputBitsOf(hi & 7);
    this.outputHighMask = 0xffff;
    // Without TCR_EL1.AS (bit 36) an ASID has 8 bits.
    this.asidMask = (hi & (1 << 4)) !== 0 ? 0xffff : 0xff;
    this.controls[1] = sctlr & (Sctlr.m | Sctlr.wxn | Sctlr.ee);
    this.controls[3] = hi;
  }

  #configureAarch32(r: MmuRegisters): void {
    const { tcrEl1Lo: ttbcr, sctlrEl1: sctlr } = r;
    const long = (ttbcr & Ttbcr.eae) !== 0;
    this.format = long ? Format.long : Format.short;
    const disabled0 = (ttbcr & (long ? Ttbcr.epd0 : Ttbcr.pd0)) !== 0;
    const disabled1 = (ttbcr & (long ? Ttbcr.epd1 : Ttbcr.pd1)) !== 0;
    // T0SZ and N are the same bits, and both say how much smaller TTBR0's range is than 4 GiB.
    this.lower.configure(disabled0, false, 12, 32 - (ttbcr & Ttbcr.t0sz));
    this.upper.configure(disabled1, false, 12, long ? 32 - ((ttbcr >>> 16) & 7) : 32);
    this.#configureOutputAarch32(r);
    this.asidMask = 0xff;
    this.uwxn = (sctlr & Sctlr.uwxn) !== 0;
    this.texRemap = (sctlr & Sctlr.tre) !== 0;
    this.accessFlag = (sctlr & Sctlr.afe) !== 0;
    this.usesDomains = !long && this.enabled;
    this.managers = this.usesDomains ? managersOf(r.dacr) : 0;
    this.controls[1] = sctlr & (Sctlr.m | Sctlr.wxn | Sctlr.ee | Sctlr.uwxn | Sctlr.tre | Sctlr.afe);
    this.controls[3] = this.managers;
  }

  #configureEl2(r: MmuRegisters): void {
    const { tcrEl2: tcr, sctlrEl2: sctlr } = r;
    this.enabled = (sctlr & Sctlr.m) !== 0;
    this.wxn = (sctlr & Sctlr.wxn) !== 0;
    this.bigEndian = (sctlr & Sctlr.ee) !== 0;
    this.mairLo = r.mairEl2Lo;
    this.mairHi = r.mairEl2Hi;
    if (r.el2Aarch32) {
      this.format = Format.long;
      this.lower.configure(false, false, 12, 32 - (tcr & Ttbcr.t0sz));
      this.#configureOutputAarch32(r);
    } else {
      this.lower.configure(
        false,
        (tcr & TCR_EL2_TBI) !== 0,
        granuleOfTg0((tcr >>> 14) & 3, r.granule16),
        inputBitsOf(tcr & 0x3f),
      );
      this.upper.topByteIgnored = this.lower.topByteIgnored;
      this.outputBits = outputBitsOf((tcr >>> 16) & 7);
    }
    const { controls } = this;
    controls[0] = this.format;
    controls[1] = sctlr & (Sctlr.m | Sctlr.wxn | Sctlr.ee);
    controls[2] = tcr;
    controls[4] = this.mairLo;
    controls[5] = this.mairHi;
  }

  #configureOutputAarch32(r: MmuRegisters): void {
    this.outputBits = AARCH32_OUTPUT_BITS;
    // ARMv7-A has no address size faults: bits 47:40 are not looked at.
    this.outputHighMask = r.el2Aarch32 ? 0xff : 0xffff;
  }
}

/** The domains that DACR makes managers: the low bit of each one's field. */
export const managersOf = (dacr: number): number => dacr & (dacr >>> 1) & 0x5555_5555;

/** The fields of DACR in which two settings differ, by their difference. */
export const differingDomains = (difference: number): number => {
  const low = (difference | (difference >>> 1)) & 0x5555_5555;
  return low | (low << 1);
};
