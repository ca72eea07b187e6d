import type { MetaMap } from '../../src/trace/codec/msgpack.ts';
import { jsonText } from './standard-output.ts';

/** What `info` gives rows of their own, of the machine in a tape's header; tapes of before semantics version 3 have less. */
const rows = { cpu: 'processor', board: 'board', timerPolicy: 'timers', behaviours: 'behaviours' } as const;

const textOf = (value: MetaMap[string] | undefined): string => {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value.join(', ') : jsonText(value);
};

/** The machine of a tape's header, by the names of `info`: processor, board, timer policy, behaviours, and all the rest in one. */
export function machineText(machine: MetaMap): (readonly [name: string, value: string])[] {
  const own = Object.entries(rows).filter(([key]) => key in machine);
  const rest = Object.entries(machine).filter(([key]) => !(key in rows));
  return [
    ...own.map(([key, name]) => [name, textOf(machine[key])] as const),
    ['machine', rest.map(([key, value]) => `${key} ${jsonText(value)}`).join(', ')],
  ];
}
