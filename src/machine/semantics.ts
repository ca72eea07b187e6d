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
  readonly reboot?: boolean | undefined;
  /** Those that it has in an older version than the newest, as a tape asks for them. */
  readonly olderBehaviours?: readonly string[] | undefined;
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
    name: 'tlb',
    version: 2,
    since: 3,
    what: 'as the first; a TLBI of an ASID leaves those entries of the upper table, where address spaces share it, that a walk would make again',
  },
  {
    name: 'tlb',
    version: 3,
    since: 3,
    what:
      "as the second; TLBIALL and its like at PL1 leave, in the Short-descriptor format, the PE's own global entries that a walk would " +
      'make again',
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
    name: 'schedule',
    version: 2,
    since: 3,
    what:
      'as the first; SEV leaves an event at each vCPU, and so does the end of a turn at one whose monitor it opens; where those that run ' +
      'only take exceptions, time passes until one that waits has run',
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
  {
    name: 'reboot',
    version: 1,
    since: 3,
    what:
      'after a reset CPUs, devices and RAM are as the machine was built, at the count of the reset; counts, clock and counters, consoles, disks ' +
      'and flash go on as they are',
    of: ({ reboot }) => reboot === true,
  },
];

/** The newest of what a machine has. */
const newestFor = (machine: BehavingMachine): readonly Behaviour[] =>
  newestOf(behaviours).filter(({ of }) => of === undefined || of(machine));
const isOf = (name: string, behaviour: Behaviour): boolean => name.startsWith(`${behaviour.name}@`);

/** Those of a machine, as a header lists them: the newest where it is not for a tape that asks for others. */
export const behaviourNames = (machine: BehavingMachine): readonly string[] =>
  newestFor(machine).map(
    (newest) => machine.olderBehaviours?.find((name) => isOf(name, newest)) ?? versionedName(newest),
  );

/** Whether a machine has a behaviour in this very version: `schedule@2`. */
export const hasBehaviour = (machine: BehavingMachine, name: string): boolean => behaviourNames(machine).includes(name);

/** One line for what a tape asks for and this program does not have: what it is, and which program has it. */
export const notHere = (where: string, asked: string, producer: string): Failure =>
  new Failure(
    `${where}: it asks for ${asked}, which this hypertape does not have; replay it with ${producer}, which recorded it`,
  );

/**
 * Can this program make a machine of these behaviours? All that such a machine has must be named, in one of the versions that there are,
 * since it has no way to be without one.
 * @returns those in older versions
 * @throws Failure with one line
 */
export function checkBehaviours(
  asked: unknown,
  machine: Omit<BehavingMachine, 'olderBehaviours'>,
  where: string,
  producer: string,
): readonly string[] {
  if (!Array.isArray(asked) || !asked.every((name) => typeof name === 'string'))
    throw new Failure(`${where}: the machine's configuration has no list of behaviours; the tape is damaged`);
  const newest = newestFor(machine);
  const known = behaviours.filter(({ name }) => newest.some((one) => one.name === name)).map(versionedName);
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw notHere(where, `the behaviour ${unknown}`, producer);
  for (const one of newest) {
    const versions = asked.filter((name) => isOf(name, one));
    if (versions.length === 0) throw notHere(where, `a machine without the behaviour ${versionedName(one)}`, producer);
    if (versions.length > 1) throw notHere(where, `the behaviours ${versions.join(' and ')} at once`, producer);
  }
  const names = newest.map(versionedName);
  return asked.filter((name) => !names.includes(name));
}
