// Where a run is cut into pieces must leave no trace: neither in events nor in state.
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { Machine } from '../../src/machine/machine.ts';
import { ConsoleText, demoConfig, demoImages, EventLines } from '../support/demo.ts';

/** Counts at which states are compared; the demo's idle prompt begins in the last third. */
const PLACES = [100_000, 1_000_003, 3_141_592, 10_000_000, 25_000_000];

interface Pieces {
  /** Length of the piece that begins at a count. */
  next(icount: number): number;
  /** Done before the run. */
  prepare?(machine: Machine): void;
  /** Done between two pieces. */
  between?(machine: Machine): void;
}

function runIn({ next, prepare, between }: Pieces) {
  const events = new EventLines();
  const console = new ConsoleText();
  const machine = new Machine({ config: demoConfig, images: demoImages(), events, consoleOut: console.out });
  prepare?.(machine);
  const hashes: string[] = [];
  for (const place of [...PLACES, Number.POSITIVE_INFINITY]) {
    for (;;) {
      const until = Math.min(place, machine.icount + next(machine.icount));
      const stop = machine.run(until);
      if (stop.kind === 'ended') {
        const end = machine.end(stop.outcome, stop.reason);
        return { lines: events.lines, console: console.text, hashes, end, instructions: machine.instructions };
      }
      if (machine.icount !== until) throw new Error(`stopped at ${machine.icount} instead of ${until}`);
      if (until === place) break;
      between?.(machine);
    }
    hashes.push(machine.stateHash());
  }
  throw new Error('the demo powers off');
}

const whole = runIn({ next: () => Number.POSITIVE_INFINITY });

const same = (pieces: Pieces): void => {
  const cut = runIn(pieces);
  // Lines first: the first that differs says where it happened.
  const first = whole.lines.findIndex((line, i) => cut.lines[i] !== line);
  if (first >= 0) expect(cut.lines[first], `event ${first}`).toBe(whole.lines[first]);
  expect(cut).toEqual(whole);
};

describe('a run in pieces is the run in one go', () => {
  it('of 1000', () => same({ next: () => 1000 }));
  it('of 7, then of 997, where it does not wait', () => same({ next: (at) => (at < 500_000 ? 7 : 997) }));
  it('of single instructions at first', () => same({ next: (at) => (at < 60_000 ? 1 : 100_003) }));
  it('of random length', () => {
    const random = new Prng(2026n);
    same({ next: () => 1 + Number(random.next64() % 100_000n) });
  });
});

describe('how code is translated does not show', () => {
  it.each([
    [1, 1],
    [1, 32],
    [5, 3],
    [64, 1],
  ])('with blocks of %i, regions of %i', (instructionsABlock, blocksARegion) => {
    same({
      next: () => Number.POSITIVE_INFINITY,
      prepare: ({ cpu }) => void Object.assign(cpu.engine.bounds, { instructionsABlock, blocksARegion }),
    });
  });

  it('nor that it is translated anew', () => {
    same({
      next: () => 250_007,
      between: ({ cpu }) => {
        cpu.engine.code.flush();
      },
    });
  });
});

it('the demo uses what the comparison is to cover', () => {
  const kinds = new Set(whole.lines.map((line) => line.trim().split(/\s+/)[2]));
  for (const kind of [
    'vm-exit',
    'mmio-read',
    'irq-inject',
    'irq-eoi',
    'timer-fire',
    'wfi',
    'idle-skip',
    'maintenance-irq',
  ])
    expect(kinds, kind).toContain(kind);
  expect(whole.end.outcome).toBe('poweroff');
  expect(whole.hashes.length).toBe(PLACES.length);
});
