export type FaultType =
  | 'addressSize'
  | 'translation'
  | 'accessFlag'
  | 'domain'
  | 'permission'
  | 'external'
  | 'tlbConflict';

/**
 * Fault status codes without their level, `external` being that on a translation table walk. Arm ARM DDI 0487, D17.2.37, "DFSC";
 * DDI 0406C, table B3-24. Domain faults are reported by these codes in PAR alone (D17.2.107).
 */
const STATUS: Readonly<Record<FaultType, number>> = {
  addressSize: 0x00,
  translation: 0x04,
  accessFlag: 0x08,
  domain: 0x3c,
  permission: 0x0c,
  external: 0x14,
  tlbConflict: 0x30,
};

/** FS[4:0] of the Short-descriptor format, at levels 1 and 2; its addresses are never too large. DDI 0406C, table B3-23. */
const SHORT_STATUS: Readonly<Record<FaultType, readonly [number, number]>> = {
  addressSize: [0, 0],
  translation: [0b00101, 0b00111],
  accessFlag: [0b00011, 0b00110],
  domain: [0b01001, 0b01011],
  permission: [0b01101, 0b01111],
  external: [0b01100, 0b01110],
  tlbConflict: [0b10000, 0b10000],
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

  /** DFSC or IFSC: STATUS of the Long-descriptor format's DFSR and IFSR, and of HSR. */
  get status(): number {
    return this.type === 'tlbConflict' ? STATUS.tlbConflict : STATUS[this.type] | this.level;
  }
  /** FS[4:0] of the Short-descriptor format's DFSR and IFSR. */
  get shortStatus(): number {
    return SHORT_STATUS[this.type][this.level === 1 ? 0 : 1];
  }
}
