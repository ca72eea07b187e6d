import { PAGE_BYTES } from '../base/page.ts';
import type { WatchRange as PhysicalRange, WatchHit } from '../core/engine/watchpoints.ts';
import type { GuestView } from '../inspect/guest-view.ts';
import type { Machine } from '../machine/machine.ts';
import type { KernelPlaces } from '../replay/symbols/kernel-places.ts';
import type { StopPoints, WatchRange } from './debuggee.ts';

/** Nothing to stop at. */
export const NO_POINTS: StopPoints = { breakpoints: [], watchpoints: [], accepts: () => true };

/** Where watchpoints lie in guest-physical memory, in their order. */
export type PlacedWatchpoints = readonly {
  readonly range: WatchRange;
  readonly parts: readonly PhysicalRange[];
}[];

/** By the translations of now: where a pass begins, an address may mean another thing. */
export const placed = (
  watchpoints: readonly WatchRange[],
  view: GuestView,
  kernel: () => KernelPlaces,
): PlacedWatchpoints => watchpoints.map((range) => ({ range, parts: partsOf(range, view, kernel) }));

/** By pages, as far as they are mapped, or are the kernel's, which has no tables at first. */
function partsOf({ at, bytes, kind }: WatchRange, view: GuestView, kernel: () => KernelPlaces): PhysicalRange[] {
  const parts: PhysicalRange[] = [];
  for (let done = 0; done < bytes; ) {
    const va = at + BigInt(done);
    const size = Math.min(bytes - done, PAGE_BYTES - Number(va & BigInt(PAGE_BYTES - 1)));
    const ipa = view.ipaOf(va);
    for (const pa of ipa === undefined ? kernel().physicalOf(va) : [ipa]) parts.push({ pa, bytes: size, kind });
    done += size;
  }
  return parts;
}

/** Tells of each access to what is watched, behind the instruction that makes it. Returns what takes it back. */
export function armWatchpoints(
  machine: Machine,
  watchpoints: PlacedWatchpoints,
  hit: (which: number) => void,
): () => void {
  if (watchpoints.length === 0) return () => {};
  machine.watch(
    watchpoints.flatMap(({ parts }) => parts),
    (access) => {
      const which = watchpoints.findIndex(
        ({ range, parts }) => counts(access, range) && parts.some((part) => touches(access, part)),
      );
      if (which >= 0) hit(which);
    },
  );
  return () => machine.watch([], () => {});
}

/** Tells of each breakpoint that counts, before its instruction. Returns what takes it back. */
export function armBreakpoints(machine: Machine, { breakpoints, accepts }: StopPoints, hit: () => void): () => void {
  machine.stopBefore(
    breakpoints.map((va) => ({ va })),
    () => {
      if (accepts(machine.pc)) hit();
    },
  );
  return () => machine.stopBefore([], () => {});
}

const touches = (access: WatchHit, { pa, bytes }: PhysicalRange): boolean =>
  access.pa < pa + bytes && pa < access.pa + access.bytes;
/** A write that changes nothing is none for who watches a value. */
const counts = ({ write, before, after }: WatchHit, { kind }: WatchRange): boolean =>
  kind === 'access' || (kind === 'write' ? write && before !== after : !write);
