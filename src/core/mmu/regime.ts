import { granuleOfTg0, granuleOfTg1, initialLevel, inputBitsOf, outputBitsOf } from './descriptor.ts';
import { Hcr, type MmuRegisters, Sctlr } from './registers.ts';

/** The half of an address space that one TTBR describes, as its fields of TCR say. */
export class VaRange {
  /** Walks give a translation fault (TCR_EL1.EPDn, or no such range). */
  disabled = true;
  /** Bits 63:56 of the address take no part in translation (TBI). */
  topByteIgnored = false;
  /** log2 of the granule. */
  granule = 12;
  inputBits = 48;
  startLevel = 0;

  configure(disabled: boolean, topByteIgnored: boolean, granule: number, txsz: number): void {
    this.disabled = disabled;
    this.topByteIgnored = topByteIgnored;
    this.granule = granule;
    this.inputBits = inputBitsOf(txsz);
    this.startLevel = initialLevel(this.inputBits, granule);
  }
}

/** A translation regime of AArch64, decoded from its control registers. Arm ARM DDI 0487, D8.1.2. */
export class Regime {
  /** 1 for EL1&0. */
  readonly el: 1 | 2;
  /** The regime has unprivileged accesses, two address ranges and ASIDs. */
  readonly hasEl0: boolean;
  readonly lower = new VaRange();
  readonly upper = new VaRange();
  enabled = false;
  wxn = false;
  bigEndian = false;
  stage2 = false;
  defaultCacheable = false;
  outputBits = 32;
  mairLo = 0;
  mairHi = 0;
  /** What of the control registers a cached translation depends on, for telling translations under other settings apart. */
  controls = '';

  constructor(el: 1 | 2) {
    this.el = el;
    this.hasEl0 = el === 1;
  }

  configure(r: MmuRegisters): void {
    if (this.el === 1) this.configureEl1(r);
    else this.configureEl2(r);
  }

  private configureEl1(r: MmuRegisters): void {
    const { tcrEl1Lo: lo, tcrEl1Hi: hi, hcrEl2Lo: hcr, sctlrEl1: sctlr } = r;
    this.lower.configure((lo & (1 << 7)) !== 0, (hi & (1 << 5)) !== 0, granuleOfTg0((lo >>> 14) & 3), lo & 0x3f);
    const granule1 = granuleOfTg1((lo >>> 30) & 3);
    this.upper.configure((lo & (1 << 23)) !== 0, (hi & (1 << 6)) !== 0, granule1, (lo >>> 16) & 0x3f);
    this.defaultCacheable = (hcr & Hcr.dc) !== 0;
    // HCR_EL2.TGE and HCR_EL2.DC make SCTLR_EL1.M act as 0; DC makes HCR_EL2.VM act as 1.
    this.enabled = (sctlr & Sctlr.m) !== 0 && (hcr & (Hcr.dc | Hcr.tge)) === 0;
    this.wxn = (sctlr & Sctlr.wxn) !== 0;
    this.bigEndian = (sctlr & Sctlr.ee) !== 0;
    this.stage2 = (hcr & (Hcr.vm | Hcr.dc)) !== 0;
    this.outputBits = outputBitsOf(hi & 7);
    this.mairLo = r.mairEl1Lo;
    this.mairHi = r.mairEl1Hi;
    const relevant = sctlr & (Sctlr.m | Sctlr.wxn | Sctlr.ee);
    const hcrRelevant = hcr & (Hcr.vm | Hcr.dc | Hcr.tge | Hcr.ptw);
    const ee2 = r.sctlrEl2 & Sctlr.ee;
    this.controls = `${relevant} ${lo} ${hi} ${this.mairLo} ${this.mairHi} ${hcrRelevant} ${r.vtcrEl2} ${ee2}`;
  }

  private configureEl2(r: MmuRegisters): void {
    const { tcrEl2: tcr, sctlrEl2: sctlr } = r;
    this.lower.configure(false, (tcr & (1 << 20)) !== 0, granuleOfTg0((tcr >>> 14) & 3), tcr & 0x3f);
    this.upper.topByteIgnored = this.lower.topByteIgnored;
    this.enabled = (sctlr & Sctlr.m) !== 0;
    this.wxn = (sctlr & Sctlr.wxn) !== 0;
    this.bigEndian = (sctlr & Sctlr.ee) !== 0;
    this.outputBits = outputBitsOf((tcr >>> 16) & 7);
    this.mairLo = r.mairEl2Lo;
    this.mairHi = r.mairEl2Hi;
    this.controls = `${sctlr & (Sctlr.m | Sctlr.wxn | Sctlr.ee)} ${tcr} ${this.mairLo} ${this.mairHi}`;
  }
}
