export type FaultType = 'addressSize' | 'translation' | 'accessFlag' | 'permission' | 'external' | 'tlbConflict';

/** Fault status codes without their level. Arm ARM DDI 0487, D17.2.37, "DFSC"; `external` is that on a translation table walk. */
const STATUS: Readonly<Record<FaultType, number>> = {
  addressSize: 0x00,
  translation: 0x04,
  accessFlag: 0x08,
  permission: 0x0c,
  external: 0x14,
  tlbConflict: 0x30,
};

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

  set(type: FaultType, level: number, stage: 1 | 2, s1ptw: boolean, ipaLo: number, ipaHi: number): false {
    this.type = type;
    this.level = level;
    this.stage = stage;
    this.s1ptw = s1ptw;
    this.ipa = ipaHi * 0x1_0000_0000 + (ipaLo >>> 0);
    return false;
  }

  /** A fault of stage 1. */
  stage1(type: FaultType, level: number): false {
    return this.set(type, level, 1, false, 0, 0);
  }

  /** DFSC or IFSC. */
  get status(): number {
    return this.type === 'tlbConflict' ? STATUS.tlbConflict : STATUS[this.type] | this.level;
  }
}
