import { GuestView } from '../inspect/guest-view.ts';
import type { Machine } from '../machine/machine.ts';
import type { KernelPlaces } from '../replay/symbols/kernel-places.ts';
import type { Space, StopPoints, WatchRange } from './debuggee.ts';
import { EventPoints } from './event-points.ts';
import { NO_POINTS, type PlacedWatchpoints, placed } from './points.ts';
import { describeTarget } from './registers.ts';
import type { TargetDescription } from './target-description.ts';

/** What every guest is to a debugger, whoever runs it. */
export abstract class GuestDebuggee {
  readonly machine: Machine;
  readonly view: GuestView;
  readonly vcpus: readonly TargetDescription[];
  readonly eventPoints = new EventPoints();
  readonly #places: () => KernelPlaces;
  protected points: StopPoints = NO_POINTS;

  /** `places` is asked for when they are needed: it reads the tape. */
  constructor(machine: Machine, places: () => KernelPlaces) {
    this.machine = machine;
    this.#places = places;
    this.view = new GuestView(machine);
    this.vcpus = machine.vm.vcpus.map(({ id }) => describeTarget(machine, id));
  }

  get current(): number {
    return this.machine.vm.current;
  }

  read(space: Space, at: bigint, bytes: number, vcpu = this.current): Uint8Array {
    if (space === 'physical') return this.view.physical(at, bytes);
    return this.view.of(vcpu, () => this.view.virtual(at, bytes));
  }
  textBase(): bigint | undefined {
    return this.#places().textBase;
  }
  setPoints(points: StopPoints): void {
    this.points = points;
  }

  /** Watchpoints by where their memory lies at the moment. */
  protected placed(watchpoints: readonly WatchRange[]): PlacedWatchpoints {
    return placed(watchpoints, this.view, this.#places);
  }
}
