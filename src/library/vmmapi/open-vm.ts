import { eventStops } from '../../timeline/event-stops.ts';
import { compareMoments } from '../../timeline/moment.ts';
import type { Timeline } from '../../timeline/timeline.ts';
import { type FieldsOf, isEmitted, vmExit } from '../../trace/events/index.ts';
import { exitOf, type VmExit } from './exits.ts';
import { Vm } from './vm.ts';

/** vm_open, of a run on a tape: the VM at whatever moment its timeline has come to. It may be looked at, not steered. */
export const openVm = (timeline: Timeline): Vm => new Vm(timeline.machine, (vcpu) => lastExitBefore(timeline, vcpu));

const WINDOW_EVENTS = 1024;

/** The last exit of a vCPU that lies before the timeline's moment: in windows of the tape that become longer, from that moment back. */
function lastExitBefore(timeline: Timeline, vcpu: number): VmExit | undefined {
  const { tape, ordinal: end } = timeline;
  if (tape.header.level === 'inputs') return timeline.fromHere(() => lastExitByRun(timeline, vcpu));
  for (let window = WINDOW_EVENTS; ; window *= 4) {
    const first = Math.max(0, end - window);
    let last: VmExit | undefined;
    for (const event of tape.events({ classes: new Set([vmExit.name]), ordinal: first, vcpu, damage: 'skip' })) {
      if (event.ordinal >= end) break;
      if (event.kind === vmExit.name) last = exitOf(event);
    }
    if (last !== undefined || first === 0) return last;
  }
}
/** A tape of inputs alone has none: the run does. Backwards it comes to the last before this moment, and there may be some of the moment itself. */
function lastExitByRun(timeline: Timeline, vcpu: number): VmExit | undefined {
  const here = timeline.now;
  let seen: FieldsOf<typeof vmExit> | undefined;
  const exits = eventStops((decl, fields) => {
    if (!isEmitted(vmExit, decl, fields) || fields.vcpu !== vcpu) return undefined;
    seen = fields;
    return 0;
  });
  let last = timeline.run('backwards', exits).kind === 'event' ? seen : undefined;
  while (timeline.run('forwards', exits, here.icount + 1).kind === 'event' && compareMoments(timeline.now, here) <= 0)
    last = seen;
  return last && exitOf(last);
}
