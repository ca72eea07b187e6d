// One vCPU takes exception upon exception; another one waits for a timer. Time passes for that one, as it does where every PE has its own clock.
import { describe, expect, it } from 'vitest';
import { arm64GicV3, type Bench, CODE, makeMachine, NOTHING, onCortexA15 } from './guest.fixture.ts';
import type { Code } from './isa.fixture.ts';

const CPU_ON = 0x8400_0003;
const SYSTEM_OFF = 0x8400_0008;
const SECOND = CODE + 0x2000;
/** The virtual timer's. */
const INTID = 27;

/** The first vCPU starts the second and waits for a timer, so many times; the second has its vectors where nothing is. */
function run(bench: Bench, { timers, older, piece }: { timers: number; older?: readonly string[]; piece?: number }) {
  const { isa, gic } = bench;
  const arm: Code = [...isa.li(1, 5000), ...isa.writeSystem('CNTV_TVAL', 1), ...isa.wfi()];
  const { machine, log, r } = makeMachine(
    { ...bench, vcpus: 2, turnCounts: 100, ...(older ? { olderBehaviours: older } : {}) },
    {
      main: () => [
        isa.li(3, 0),
        gic.enable(isa, INTID),
        isa.li(0, CPU_ON),
        isa.li(1, 1),
        isa.li(2, SECOND),
        isa.hvc(0),
        isa.li(1, 1_000_000),
        isa.writeSystem('CNTV_TVAL', 1),
        isa.li(1, 1),
        isa.writeSystem('CNTV_CTL', 1),
        isa.unmaskIrq(),
        ...Array.from({ length: timers }, () => arm),
        isa.li(0, timers === 0 ? CPU_ON : SYSTEM_OFF),
        isa.hvc(0),
        isa.li(1, 0),
        isa.writeSystem('CNTV_CTL', 1),
        isa.forever(isa.wfi()),
      ],
      irq: (handler) => [handler.li(5, 1_000_000), handler.writeSystem('CNTV_TVAL', 5)],
      second: {
        at: SECOND - CODE,
        code: () => [isa.li(5, NOTHING), isa.writeSystem('VBAR', 5), isa.li(5, NOTHING), isa.jump(5)],
      },
    },
  );
  let stop = machine.run(piece ?? 10_000_000);
  while (piece !== undefined && stop.kind === 'count') stop = machine.run(machine.icount + piece);
  return { stop, interrupts: r(3), events: log.events };
}

describe.each([arm64GicV3, onCortexA15.a32])('$name', (bench) => {
  it('the one that waits goes on when its time has come', () => {
    const { stop, interrupts } = run(bench, { timers: 3 });
    expect(stop).toMatchObject({ kind: 'ended', outcome: 'poweroff' });
    expect(interrupts).toBe(3);
  });
  it('in the same way however the run is cut', () => {
    const whole = run(bench, { timers: 3 });
    expect(run(bench, { timers: 3, piece: 777 })).toEqual(whole);
  });
  it('the run ends where nothing can come any more', () => {
    const { stop } = run(bench, { timers: 0 });
    expect(stop).toMatchObject({ kind: 'ended', outcome: 'stuck' });
  });
  it('ends at once, as older tapes have it', () => {
    const { stop, interrupts } = run(bench, { timers: 3, older: ['schedule@1'] });
    expect(stop).toMatchObject({ kind: 'ended', outcome: 'stuck' });
    expect(interrupts).toBe(0);
  });
});
