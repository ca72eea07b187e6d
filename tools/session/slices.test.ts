import { expect, test } from 'vitest';
import { Interrupts } from './interrupts.ts';
import { runInSlices } from './slices.ts';

type Stop = { readonly kind: 'place' | 'end' };
/** A run of so many counts. */
function runOf(last: number) {
  const machine = { icount: 0, instructions: 0 };
  const cuts: number[] = [];
  const run = (until: number): Stop => {
    machine.icount = Math.min(until, last);
    cuts.push(machine.icount);
    return { kind: machine.icount === last ? 'end' : 'place' };
  };
  return { machine, run, cuts };
}

test('runs on to the end, or to where it is to stop, and tells each slice', async () => {
  const interrupts = new Interrupts();
  try {
    const whole = runOf(1e9);
    const told: number[] = [];
    expect(await runInSlices(whole, { interrupts, tick: (icount) => void told.push(icount) })).toEqual({ kind: 'end' });
    expect(told).toEqual(whole.cuts);
    expect(told.length).toBeGreaterThan(10);

    const part = runOf(1e9);
    expect(await runInSlices(part, { interrupts, tick() {}, until: () => 123_456 })).toEqual({ kind: 'place' });
    expect(part.machine.icount).toBe(123_456);

    const watched = runOf(1e9);
    const isReached = (): boolean => watched.cuts.length === 3;
    expect(await runInSlices(watched, { interrupts, tick() {}, isReached })).toEqual({ kind: 'place' });
    expect(watched.cuts).toHaveLength(3);
  } finally {
    interrupts.close();
  }
});

test('a signal ends it behind a slice, however many come', async () => {
  const interrupts = new Interrupts();
  try {
    const run = runOf(1e9);
    const tick = (): void => {
      for (let n = 0; run.cuts.length === 2 && n < 2; n++) process.emit('SIGTERM', 'SIGTERM');
    };
    expect(await runInSlices(run, { interrupts, tick })).toEqual({ kind: 'interrupted' });
    expect(run.cuts).toHaveLength(2);
  } finally {
    interrupts.close();
  }
});
