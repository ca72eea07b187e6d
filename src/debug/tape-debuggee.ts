import { Failure } from '../base/failure.ts';
import type { ReplaySession } from '../replay/replay.ts';
import type { KernelPlaces } from '../replay/symbols/kernel-places.ts';
import type { Witness } from '../replay/symbols/same-kernel.ts';
import { compareMoments } from '../timeline/moment.ts';
import type { Found, Hit, Stops } from '../timeline/stops.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { eventOf, lineOf } from '../trace/events/index.ts';
import type { Debuggee, DebugRun, DebugStop, Direction, StopPoints, WatchRange } from './debuggee.ts';
import { GuestDebuggee } from './guest-debuggee.ts';
import { armBreakpoints, armWatchpoints, NO_POINTS } from './points.ts';

const STEP: DebugStop = { kind: 'step' };

/** A tape as a debugger sees it: goes either way, and is not changed. */
export class TapeDebuggee extends GuestDebuggee implements Debuggee {
  readonly runsItself = false;
  readonly isReversible = true;
  readonly timeline: Timeline;
  readonly witnesses: () => readonly Witness[];

  /** `places` and `witnesses` are asked for when they are needed: they read the tape. */
  constructor(timeline: Timeline, places: () => KernelPlaces, witnesses: () => readonly Witness[] = () => []) {
    super(timeline.machine, places);
    this.timeline = timeline;
    this.witnesses = witnesses;
  }

  write(): never {
    throw new Failure('a tape is not changed: "hypertape fork" goes on from a moment of it with another value');
  }
  writeRegister(): never {
    this.write();
  }
  release(): void {
    this.setPoints(NO_POINTS);
  }

  // --- running ---------------------------------------------------------------------------------------------------------
  step(direction: Direction): DebugStop {
    return (this.points.watchpoints.length > 0 ? this.#accessAhead(direction) : undefined) ?? this.#step(direction);
  }
  #step(direction: Direction): DebugStop {
    const { timeline } = this;
    const before = timeline.now;
    timeline.step(direction);
    if (compareMoments(timeline.now, before) !== 0) return STEP;
    return direction === 'forwards' ? { kind: 'end' } : { kind: 'start' };
  }
  /** The access to what is watched that the next instruction makes, in this direction; stays where it is. */
  #accessAhead(direction: Direction): DebugStop | undefined {
    const { timeline } = this;
    const hit = timeline.fromHere(() => {
      if (direction === 'backwards') timeline.step('backwards');
      const stops = this.#stops({ ...this.points, breakpoints: [] }, false);
      return timeline.run('forwards', stops, timeline.now.icount + 1);
    });
    return hit.kind === 'watchpoint' ? this.#watchpointStop(hit.which) : undefined;
  }
  #watchpointStop(which: number): DebugStop {
    const { at, kind } = this.points.watchpoints[which] as WatchRange;
    return { kind: 'watchpoint', at, access: kind };
  }

  run(direction: Direction): DebugRun {
    let isInterrupted = false;
    const interrupt = (): void => {
      isInterrupted = true;
    };
    const { timeline } = this;
    const ahead =
      direction === 'backwards' && this.points.watchpoints.length > 0 ? this.#accessAhead(direction) : undefined;
    if (ahead !== undefined) return { slice: () => ahead, interrupt };
    const stops = this.#stops(this.points, true);
    const running =
      direction === 'forwards'
        ? timeline.forwards(stops)
        : timeline.backwards({ ...stops, interrupted: () => isInterrupted });
    return {
      slice: () => {
        const step = running.next();
        if (step.done === true) return this.#stopOf(step.value, direction);
        if (!isInterrupted || direction === 'backwards') return undefined;
        running.return(undefined as never);
        return { kind: 'interrupted' };
      },
      interrupt,
    };
  }
  #stopOf(hit: Hit, direction: Direction): DebugStop {
    switch (hit.kind) {
      case 'breakpoint':
        return { kind: 'breakpoint' };
      case 'watchpoint':
        // The run has ended behind the instruction.
        if (direction === 'forwards') this.timeline.step('backwards');
        return this.#watchpointStop(hit.which);
      case 'event':
        return { kind: 'event', text: hit.what ?? '' };
      case 'bound':
        return { kind: 'interrupted' };
      default:
        return { kind: hit.kind };
    }
  }

  // --- what runs stop at -------------------------------------------------------------------------------------------------
  #stops(points: StopPoints, events: boolean): Stops {
    const { machine } = this;
    const watchpoints = this.placed(points.watchpoints);
    const withEvents = events && this.eventPoints.all.length > 0;
    return {
      arm: (session, hit) => {
        const undo = [
          armBreakpoints(machine, points, () => hit({ kind: 'breakpoint', which: 0 })),
          armWatchpoints(machine, watchpoints, (which) => hit({ kind: 'watchpoint', which })),
          ...(withEvents ? [this.#armEvents(session, hit)] : []),
        ];
        return () => {
          for (const disarm of undo) disarm();
        };
      },
    };
  }
  /** Where the event happens, not where a run can be stopped behind it: either way comes to the same moments then. */
  #armEvents(session: ReplaySession, hit: (found: Found) => void): () => void {
    const before = session.onEvent;
    session.onEvent = (checked, decl, fields) => {
      before?.(checked, decl, fields);
      const event = eventOf(decl, fields as never);
      const point = this.eventPoints.find(event);
      if (point !== undefined)
        hit({ kind: 'event', which: point.number, what: `event ${checked - 1}: ${lineOf(event)}`, at: fields.at });
    };
    return () => {
      session.onEvent = before;
    };
  }
}
