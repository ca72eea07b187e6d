import { WalkFault } from '../fields/fault-status.ts';

export type FaultType = keyof typeof WalkFault;

/** Why the last translation failed: fields of one object that every failure overwrites. */
export class TranslationFault {
  type: FaultType = 'translation';
  /** Level of the lookup that faulted, 0..3. */
  level = 0;
  stage: 1 | 2 = 1;
  /** A stage 2 fault on the access of a stage 1 table walk. */
  s1ptw = false;
  /** For stage 2: the IPA that was to be translated, with its offset in the page. */
  ipa = 0;
  /** Stage 1 walks in the Short-descriptor format: what it faults with is reported as `shortStatus` and `domain`. */
  short = false;
  /** In that format: the domain, 0 where none was found. DFSR.Domain. */
  domain = 0;
  /** Stage 1 gave Device memory, and stage 2 the fault. */
  isBehindDevice = false;

  /** A walk of stage 1 begins. */
  begin(short: boolean): void {
    this.short = short;
    this.domain = 0;
  }

  set(type: FaultType, level: number, stage: 1 | 2, s1ptw: boolean, ipaLo: number, ipaHi: number): false {
    this.type = type;
    this.level = level;
    this.stage = stage;
    this.s1ptw = s1ptw;
    this.ipa = ipaHi * 0x1_0000_0000 + (ipaLo >>> 0);
    this.isBehindDevice = false;
    return false;
  }

  /** A fault of stage 1. */
  stage1(type: FaultType, level: number): false {
    return this.set(type, level, 1, false, 0, 0);
  }

  /** Stage 1 maps the address, but not for this access. */
  get isDenial(): boolean {
    return this.stage === 1 && (this.type === 'permission' || this.type === 'domain');
  }

  /** The same of stage 2. */
  get isStage2Denial(): boolean {
    return this.stage === 2 && !this.s1ptw && this.type === 'permission';
  }

  /** DFSC or IFSC (Arm ARM DDI 0487, D17.2.37): STATUS of the Long-descriptor format's DFSR and IFSR, and of HSR. */
  get status(): number {
    const { long } = WalkFault[this.type];
    return this.type === 'tlbConflict' ? long : long | this.level;
  }
  /** FS[4:0] of the Short-descriptor format's DFSR and IFSR. */
  get shortStatus(): number {
    return WalkFault[this.type].short[this.level === 1 ? 0 : 1];
  }
}
