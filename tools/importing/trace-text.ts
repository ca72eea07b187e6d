import type { InputFile } from '../../src/host/files.ts';
import { boundedLines } from './bounded-lines.ts';
import { isUsed, valuesOf } from './kvm-text.ts';
import { countOther, countStrange, type Strange, type TraceRecord } from './trace-record.ts';

/** Which program printed a trace. */
export type TextKind = 'ftrace' | 'trace-cmd' | 'perf';

/**
 * A line of ftrace, `trace-cmd report` or `perf script`: task, thread, [CPU], perhaps flags, seconds, perhaps a period, perhaps the system,
 * event, text. Names of tasks have blanks and dashes; every part has its bound.
 */
const LINE =
  /^\s{0,64}(?<comm>.{0,64}?)(?:-|\s{1,16})(?:[0-9]{1,10}\/)?(?<pid>[0-9]{1,10})(?:\s{1,16}\(\s{0,16}[-0-9]{1,16}\))?\s{1,16}\[[0-9]{1,4}\]\s{1,16}(?:[^\s0-9]\S{0,15}\s{1,16})?(?<seconds>[0-9]{1,12})\.(?<fraction>[0-9]{1,9}):\s{1,16}(?:[0-9]{1,20}\s{1,16})?(?:(?<system>[\w-]{1,32}):)?(?<name>\w{1,64}):\s{0,64}(?<text>.{0,2048})/;
/** What these programs print beside events. */
const HEADS = /^(#|cpus=|version\s*=|CPU:? ?[0-9]+ is empty|CPU:[0-9]+ \[LOST|\s*$)/;

/** Which program the first lines are by. */
export function textKindOf(file: InputFile): TextKind {
  let seen = 0;
  for (const line of boundedLines(file)) {
    if (/^(cpus=|version = )/.test(line)) return 'trace-cmd';
    if (/^# tracer:/.test(line)) return 'ftrace';
    const system = LINE.exec(line)?.groups?.system;
    if (system !== undefined) return 'perf';
    if (++seen > 100) break;
  }
  return 'ftrace';
}

/** The records of a text; what is not understood is counted. */
export function* textRecords(file: InputFile, strange: Strange): Generator<TraceRecord> {
  for (const line of boundedLines(file)) {
    if (HEADS.test(line)) continue;
    const groups = LINE.exec(line)?.groups;
    if (groups === undefined) {
      countStrange(strange, line);
      continue;
    }
    const { comm = '', pid, seconds, fraction = '', name = '', text = '' } = groups;
    if (!isUsed(name)) {
      countOther(strange, name);
      continue;
    }
    const values = valuesOf(name, text);
    if (values === undefined) {
      countStrange(strange, line);
      continue;
    }
    yield {
      seconds: Number(seconds),
      nanoseconds: Number(fraction.padEnd(9, '0')),
      ...{ pid: Number(pid), comm: comm.trim(), name, values },
    };
  }
}
