/** What a guest's kernel is written for. */
export const guestArchs = ['arm64', 'armv7'] as const;
export type GuestArch = (typeof guestArchs)[number];

/** The emulated host's processor: a Cortex-A57 has AArch64 at EL2, a Cortex-A15 is ARMv7 and has no AArch64. */
export const cpuModels = ['cortex-a57', 'cortex-a15'] as const;
export type CpuModel = (typeof cpuModels)[number];
/** The processor that a machine has where none is asked for. */
export const cpuModelDefault: { readonly [A in GuestArch]: CpuModel } = { arm64: 'cortex-a57', armv7: 'cortex-a15' };
