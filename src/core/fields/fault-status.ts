/**
 * A fault's status by both formats: DFSC, IFSC and STATUS of the Long-descriptor format, and FS[4:0] of the Short-descriptor
 * format. Arm ARM DDI 0487, D17.2.37, "DFSC"; DDI 0406C, tables B3-23 and B3-24.
 */
export interface FaultStatus {
  readonly long: number;
  readonly short: number;
}
/** Faults that no translation gives. */
export const Fault = {
  alignment: { long: 0b100001, short: 0b00001 },
  debug: { long: 0b100010, short: 0b00010 },
  external: { long: 0b010000, short: 0b01000 },
  asynchronousExternal: { long: 0b010001, short: 0b10110 },
} as const satisfies Readonly<Record<string, FaultStatus>>;

/** The same of a translation: without the level in bits [1:0], and at levels 1 and 2, which are all that there are. */
export interface WalkFaultStatus {
  readonly long: number;
  /** 0 where the format has no such fault. */
  readonly short: readonly [level1: number, level2: number];
}
/** Faults of translations; `external` is one on the walk itself. In `long`, domain faults are of PAR alone (DDI 0487, D17.2.107). */
export const WalkFault = {
  addressSize: { long: 0x00, short: [0, 0] },
  translation: { long: 0x04, short: [0b00101, 0b00111] },
  accessFlag: { long: 0x08, short: [0b00011, 0b00110] },
  permission: { long: 0x0c, short: [0b01101, 0b01111] },
  external: { long: 0x14, short: [0b01100, 0b01110] },
  domain: { long: 0x3c, short: [0b01001, 0b01011] },
  tlbConflict: { long: 0x30, short: [0b10000, 0b10000] },
} as const satisfies Readonly<Record<string, WalkFaultStatus>>;

/** The kind of a fault of a translation, `long` of the above, from an ISS. */
export const walkFaultOf = (iss: number): number => iss & 0x3c;

/** FS[4:0] in DFSR and IFSR of the Short-descriptor format, whose bit 10 is FS[4]. */
export const shortFsr = (fs: number): number => ((fs & 0x10) << 6) | (fs & 0xf);
