import { Failure } from '../base/failure.ts';
import type { TurnEnd } from '../hyp/vmm/schedule.ts';
import { newestOf, type Versioned, versionedName } from './versioned.ts';

/**
 * What this program decides, where the architecture leaves a choice or says nothing, that a guest can notice or a tape holds, and
 * that a later version could decide otherwise. A tape's header lists those of its machine; a machine for the tape has them.
 * A change adds a row with the next version, and what depends on it asks which one the machine has; rows stay for ever.
 */
export interface Behaviour extends Versioned {
  /** The semantics version (replay/version.ts) that first had it. */
  readonly since: number;
  readonly what: string;
  /** Which machines have it; absent: all. What older machines could not have is no reason to refuse their tapes. */
  readonly of?: (machine: BehavingMachine) => boolean;
}
/** What of a machine decides which behaviours it has. */
export interface BehavingMachine {
  readonly vcpus: number;
  readonly turnEnds?: readonly TurnEnd[] | undefined;
}

/** What a machine can be asked for by name, in each version that is still there. */
export const behaviours: readonly Behaviour[] = [
  {
    name: 'count',
    version: 1,
    since: 3,
    what: 'each retired instruction counts one, a trapped one that the hypervisor carried out as well; one that faults none',
  },
  {
    name: 'clock',
    version: 1,
    since: 3,
    what: "one count is one nanosecond; counters go by it at the board's frequency, rounded down",
  },
  {
    name: 'idle-skip',
    version: 1,
    since: 3,
    what: 'a vCPU in WFI skips to the count of its next deadline; WFE and YIELD do not wait',
  },
  {
    name: 'interrupt-point',
    version: 1,
    since: 3,
    what: 'an interrupt is taken before the first instruction at whose count it is pending and not masked',
  },
  {
    name: 'timer-policy',
    version: 1,
    since: 3,
    what: "direct, bhyve and bhyve-2018: which accesses to timers and counters are exits; the physical timer's interrupt is the hypervisor's",
  },
  {
    name: 'tlb',
    version: 1,
    since: 3,
    what: "a translation stays, whatever its tables say by now, until a TLBI that covers it, a walk that replaces it, or the TLB's bound",
  },
  {
    name: 'exclusive',
    version: 1,
    since: 3,
    what: 'the monitor holds one address and size; an exception return, CLREX and a store exclusive open it, no other store does',
  },
  {
    name: 'stage2-map',
    version: 1,
    since: 3,
    what: 'RAM is mapped when it is first touched, 4 KiB at a time, each time with a paging exit',
  },
  {
    name: 'vgic',
    version: 1,
    since: 3,
    what: 'which pending interrupts go into the four list registers, in which order, and when they are read back',
  },
  {
    name: 'firmware',
    version: 1,
    since: 3,
    what: 'PSCI 1.0 and SMCCC 1.1 by HVC and SMC with immediate 0; every other immediate of HVC is UNDEFINED',
  },
  {
    name: 'boot',
    version: 1,
    since: 3,
    what: "where kernel, initial RAM disk and device tree lie, what the board's tree says, the seeds in /chosen, the UART as firmware leaves it",
  },
  {
    // The first had no name: it covered no memory, and fell due by idle time too.
    name: 'state-hash',
    version: 2,
    since: 3,
    what: 'state hashes cover all state and memory, and stand where so many instructions are retired',
  },
  {
    name: 'progress',
    version: 1,
    since: 3,
    what: 'at which counts a guest is found to be stuck, to poll for input, or to have panicked, and by what',
  },
  {
    name: 'schedule',
    version: 1,
    since: 3,
    what:
      'several vCPUs take turns that end at a count, at WFI, WFE and power-off, 2,048 counts after they made another runnable, and ' +
      'up to 128 counts later where a monitor is held, which the end opens; each PE has a TLB of its own',
    of: ({ vcpus }) => vcpus > 1,
  },
  {
    name: 'turn-ends',
    version: 1,
    since: 3,
    what:
      "turns end where the machine's list says, when a vCPU has retired so many instructions, a monitor held or not, and the vCPU named " +
      'there is next where it can run; in all else as the schedule says',
    of: ({ turnEnds }) => turnEnds !== undefined,
  },
];

/** Those of a machine that is made today, as a header lists them. */
export const behaviourNames = (machine: BehavingMachine): readonly string[] =>
  newestOf(behaviours)
    .filter(({ of }) => of === undefined || of(machine))
    .map(versionedName);

/** One line for what a tape asks for and this program does not have: what it is, and which program has it. */
export const notHere = (where: string, asked: string, producer: string): Failure =>
  new Failure(
    `${where}: it asks for ${asked}, which this hypertape does not have; replay it with ${producer}, which recorded it`,
  );

/**
 * Can this program make a machine of these behaviours? All that such a machine has must be named, since it has no way to be without one.
 * @throws Failure with one line
 */
export function checkBehaviours(asked: unknown, machine: BehavingMachine, where: string, producer: string): void {
  if (!Array.isArray(asked) || !asked.every((name) => typeof name === 'string'))
    throw new Failure(`${where}: the machine's configuration has no list of behaviours; the tape is damaged`);
  const names = behaviourNames(machine);
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined) throw notHere(where, `the behaviour ${unknown}`, producer);
  const missing = names.find((name) => !asked.includes(name));
  if (missing !== undefined) throw notHere(where, `a machine without the behaviour ${missing}`, producer);
}
