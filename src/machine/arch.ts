/** The two kinds of machine: an AArch64 host, and an ARMv7 one without AArch64. */
export const guestArchs = ['arm64', 'armv7'] as const;
export type GuestArch = (typeof guestArchs)[number];
