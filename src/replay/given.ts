import { Failure } from '../base/failure.ts';
import { editOfFields } from '../machine/edits.ts';
import type { Machine } from '../machine/machine.ts';
import type { RecordedEvent } from '../trace/codec/event-frame.ts';

/** An event of a tape that no recording can have made. */
export const damagedEvent = (path: string, ordinal: number, what: string): Failure =>
  new Failure(`${path}: event ${ordinal} ${what}; the tape is damaged`);

/** Makes a change that was made from outside to the recording's machine. @throws Failure where it cannot be made to any */
export function makeEdit(machine: Machine, edit: Extract<RecordedEvent, { kind: 'edit' }>, path: string): void {
  try {
    machine.edit(editOfFields(edit));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw damagedEvent(path, edit.ordinal, `is an edit that cannot be made (${error.message})`);
  }
}
