/** SMC Calling Convention (Arm DEN 0028): function identifiers and the calls that every implementation answers. */
export const Smccc = {
  version: 0x8000_0000,
  archFeatures: 0x8000_0001,
  archSocId: 0x8000_0002,
  archWorkaround1: 0x8000_8000,
  archWorkaround2: 0x8000_7fff,
  archWorkaround3: 0x8000_3fff,
} as const;

/** SUCCESS (Arm SMC Calling Convention, DEN0028, 7). */
export const SMCCC_SUCCESS = 0n;
/** Results are signed: a register gets all 64 bits of them. */
export const SMCCC_NOT_SUPPORTED = -1n;
const VERSION_1_1 = 0x1_0001n;

/** Bit 30: the arguments are 64 bits wide. */
export const isSmc64 = (functionId: number): boolean => (functionId & 0x4000_0000) !== 0;

/**
 * The workaround calls are not supported: there is no branch predictor to clear, and Linux says of a Cortex-A57 with such a
 * firmware what it says under QEMU. Undefined for a function that is not of the convention's own.
 */
export function smcccCall(functionId: number, argument: number): bigint | undefined {
  switch (functionId) {
    case Smccc.version:
      return VERSION_1_1;
    case Smccc.archFeatures:
      return argument === Smccc.version || argument === Smccc.archFeatures ? SMCCC_SUCCESS : SMCCC_NOT_SUPPORTED;
    default:
      return undefined;
  }
}
