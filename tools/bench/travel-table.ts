import { MiB } from '../../src/base/limits.ts';
import { quantile } from './quantile.ts';
import { reverseSteps } from './reverse.ts';
import type { Table } from './table.ts';
import type { Travel, TravelResult } from './travel.ts';

const seconds = (values: readonly number[] | undefined): string => {
  if (values === undefined || values.length === 0) return '–';
  const median = quantile(values, 0.5);
  return `${median.toFixed(median < 1 ? 3 : 1)} s`;
};

/** What one process took that went about, and whole processes. */
function wayTable({ seekMs, stepMs, whereS }: Travel): Table {
  const line = (what: string, values: readonly number[], unit: string, digits: number): string[] => [
    what,
    ...[0.5, 0.9, 1].map((part) => `${quantile(values, part).toFixed(digits)} ${unit}`),
  ];
  return [
    ['going about a tape', 'median', '90 %', 'worst'],
    line(`${seekMs.length} random places, in one process`, seekMs, 'ms', 0),
    line(`${stepMs.length} steps back, at random places`, stepMs, 'ms', 0),
    line(`where, ${whereS.length} whole processes`, whereS, 's', 1),
  ];
}
/** The same session of GDB with both. */
function reverseTable({ ours, theirs }: Travel): Table {
  return [
    ['with GDB', 'hypertape', 'QEMU'],
    ...reverseSteps.map(({ name, what }) => [
      `${what}${(ours?.[name].length ?? 0) > 1 ? `, median of ${ours?.[name].length}` : ''}`,
      seconds(ours?.[name]),
      seconds(theirs?.[name]),
    ]),
  ];
}

/** The tables, laid out by `lay`. */
export function travelTables({ host, gdb, travels }: TravelResult, lay: (table: Table) => string[]): string[] {
  const tools = [host.qemu && `QEMU ${host.qemu}`, gdb && `GDB ${gdb}`].filter((tool) => tool !== undefined);
  return [
    [host.processor, `Node ${host.node}`, ...tools].join('; '),
    ...travels.flatMap((travel) => [
      '',
      `${travel.guest}, recorded with ${travel.checkpoints} checkpoints of ${(travel.checkpointBytes / MiB).toFixed(1)} MiB:`,
      '',
      ...lay(wayTable(travel)),
      '',
      ...lay(reverseTable(travel)),
    ]),
  ];
}
