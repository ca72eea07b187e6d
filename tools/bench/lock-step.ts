import { PAGE_BYTES } from '../../src/base/page.ts';
import { guestRegisters } from '../../src/explain/guest-registers.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';

/** What a linear search has found, and how fast it went. */
export interface LockStep {
  /** The first instruction that has another effect; undefined where none of those looked at has. */
  readonly icount: number | undefined;
  readonly steps: number;
  /** Of a processor. */
  readonly seconds: number;
}

/** Of all vCPUs; the count, and whose turn it is. */
function registersOf(view: GuestView): Map<string, bigint> {
  const { icount, vm, cpu } = view.machine;
  const all = vm.vcpus.flatMap(({ id }) =>
    cpu.peek(id, () => [...guestRegisters(view)].map(([name, value]) => [`${id} ${name}`, value] as const)),
  );
  return new Map([...all, ['icount', BigInt(icount)], ['turn', BigInt(vm.current)]]);
}

/** Two runs, all of whose differences are known at each step: of memory the pages are looked at that were written. */
class Differences {
  readonly #runs: readonly [Timeline, Timeline];
  readonly #views: readonly GuestView[];
  readonly #written: readonly { take(): { readonly page: number }[] }[];
  #known = new Map<string, string>();
  /** By page: its bytes that differ, with their places. */
  readonly #pages = new Map<number, Map<number, number>>();

  constructor(runs: readonly [Timeline, Timeline]) {
    this.#runs = runs;
    this.#views = runs.map(({ machine }) => new GuestView(machine));
    this.#written = runs.map(({ machine }) => machine.ram.follow());
    const [a, b] = [runs[0].machine.ram.hash(), runs[1].machine.ram.hash()];
    for (let page = 0; page < a.pages; page++)
      if (Buffer.compare(a.digest(page) ?? new Uint8Array(), b.digest(page) ?? new Uint8Array()) !== 0)
        this.#isNewInPage(page);
    this.isNew();
  }

  /** Whether something differs, since this was asked last, that did not, or otherwise. */
  isNew(): boolean {
    const registers = this.#registers();
    let isNew = [...registers].some(([name, values]) => this.#known.get(name) !== values);
    this.#known = registers;
    const { pages } = this.#runs[0].machine.ram;
    // Those behind are of disks.
    for (const page of new Set(this.#written.flatMap((written) => written.take().map((one) => one.page))))
      if (page < pages && this.#isNewInPage(page)) isNew = true;
    return isNew;
  }
  #registers(): Map<string, string> {
    const [a, b] = this.#views.map((view) => registersOf(view));
    const found = new Map<string, string>();
    for (const [name, value] of a ?? []) if (b?.get(name) !== value) found.set(name, `${value} ${b?.get(name)}`);
    return found;
  }
  #isNewInPage(page: number): boolean {
    const [a, b] = this.#views.map((view) => view.physical(view.machine.ram.ipaOf(page), PAGE_BYTES)) as [
      Uint8Array,
      Uint8Array,
    ];
    const before = this.#pages.get(page);
    const now = new Map<number, number>();
    let isNew = false;
    if (Buffer.compare(a, b) !== 0)
      for (let at = 0; at < PAGE_BYTES; at++) {
        if (a[at] === b[at]) continue;
        const both = ((a[at] as number) << 8) | (b[at] as number);
        if (before?.get(at) !== both) isNew = true;
        now.set(at, both);
      }
    this.#pages.set(page, now);
    return isNew;
  }
}

/**
 * The first instruction from a count on that has another effect, by a search that knows nothing: both sides go on one by one and are
 * compared after each. What differs at the count already is no effect.
 */
export function inLockStep(a: TapeReader, b: TapeReader, from: number, limit: number): LockStep {
  const runs = [new Timeline(a), new Timeline(b)] as const;
  for (const timeline of runs) for (const _slice of timeline.arriving(from));
  const differences = new Differences(runs);
  const before = process.cpuUsage();
  const done = (icount: number | undefined, steps: number): LockStep => {
    const { user, system } = process.cpuUsage(before);
    return { icount, steps, seconds: (user + system) / 1e6 };
  };
  for (let n = 0; n < limit; n++) {
    const { icount } = runs[0].machine;
    for (const { session } of runs) session.run(icount + 1);
    if (differences.isNew()) return done(icount, n + 1);
  }
  return done(undefined, limit);
}
