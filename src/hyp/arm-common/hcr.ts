import { Hcr } from '../../core/fields/hcr.ts';

/** A value of HCR_EL2 or HCR from masks of its low half. */
export const hcrOf = (masks: number): bigint => BigInt(masks >>> 0);

/** What bhyve sets on both architectures; on arm64 it has no TSC, but SMC is a conduit for PSCI here too. */
export const HCR_COMMON = Hcr.tsc | Hcr.twi | Hcr.bsuIs | Hcr.fb | Hcr.amo | Hcr.imo | Hcr.fmo | Hcr.swio | Hcr.vm;
