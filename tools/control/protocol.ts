import type { ControlAnswer } from './answers.ts';

// Lines of JSON, one request a line and one reply (docs/ctl.md).

/** A line that answers a request. */
export type Reply = { readonly ok: ControlAnswer } | { readonly error: string };

/** A request is not longer. */
export const REQUEST_BYTES_MAX = 64 * 1024;
/** Nor an answer. */
export const ANSWER_BYTES_MAX = 2 ** 20;
