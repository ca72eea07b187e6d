// SEV and the clearing of the global monitor send events, which WFE looks for: Arm ARM DDI 0487, D1.6.1 and B2.9.6.
import { describe, expect, it } from 'vitest';
import { arm64GicV3, CODE, makeMachine } from './guest.fixture.ts';
import type { Code } from './isa.fixture.ts';

const CPU_ON = 0x8400_0003;
const SECOND = CODE + 0x2000;
const USER = CODE + 0x3000;
const DATA = CODE + 0x4000;
const { isa } = arm64GicV3;
const SEV: Code = [0x209f, 0xd503];
const spin = (n: number): Code => [...isa.li(1, n), ...isa.loop(1, 0)];

/**
 * What user code of the second vCPU comes to. SCTLR_EL1.nTWE is clear: a WFE that finds no event is a trap there, which is how a guest can
 * tell. The exception return left an event (D1.6.1), which the first WFE takes.
 */
function reached({ sender, user, older }: { sender: Code; user: Code; older?: readonly string[] }): bigint {
  const { machine } = makeMachine(
    { ...arm64GicV3, vcpus: 2, turnCounts: 100, ...(older ? { olderBehaviours: older } : {}) },
    {
      main: () => [isa.li(0, CPU_ON), isa.li(1, 1), isa.li(2, SECOND), isa.hvc(0), spin(300), sender],
      second: {
        at: SECOND - CODE,
        code: () => [isa.li(3, 0), isa.li(0, USER), isa.enterUser(0, 1)],
      },
      third: {
        at: USER - CODE,
        code: () => [isa.wfe(), user, isa.wfe(), isa.li(3, 1), isa.wfe(), isa.li(3, 2), isa.stop()],
      },
    },
  );
  machine.run(8000);
  return machine.vm.readRegister(1, 'x3');
}

describe('an event', () => {
  const older = ['schedule@1'];
  it('of SEV is left at each vCPU, once', () => {
    const user = spin(1000);
    expect(reached({ sender: SEV, user })).toBe(1n);
    expect(reached({ sender: [], user })).toBe(0n);
  });
  /** The page is mapped before, since the return of that exit leaves an event too, which a WFE takes. */
  const touched = [...isa.li(0, DATA), ...isa.load({ t: 2, n: 0, size: 4 }), ...isa.wfe()];
  const held = [...touched, ...isa.loadExclusive(2, 0), ...spin(1000)];
  it('comes of an exclusive monitor that is opened', () => {
    expect(reached({ sender: [], user: held })).toBe(1n);
    expect(reached({ sender: [], user: [...touched, ...spin(1000)] })).toBe(0n);
  });
  it('was left at the sender alone, as older tapes have it', () => {
    expect(reached({ sender: SEV, user: spin(1000), older })).toBe(0n);
    expect(reached({ sender: [], user: held, older })).toBe(0n);
  });
});
