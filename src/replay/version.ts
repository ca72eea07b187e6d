import { Failure } from '../base/failure.ts';
import { decodeConfig, type MachineConfig } from '../machine/config.ts';
import type { TapeHeader } from '../trace/codec/header.ts';

/**
 * Raised with each release in which a machine computes something else from the same inputs than before. Within what is still
 * supported a tape does not depend on it: it asks for processor, board and behaviours by name (machine/semantics.ts), and a machine
 * is built of these. What each version changed (for people: CHANGELOG.md):
 *
 * 1. The first.
 * 2. The arm64 CPU has AArch32 at EL0 and EL1, and says so: ID registers, SCTLR_EL1's reset value, bits that software can
 *    set. Aligned accesses of several words may cross pages of Device memory.
 * 3. Processors, boards and behaviours have names and versions, which the header lists. Timer policies: `direct` is the default. ID
 *    registers are the models'. What TLBs hold depends on the guest alone; stage 1's faults in their order (Device alignment, cache
 *    maintenance, debug); tags of branches; devices take every access without a syndrome; GIC binary points and messages; guests
 *    without progress end; state hashes cover memory.
 */
export const SEMANTICS_VERSION = 3;
/** The oldest version that this program replays. Both before it were `hypertape 0.1.0`'s. */
export const SEMANTICS_OLDEST = 3;

/**
 * The machine that a tape asks for.
 * @throws Failure with one line where this program does not have it, which names the program that does
 */
export function machineOfTape({ semantics, producer, machine }: TapeHeader, path: string): MachineConfig {
  if (machine.imported !== undefined)
    throw new Failure(
      `${path}: made by "import" of a real host's trace, so there is no machine to replay; "events", "profile", "diff", "query", "export" and "report" take it`,
    );
  const recorded = `${path}: recorded by ${producer} with semantics version ${semantics}`;
  if (semantics < SEMANTICS_OLDEST)
    throw new Failure(
      `${recorded}; this program replays versions from ${SEMANTICS_OLDEST} on; replay it with the ${producer} that has version ${semantics}`,
    );
  if (semantics > SEMANTICS_VERSION)
    throw new Failure(
      `${recorded}; this program replays versions up to ${SEMANTICS_VERSION}; replay it with ${producer} or a newer one`,
    );
  return decodeConfig(machine, path, producer);
}
