import type { Builder } from '../ir/builder.ts';
import { RuntimeCall } from '../ir/ops.ts';
import * as cells from '../state/cells.ts';
import { findOperation } from './index.ts';
import { encodingKey } from './row.ts';

const SEV = encodingKey(0, 3, 2, 0, 4);

/** SEV: sets the event register of every PE. Linux for ARM does so at each release of a spin lock. */
export function sendEvent(ir: Builder): void {
  if (ir.config.sendsEvents) ir.runtime(RuntimeCall.systemOperation, findOperation(SEV));
  else ir.setCell32(cells.EVENT_REGISTER, ir.i32(1));
}
