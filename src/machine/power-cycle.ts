import { PAGE_BYTES } from '../base/page.ts';
import type { PlainMap } from '../base/plain.ts';
import { type SavedPart, saveParts } from '../base/stateful.ts';
import type { MachineState } from './machine-state.ts';
import { restoreMachine, saveMachine, type WholeMachine } from './machine-state.ts';

/**
 * What a reset leaves: time, who watches, what has gone out and is still to come in by consoles, and whose turns come; what those are of is
 * further below.
 */
const KEPT: ReadonlySet<string> = new Set(['clock', 'console', 'console-ports', 'progress', 'schedule']);

/** What is cycled. */
interface CycledMachine extends WholeMachine {
  readonly icount: number;
  readonly disks: readonly { readonly name: string }[];
  readonly config: { readonly memoryBytes: number };
}

/**
 * Switches a machine on again after a reset, as whoever runs bhyve in a loop does (vmrun.sh): CPUs, devices and RAM are as they were when the machine was
 * built, with what its loader put there. Counts, the clock and counters go on, and disks and flash keep what was written to them: to the tape it is
 * one run.
 */
export class PowerCycle {
  readonly #machine: CycledMachine;
  /** Derived from the configuration and the images. */
  readonly #built: MachineState;

  /** @param machine that has not run yet */
  constructor(machine: CycledMachine) {
    this.#machine = machine;
    this.#built = saveMachine(machine);
  }

  cycle(): void {
    const { parts, ram, config } = this.#machine;
    const ramPages = config.memoryBytes / PAGE_BYTES;
    // Behind RAM's pages are those of flash and disks.
    const kept = [...ram.image().differences(this.#built.memory)].filter(([page]) => page >= ramPages);
    const memory = this.#built.memory.with(kept);
    const now = saveParts(parts);
    // What RAM holds now its loader has put there.
    ram.put(memory, 'loader');
    restoreMachine(this.#machine, {
      parts: this.#built.parts.map((built, n) => this.#partAfter(built, now[n] as SavedPart)),
      memory,
    });
  }

  #partAfter(built: SavedPart, now: SavedPart): SavedPart {
    const { icount, disks } = this.#machine;
    if (KEPT.has(built.name) || disks.some(({ name }) => name === built.name)) return now;
    const state = (more: PlainMap): SavedPart => ({ ...built, state: { ...built.state, ...more } });
    if (built.name === 'vm-accounts') return state({ stats: now.state.stats as PlainMap[string] });
    if (built.name === 'machine') return state({ nextHash: now.state.nextHash as PlainMap[string] });
    return 'icount' in built.state ? state({ icount }) : built;
  }
}
