import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/host/system-error.ts';
import { exitOf, type VmExit } from '../../src/library/vmmapi/exits.ts';
import { Vm } from '../../src/library/vmmapi/vm.ts';
import { eventStops } from '../../src/timeline/event-stops.ts';
import { compareMoments } from '../../src/timeline/moment.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import { type FieldsOf, isEmitted, vmExit } from '../../src/trace/events/index.ts';
import { answersOf, type ControlAnswer, checkLooksOnly } from '../control/answers.ts';
import { askVm } from '../control/client.ts';
import { controlCommands } from '../control/commands.ts';
import { type ControlRequest, requestOf } from '../control/request.ts';
import { linesOf } from '../control/text.ts';
import { countOf } from './numbers.ts';
import { parsePlace } from './places.ts';
import { LineOutput, printJson, withTabsAlone } from './standard-output.ts';
import { Viewer } from './viewer.ts';

/** Options of `ctl`; those of `controlCommands` beside them, by their names. */
export interface CtlArgs {
  readonly vm?: string | undefined;
  readonly at?: string | undefined;
  readonly cpu?: string | undefined;
  readonly json: boolean;
}

/** Asks a VM that runs, or one on a tape. */
export async function ctl(args: CtlArgs): Promise<ExitStatus> {
  const { vm, at } = args;
  if (vm === undefined) throw new Failure('which VM? give the socket of a run with --ctl, or a tape with --at PLACE');
  const request = requestIn(args);
  const stat = kindOf(vm);
  if (stat.isSocket() && at !== undefined)
    throw new Failure(
      `--at: ${vm} is the socket of a VM that runs, which is where it is; leave it out, or give a tape`,
    );
  if (!stat.isSocket() && at === undefined)
    throw new Failure(`${vm}: a tape is asked about a place of it; give --at, as --at end`);
  const answer = stat.isSocket() ? await askVm(vm, request) : askTape(vm, at ?? '', request);
  if (args.json) printJson(answer);
  else show(linesOf(answer));
  return ExitStatus.ok;
}

/** Its tabs stay: who reads bhyvectl's lines by program splits them there. */
function show(lines: readonly string[]): void {
  const out = new LineOutput();
  for (const line of lines) out.painted(withTabsAlone(line));
  out.flush();
}

function requestIn(args: CtlArgs): ControlRequest {
  const given = args as unknown as Readonly<Record<string, unknown>>;
  const commands = Object.keys(controlCommands).flatMap((name): [string, unknown][] => {
    const value = given[name];
    if (value === undefined || value === false) return [];
    // The VM's process has another folder.
    return [[name, name === 'checkpoint' && typeof value === 'string' ? resolve(value) : value]];
  });
  const cpu = args.cpu === undefined ? {} : { cpu: countOf('--cpu', args.cpu) };
  return requestOf({ ...cpu, commands: Object.fromEntries(commands) });
}

/** @throws Failure where it is neither */
function kindOf(path: string): Stats {
  let stat: Stats;
  try {
    stat = statSync(path);
  } catch (error) {
    throw new Failure(`${path}: ${systemError(error)}; give the socket of a run with --ctl, or a tape`);
  }
  if (stat.isSocket() || stat.isFile()) return stat;
  throw new Failure(`${path} is neither a socket nor a tape; give the socket of a run with --ctl, or a tape`);
}

/** The VM at a place of a tape. @throws Failure where it would be changed */
function askTape(path: string, at: string, request: ControlRequest): ControlAnswer {
  checkLooksOnly(request);
  const place = parsePlace('--at', at);
  const viewer = new Viewer(path);
  viewer.go(place);
  const { timeline } = viewer;
  return answersOf(new Vm(timeline.machine, (vcpu) => lastExitBefore(timeline, vcpu)), request);
}

const WINDOW_EVENTS = 1024;

/** The last exit of a vCPU that lies before the timeline's moment: in windows of the tape that become longer, from that moment back. */
export function lastExitBefore(timeline: Timeline, vcpu: number): VmExit | undefined {
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
