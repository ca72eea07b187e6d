/**
 * Raised whenever a machine computes something else from the same inputs than before: a tape of another semantics version
 * does not replay. What each version changed:
 *
 * 1. The first.
 * 2. The arm64 CPU has AArch32 at EL0 and EL1, and says so: ID registers, SCTLR_EL1's reset value, bits that software can
 *    set. Aligned accesses of several words may cross pages of Device memory.
 */
export const SEMANTICS_VERSION = 2;
