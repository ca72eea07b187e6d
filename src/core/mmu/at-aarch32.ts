import { Access } from './access.ts';
import type { AtRow } from './at-row.ts';
import { DEVICE_NGNRNE, isDevice, Shareability } from './attributes.ts';
import type { TranslationFault } from './fault.ts';
import type { Walker } from './walker.ts';

/** Address translation operations of CP15 (c7), by name. Arm ARM DDI 0406C, B3.13.2. */
export const atAarch32 = {
  ATS1CPR: { el: 1, access: Access.read, stage2: false, aarch32: true },
  ATS1CPW: { el: 1, access: Access.write, stage2: false, aarch32: true },
  ATS1CUR: { el: 1, access: Access.read | Access.unprivileged, stage2: false, aarch32: true },
  ATS1CUW: { el: 1, access: Access.write | Access.unprivileged, stage2: false, aarch32: true },
  ATS12NSOPR: { el: 1, access: Access.read, stage2: true, aarch32: true },
  ATS12NSOPW: { el: 1, access: Access.write, stage2: true, aarch32: true },
  ATS12NSOUR: { el: 1, access: Access.read | Access.unprivileged, stage2: true, aarch32: true },
  ATS12NSOUW: { el: 1, access: Access.write | Access.unprivileged, stage2: true, aarch32: true },
  ATS1HR: { el: 2, access: Access.read, stage2: false, aarch32: true },
  ATS1HW: { el: 2, access: Access.write, stage2: false, aarch32: true },
} as const satisfies Readonly<Record<string, AtRow>>;

// PAR in its 32-bit format: DDI 0406C, B4.1.112. The fault status stands in bits 6:1.
const PAR_SUPERSECTION = 1 << 1;
const PAR_SH = 1 << 7;
const PAR_NS = 1 << 9;
const PAR_NOS = 1 << 10;
const SUPERSECTION_BITS = 24;
const INNER_STRONGLY_ORDERED = 0b001;
const INNER_DEVICE = 0b011;

/** The two bits of a cache policy by a nibble of MAIR_ELx: none, Write-Back Write-Allocate, Write-Through, Write-Back. */
const policyOf = (nibble: number): number => {
  if ((nibble & 0b1000) === 0) return 0b00;
  if ((nibble & 0b0100) === 0) return 0b10;
  return (nibble & 1) !== 0 ? 0b01 : 0b11;
};
/** Inner[2:0], Outer[1:0] of PAR. */
const attributesOf = (attributes: number): number => {
  if (isDevice(attributes)) return (attributes === DEVICE_NGNRNE ? INNER_STRONGLY_ORDERED : INNER_DEVICE) << 4;
  const inner = policyOf(attributes);
  return ((inner === 0 ? 0 : 0b100 | inner) << 4) | (policyOf(attributes >>> 4) << 2);
};

export const shortPar = (walker: Walker): number => {
  const address =
    walker.stage1Bits === SUPERSECTION_BITS
      ? (walker.paLo & 0xff00_0000) | (walker.paHi << 16) | PAR_SUPERSECTION
      : walker.paLo & ~0xfff;
  const shared = walker.shareability === Shareability.none ? 0 : PAR_SH;
  const notOuter = walker.shareability === Shareability.outer ? 0 : PAR_NOS;
  return (address | attributesOf(walker.attributes) | shared | notOuter | PAR_NS) >>> 0;
};

export const faultedShortPar = (fault: TranslationFault): number => 1 | (fault.shortStatus << 1);
