// One instruction at a time, as a debugger asks for: through exits, idle time, interrupts and into faults.
import { describe, expect, it } from 'vitest';
import { stepInstruction } from '../../src/machine/step.ts';
import { benches, makeMachine, NOTHING, UART } from './guest.fixture.ts';

const TIMER = 27;

describe.each(benches)('$name', (bench) => {
  const { isa } = bench;
  const guest = {
    main: () => [
      bench.gic.enable(isa, TIMER),
      isa.li(1, 400),
      isa.writeSystem('CNTV_TVAL', 1),
      isa.li(1, 1),
      isa.writeSystem('CNTV_CTL', 1),
      isa.li(0, UART),
      isa.store({ t: 1, n: 0, size: 1 }),
      // Interrupts stay masked: the wait ends, and the guest goes on.
      isa.wfi(),
      isa.add(1, 1, 1),
      isa.li(0, NOTHING),
      isa.load({ t: 1, n: 0, size: 4 }),
    ],
  };

  it('each step retires one instruction, or comes to the vector of one that faults', () => {
    const whole = makeMachine(bench, guest);
    whole.machine.run(20_000);
    const { machine, log } = makeMachine(bench, guest);
    const runner = { machine, run: (until: number) => machine.run(until), requestStop: () => machine.requestStop() };
    let steps = 0;
    while (bench.taken(machine) === undefined) {
      const before = machine.instructions;
      expect(stepInstruction(runner)).toEqual({ kind: 'count' });
      const isFault = bench.taken(machine) !== undefined && machine.instructions === before;
      expect([steps, machine.instructions - before]).toEqual([steps, isFault ? 0 : 1]);
      steps++;
    }
    // The wait was one step, and its time has passed.
    expect(steps).toBe(machine.instructions + 1);
    expect(machine.icount).toBeGreaterThan(400);
    expect(steps).toBeLessThan(200);
    machine.run(20_000);
    expect(log.events).toEqual(whole.log.events);
    expect(machine.stateHash()).toBe(whole.machine.stateHash());
  });
});
