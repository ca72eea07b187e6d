import { hex } from '../../base/bits.ts';

/** Arm PSCI (DEN0022), by the low byte of the function identifier. */
const psci: readonly (string | undefined)[] = [
  'PSCI_VERSION',
  'CPU_SUSPEND',
  'CPU_OFF',
  'CPU_ON',
  'AFFINITY_INFO',
  'MIGRATE',
  'MIGRATE_INFO_TYPE',
  'MIGRATE_INFO_UP_CPU',
  'SYSTEM_OFF',
  'SYSTEM_RESET',
  'PSCI_FEATURES',
  'CPU_FREEZE',
  'CPU_DEFAULT_SUSPEND',
  'NODE_HW_STATE',
  'SYSTEM_SUSPEND',
  'PSCI_SET_SUSPEND_MODE',
  'PSCI_STAT_RESIDENCY',
  'PSCI_STAT_COUNT',
  'SYSTEM_RESET2',
];
/** SMC Calling Convention (DEN0028) and TRNG Firmware Interface (DEN0098). */
const others: Readonly<Record<number, string>> = {
  2147483648: 'SMCCC_VERSION',
  2147483649: 'SMCCC_ARCH_FEATURES',
  2147483650: 'SMCCC_ARCH_SOC_ID',
  2147500031: 'SMCCC_ARCH_WORKAROUND_3',
  2147516415: 'SMCCC_ARCH_WORKAROUND_2',
  2147516416: 'SMCCC_ARCH_WORKAROUND_1',
  2214592592: 'TRNG_VERSION',
  2214592593: 'TRNG_FEATURES',
  2214592594: 'TRNG_GET_UUID',
  2214592595: 'TRNG_RND',
  3288334419: 'TRNG_RND',
};
/** Of the standard secure service calls, those that PSCI has; bit 30 says that arguments have 64 bits. */
const PSCI_BASE = 0x8400_0000;
const WIDE = 0x4000_0000;

/** `CPU_ON`; hexadecimal where the call is none that is known. */
export function smcccName(functionId: number): string {
  const call = (functionId & ~WIDE) >>> 0;
  const name = call >= PSCI_BASE && call < PSCI_BASE + psci.length ? psci[call - PSCI_BASE] : others[functionId];
  return name ?? hex(functionId, 8);
}
