// The overflow interrupt of the performance monitors, from the counter to the guest's handler: Arm ARM DDI 0487, D11.6; DDI 0406C, C12.7.
import { describe, expect, it } from 'vitest';
import { a32, cp15 } from './a32.fixture.ts';
import { a64, ELR_EL1, readSystem64, writeSystem64 } from './a64.fixture.ts';
import {
  arm64GicV3,
  type Bench,
  benches,
  CODE,
  makeMachine,
  onCortexA15,
  onCortexA57,
  prologueBytes,
  runGuest,
} from './guest.fixture.ts';
import type { Code, Isa } from './isa.fixture.ts';

/** PPI 7, as the device tree of `virt` says. */
const INTID = 23;
const INST_RETIRED = 8;
const CYCLES = 0x8000_0000;
/** CRm and opc2 of CP15 c9; AArch64 has them in op1 3, those of EL1 in op1 0. */
const registers = {
  PMCR: [12, 0],
  PMCNTENSET: [12, 1],
  PMOVSCLR: [12, 3],
  PMSELR: [12, 5],
  PMCCNTR: [13, 0],
  PMXEVTYPER: [13, 1],
  PMXEVCNTR: [13, 2],
  PMINTENSET: [14, 1],
} as const;
type Register = keyof typeof registers;
const word = (value: number): Code => [value & 0xffff, value >>> 16];

const isA64 = (isa: Isa): boolean => isa === a64;
function write(isa: Isa, name: Register, value: number, t = 6): Code {
  const [crm, op2] = registers[name];
  const op1 = name === 'PMINTENSET' ? 0 : 3;
  const move = isA64(isa) ? writeSystem64([3, op1, 9, crm, op2], t) : word(cp15([0, 9, crm, op2], t, 0));
  return [...isa.li(t, value), ...move];
}
/** The address at which the interrupt was taken: in A32, 4 beyond it. */
const takenAt = (isa: Isa): Code => (isA64(isa) ? readSystem64(ELR_EL1, 5) : word(0xe24e_5004));

/** Counts on from `first`: an event counter, instructions; the write of PMCR is the first of them. */
const counting = (isa: Isa, first: number): Code[] => [
  write(isa, 'PMSELR', 0),
  write(isa, 'PMXEVTYPER', INST_RETIRED),
  write(isa, 'PMXEVCNTR', first),
  write(isa, 'PMCNTENSET', 1),
  write(isa, 'PMINTENSET', 1),
  isa.unmaskIrq(),
  write(isa, 'PMCR', 1),
];
const nops = (isa: Isa, n: number): Code[] =>
  Array.from({ length: n }, () => (isA64(isa) ? word(0xd503_201f) : word(0xe1a0_0000)));

/** Guests whose code is in A64 or A32, as their handlers are. */
/** Its board gives the PMU an interrupt. */
const withInterrupt = (bench: Bench): Bench => ({ ...bench, board: 'virt' });
const simple = benches.filter(({ isa }) => isa === a64 || isa === a32).map(withInterrupt);

describe.each(simple)('$name: overflow', (bench) => {
  const { isa, gic } = bench;

  it('interrupts before the instruction behind the one that was counted last, as long as it is not cleared', () => {
    const run = (periods: number) =>
      runGuest(bench, {
        main: () => [isa.li(3, 0), gic.enable(isa, INTID), ...counting(isa, -10 >>> 0), ...nops(isa, 40)],
        // From the second on: cleared, and not again due.
        irq: (handler) => [takenAt(handler), ...(periods === 1 ? [write(handler, 'PMOVSCLR', 1)] : [])],
      });
    const { r, log } = run(1);
    expect([r(3), r(4)]).toEqual([1, INTID]);
    const first = run(1).r(5);
    // The write of PMCR is counted, since it retires behind its effect; and nine NOPs.
    const main = [isa.li(3, 0), gic.enable(isa, INTID), ...counting(isa, 0)];
    expect(first - 4 * 9).toBe(CODE + prologueBytes(bench) + 2 * main.flat().length);
    expect(log.of('irq-inject').map((e) => [e.vcpu, e.intid])).toEqual([[0, INTID]]);
    // A level: it comes again and again.
    expect(run(2).r(3)).toBeGreaterThan(5);
  });

  it('comes of the cycle counter likewise', () => {
    const { r } = runGuest(bench, {
      main: () => [
        isa.li(3, 0),
        gic.enable(isa, INTID),
        write(isa, 'PMCCNTR', -5 >>> 0),
        write(isa, 'PMCNTENSET', CYCLES),
        write(isa, 'PMINTENSET', CYCLES),
        isa.unmaskIrq(),
        write(isa, 'PMCR', 1),
        ...nops(isa, 20),
      ],
      irq: (handler) => [write(handler, 'PMOVSCLR', CYCLES)],
    });
    expect([r(3), r(4)]).toEqual([1, INTID]);
  });

  it('is not told where it is masked, or its counter stopped', () => {
    const { r } = runGuest(bench, {
      main: () => [
        isa.li(3, 0),
        gic.enable(isa, INTID),
        write(isa, 'PMCNTENSET', 1),
        write(isa, 'PMXEVTYPER', INST_RETIRED),
        write(isa, 'PMXEVCNTR', -5 >>> 0),
        isa.unmaskIrq(),
        write(isa, 'PMCR', 1),
        ...nops(isa, 20),
      ],
    });
    expect(r(3)).toBe(0);
  });
});

const CPU_ON = 0x8400_0003;
const SECOND = CODE + 0x2000;

describe.each([arm64GicV3, onCortexA15.a32, onCortexA57.a32].map(withInterrupt))('$name: of two vCPUs', (bench) => {
  const { isa, gic } = bench;
  /** Both take the interrupt; one of them counts. */
  function run(who: 0 | 1, turnCounts: number) {
    const count = (vcpu: number): Code[] => [
      isa.li(3, 0),
      ...(who === vcpu ? counting(isa, -30 >>> 0) : [isa.unmaskIrq()]),
      ...nops(isa, 60),
      isa.stop(),
    ];
    const { machine, log } = makeMachine(
      { ...bench, vcpus: 2, turnCounts },
      {
        main: () => [
          isa.li(0, CPU_ON),
          isa.li(1, 1),
          isa.li(2, SECOND),
          isa.hvc(0),
          gic.enable(isa, INTID),
          ...count(0),
        ],
        irq: (handler) => [write(handler, 'PMOVSCLR', 1)],
        second: { at: SECOND - CODE, code: () => [gic.enable(isa, INTID, 1), ...count(1)] },
      },
    );
    machine.run(5000);
    const taken = [0, 1].map((vcpu) => machine.vm.readRegister(vcpu, bench.register(3)));
    return { taken, injected: log.of('irq-inject').map((e) => [e.vcpu, e.intid]) };
  }

  it.each([7, 100])('that which counts is interrupted, in turns of %i counts', (turnCounts) => {
    expect(run(0, turnCounts)).toEqual({ taken: [1n, 0n], injected: [[0, INTID]] });
    expect(run(1, turnCounts)).toEqual({ taken: [0n, 1n], injected: [[1, INTID]] });
  });
});
