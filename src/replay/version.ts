/** Who writes tapes, for their headers. */
export const PRODUCER = 'hypertape 0.1.0';
/**
 * Raised whenever a machine computes something else from the same inputs than before: a tape of another semantics version
 * does not replay. What each version changed:
 *
 * 1. The first.
 */
export const SEMANTICS_VERSION = 1;
