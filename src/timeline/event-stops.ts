import { type EventDecl, irqAck, irqEoi, type Stamp, timerFire, timerProgram } from '../trace/events/index.ts';
import type { Stops } from './stops.ts';

/** Events that the CPU makes within a run, without an exit: no run can stop right behind them. */
const midRun: readonly EventDecl[] = [irqAck, irqEoi, timerFire, timerProgram];
/** Whether an event of this name is one of them. */
export const isMidRun = (name: string): boolean => midRun.some((decl) => decl.name === name);

/** Stops behind each event that fits; `fits` tells which one it was, or undefined. */
export const eventStops = (
  fits: (decl: EventDecl, fields: Stamp, ordinal: number) => number | undefined,
  what: (decl: EventDecl, fields: Stamp) => string = (decl) => decl.name,
): Stops => ({
  arm: (session, found) => {
    const before = session.onEvent;
    session.onEvent = (checked, decl, fields) => {
      before?.(checked, decl, fields);
      const which = fits(decl, fields, checked - 1);
      if (which === undefined) return;
      found({ kind: 'event', which, what: what(decl, fields), ...(midRun.includes(decl) ? { at: fields.at } : {}) });
    };
    return () => {
      session.onEvent = before;
    };
  },
});
