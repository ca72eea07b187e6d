/** Who writes tapes, for their headers. */
export const PRODUCER = 'hypertape 0.1.0';
/**
 * Raised whenever a machine would compute something else from the same inputs than before: a tape of another semantics
 * version does not replay. CHANGES of it are listed in src/trace/FORMAT.md.
 */
export const SEMANTICS_VERSION = 1;
