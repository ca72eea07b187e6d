import { low32 } from '../../base/bits.ts';
import { Sctlr } from '../../core/fields/sctlr.ts';
import { granuleOfTg0, granuleOfTg1, inputBitsOf } from '../../core/mmu/descriptor.ts';
import { aarch32WalkLevel, longWalkLevel } from '../arm-common/walk-level.ts';
import { type Arm64Host, isAarch32Guest } from './el2.ts';

/** VA[55] selects TTBR1_EL1's range. */
const UPPER = 1n << 55n;
/** ID_AA64MMFR0_EL1.TGran16: 0 where there is no such granule. */
const TGRAN16_SHIFT = 20;

/** The level of the guest's stage 1 at which a walk for `va` looks into the page at `ipa`. */
export function walkLevel({ cpu, ports, el2 }: Arm64Host, va: bigint, ipa: number): number {
  const tcr = cpu.register('TCR_EL1').low();
  const ttbr0 = cpu.register('TTBR0_EL1').read();
  const ttbr1 = cpu.register('TTBR1_EL1').read();
  const bigEndian = (el2.sctlr.low() & Sctlr.ee) !== 0;
  if (isAarch32Guest(cpu))
    return aarch32WalkLevel(ports.memory, { ttbcr: tcr, ttbr0, ttbr1, bigEndian }, low32(va), ipa);
  const has16 = ((cpu.register('ID_AA64MMFR0_EL1').low() >>> TGRAN16_SHIFT) & 0xf) !== 0;
  const tables =
    (va & UPPER) !== 0n
      ? {
          ttbr: ttbr1,
          inputBits: inputBitsOf((tcr >>> 16) & 0x3f),
          granule: granuleOfTg1((tcr >>> 30) & 3, has16),
          bigEndian,
        }
      : { ttbr: ttbr0, inputBits: inputBitsOf(tcr & 0x3f), granule: granuleOfTg0((tcr >>> 14) & 3, has16), bigEndian };
  return longWalkLevel(ports.memory, tables, va, ipa);
}
