import { event } from './event.ts';
import { digest, text } from './field.ts';

/**
 * The first 16 bytes of a digest of the whole state, memory included (FORMAT.md, "State hashes"): lets replay prove that nothing
 * the tape does not show has drifted, and a search for the first difference halve the way to it.
 */
export const stateHash = event({
  tag: 0x60,
  name: 'state-hash',
  since: 1,
  role: 'check',
  fields: { hash: digest },
});

/**
 * How the run ended, with the final state and console: what a replay must arrive at. `outcome` as the command line
 * prints it; `reason` says more for a person; both digests in hexadecimal.
 */
export const runEnd = event({
  tag: 0x61,
  name: 'run-end',
  since: 1,
  role: 'check',
  fields: { outcome: text, reason: text, stateHash: text, consoleSha256: text },
});
