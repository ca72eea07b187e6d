import type { MetaMap } from '../../src/trace/codec/msgpack.ts';
import { jsonText } from './standard-output.ts';
import { bytesText } from './units.ts';

/** What `info` gives rows of their own, of the machine in a tape's header; tapes of before semantics version 3 have less. */
const rows = { cpu: 'processor', board: 'board', timerPolicy: 'timers', behaviours: 'behaviours' } as const;

const textOf = (value: MetaMap[string] | undefined): string => {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value.join(', ') : jsonText(value);
};

/** An entry in units where it has some; a forged tape may hold anything there. */
function entryText([key, value]: readonly [string, unknown]): string {
  if (key === 'memoryBytes' && typeof value === 'number') return `memory ${bytesText(value)}`;
  if (key === 'rtcEpochSeconds' && typeof value === 'number' && value >= 0 && value < 2 ** 32)
    return `rtc ${new Date(value * 1000).toISOString().replace('.000Z', 'Z')}`;
  return `${key} ${jsonText(value)}`;
}

/** The machine of a tape's header, by the names of `info`: processor, board, timer policy, behaviours, and all the rest in one. */
export function machineText(machine: MetaMap): (readonly [name: string, value: string])[] {
  const own = Object.entries(rows).filter(([key]) => key in machine);
  const rest = Object.entries(machine).filter(([key]) => !(key in rows));
  return [
    ...own.map(([key, name]) => [name, textOf(machine[key])] as const),
    ['machine', rest.map(entryText).join(', ')],
  ];
}
