// tables/: a tape's events as tables of columns, for SQL and Parquet.

import { mmio, stage2, sysregs } from './accesses.ts';
import type { EventTableDecl } from './event-table.ts';
import { exits } from './exits.ts';
import { irqs, timers } from './interrupts.ts';
import { consoleTable, edits, external, hashes, psci, schedule } from './machine.ts';
import { virtio } from './virtio.ts';

export type * from './column.ts';
export { type EventTableDecl, eventTable } from './event-table.ts';
export type { EventNames, FunctionPlace } from './frame-rows.ts';
export { type Row, rowTable } from './row-table.ts';

/** The tables of events: each kind of event is a row of one of them. */
export const eventTables: readonly EventTableDecl[] = [
  exits,
  mmio,
  sysregs,
  stage2,
  irqs,
  timers,
  psci,
  consoleTable,
  external,
  schedule,
  edits,
  hashes,
  virtio,
];
