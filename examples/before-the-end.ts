// node before-the-end.ts TAPE: goes to the end of a run, then back to the last thing that it asked of its hypervisor.
import { eventStops, events, GuestView, openTimeline } from 'hypertape';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('give a tape');

const { timeline, reader } = openTimeline(path);
timeline.seek(timeline.last);
const lastCall = eventStops((decl) => (decl === events.psci ? 0 : undefined));
const { kind, moment } = timeline.run('backwards', lastCall);

const view = new GuestView(timeline.machine);
console.log(
  `${kind} at instruction ${moment.icount} of ${timeline.last}, pc 0x${moment.pc.toString(16)}, EL${view.el}`,
);
for (const name of ['x0', 'x1', 'x2', 'sp']) console.log(`${name.padEnd(4)} 0x${view.register(name)?.toString(16)}`);
reader.close();
