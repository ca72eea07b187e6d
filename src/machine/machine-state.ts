import { Failure } from '../base/failure.ts';
import { restoreParts, type SavedPart, type Stateful, saveParts } from '../base/stateful.ts';
import type { GuestRam } from './guest-ram.ts';
import type { MemoryImage } from './memory-image.ts';

/** A whole machine at rest. What follows from the rest (caches, translations) is not in it. */
export interface MachineState {
  readonly parts: readonly SavedPart[];
  readonly memory: MemoryImage;
}

/** What saving and restoring ask of a machine. */
export interface WholeMachine {
  readonly parts: readonly Stateful[];
  readonly ram: GuestRam;
}

/** Everything of a machine. */
export const saveMachine = ({ parts, ram }: WholeMachine): MachineState => ({
  parts: saveParts(parts),
  memory: ram.image(),
});

/** @throws Failure */
export function restoreMachine({ parts, ram }: WholeMachine, { parts: saved, memory }: MachineState): void {
  if (memory.pages !== ram.pages || memory.diskPages !== ram.diskPages)
    throw new Failure(
      `saved state: ${memory.pages} pages of memory, this machine has ${ram.pages}; restore it into its own`,
    );
  ram.put(memory);
  restoreParts(parts, saved);
}
