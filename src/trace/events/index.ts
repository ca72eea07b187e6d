// events/: the vocabulary of the tape: every event, by tag and by name.

import { mmioRead, mmioWrite, stage2Map, sysregRead, sysregWrite } from './accesses.ts';
import { consoleIn, consoleOut } from './console.ts';
import { edit } from './edit.ts';
import { dumpLine, type EventDecl, type EventOf, type FieldsOf, isOf } from './event.ts';
import { bhyveExitName, kvmClassName } from './exit-names.ts';
import { idleSkip, vcpuTurn, vmExit, wfi } from './exits.ts';
import { externalIn, externalOut } from './external.ts';
import { irqAck, irqEoi, irqInject, irqLine, maintenanceIrq, sgi, timerFire, timerProgram } from './interrupts.ts';
import { psci, suspend } from './power.ts';
import { runEnd, stateHash } from './run.ts';
import { virtioComplete, virtioKick, virtioRequest } from './virtio.ts';

export * from './accesses.ts';
export * from './console.ts';
export * from './edit.ts';
export * from './event.ts';
export * from './exit-names.ts';
export * from './exits.ts';
export * from './external.ts';
export * from './interrupts.ts';
export * from './power.ts';
export * from './run.ts';
export * from './smccc-names.ts';
export * from './syndrome.ts';
export * from './sysreg-names.ts';
export * from './virtio.ts';

/** In the order of their tags. */
export const allEvents = [
  vmExit,
  wfi,
  idleSkip,
  vcpuTurn,
  mmioRead,
  mmioWrite,
  sysregRead,
  sysregWrite,
  stage2Map,
  irqLine,
  irqInject,
  irqAck,
  irqEoi,
  maintenanceIrq,
  sgi,
  timerProgram,
  timerFire,
  psci,
  suspend,
  consoleOut,
  consoleIn,
  edit,
  externalIn,
  externalOut,
  stateHash,
  runEnd,
  virtioKick,
  virtioRequest,
  virtioComplete,
] as const;

/** Tags of events that are no longer written; never given out again. */
export const retiredTags: readonly number[] = [];

/** Any event, as a reader gives it: a union told apart by `kind`. */
export type TapeEvent = EventOf<(typeof allEvents)[number]>;
/** The name of any event. */
export type EventName = TapeEvent['kind'];

const byTag = new Map<number, EventDecl>(allEvents.map((decl) => [decl.tag, decl as EventDecl]));
const byName = new Map<string, EventDecl>(allEvents.map((decl) => [decl.name, decl as EventDecl]));

/** Undefined where no event has it. */
export const eventByTag = (tag: number): EventDecl | undefined => byTag.get(tag);
/** Likewise. */
export const eventByName = (name: string): EventDecl | undefined => byName.get(name);

/** An event as a reader would give it. */
export const eventOf = <E extends EventDecl>(decl: E, fields: FieldsOf<E>): TapeEvent =>
  ({ kind: decl.name, ...fields }) as unknown as TapeEvent;

/** The event on one line (`dumpLine`). */
export function lineOf(event: TapeEvent): string {
  const decl = byName.get(event.kind);
  return decl !== undefined && isOf(decl, event) ? dumpLine(decl, event) : event.kind;
}

/** Is the event of one of these classes: its own name or, for an exit, its name in bhyve's or KVM's dialect? */
export const inClasses = (event: TapeEvent, classes: ReadonlySet<string>): boolean =>
  classes.has(event.kind) ||
  (event.kind === 'vm-exit' &&
    (classes.has(bhyveExitName(event.bhyveExit)) || classes.has(kvmClassName(event.kvmClass))));
