// Where a run is cut into pieces must leave no trace: neither in events nor in state.
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { ConsoleText, demoConfig, EventLines } from '../support/demo.fixture.ts';

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

type Kind = Pick<MachineConfig, 'arch' | 'cpu' | 'gicVersion'>;
const kinds: readonly Kind[] = [
  { arch: 'arm64', gicVersion: 3 },
  { arch: 'armv7', gicVersion: 2 },
  { arch: 'armv7', cpu: 'cortex-a57', gicVersion: 2 },
];

function runIn(kind: Kind, { next, prepare, between }: Pieces) {
  const events = new EventLines();
  const console = new ConsoleText();
  const config = { ...demoConfig, ...kind };
  const images = MachineImages.read({ kernel: guestFiles(`demo-${kind.arch}`).kernel });
  const machine = new Machine({ config, images, events, consoleOut: console.out });
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

describe.each(kinds)('%o', (kind) => {
  const whole = runIn(kind, { next: () => Number.POSITIVE_INFINITY });

  const same = (pieces: Pieces): void => {
    const cut = runIn(kind, pieces);
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
      { instructionsABlock: 1, blocksARegion: 1, evaluations: 0 },
      { instructionsABlock: 1, blocksARegion: 32, evaluations: 4 },
      { instructionsABlock: 5, blocksARegion: 3, evaluations: 4, waitingMax: 1 },
      { instructionsABlock: 64, blocksARegion: 1, evaluations: 1, waitingMax: 64 },
      { instructionsABlock: 64, blocksARegion: 32, evaluations: 0 },
      { instructionsABlock: 64, blocksARegion: 32, evaluations: Number.POSITIVE_INFINITY },
    ])('within %o', (bounds) => {
      same({
        next: () => Number.POSITIVE_INFINITY,
        prepare: ({ cpu }) => void Object.assign(cpu.engine.bounds, bounds),
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
});
