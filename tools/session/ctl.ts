import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/host/system-error.ts';
import { openVm } from '../../src/library/vmmapi/open-vm.ts';
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
  if (!stat.isSocket()) checkLooksOnly(request);
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

/** The VM at a place of a tape. */
function askTape(path: string, at: string, request: ControlRequest): ControlAnswer {
  const place = parsePlace('--at', at);
  const viewer = new Viewer(path);
  viewer.go(place);
  return answersOf(openVm(viewer.timeline), request);
}
