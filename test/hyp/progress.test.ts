import { describe, expect, it } from 'vitest';
import { writeSystem64 } from './a64.fixture.ts';
import { arm64GicV3, type Bench, benches, makeMachine, onCortexA15, UART } from './guest.fixture.ts';
import type { Code, Isa } from './isa.fixture.ts';

// A guest without progress is told of where its run alone says so; one that could still make progress never is.

/** Longer than any look at a guest takes to come. */
const LONG = 2 ** 21 + 2 ** 15;
const FR = 0x18;
const IMSC = 0x38;
const IMSC_RX_RT = 0x50;
const UART_INTID = 33;
const VIRTUAL_TIMER = 27;
const RTC = 0x0901_0000;
const PSCI_VERSION = 0x8400_0000;
const PSCI_OFF = 0x8400_0008;
const DATA = 0x4010_0000;
/** Counter ticks of 16 ns. */
const TICK_NS = 16;

const guestOf = (bench: Bench, ...main: Code[]) => makeMachine(bench, { main: () => main });
const runs = (bench: Bench, ...main: Code[]) => guestOf(bench, ...main).machine.run(LONG);
const STUCK = { kind: 'ended', outcome: 'stuck' };

/** What takes counts and no time to emulate. */
const work = (isa: Isa): Code => new Array<Code>(16).fill(isa.add(2, 0, 1)).flat();
const startTimer = (isa: Isa, ticks: number): Code => [
  ...isa.li(1, ticks),
  ...isa.writeSystem('CNTV_TVAL', 1),
  ...isa.li(1, 1),
  ...isa.writeSystem('CNTV_CTL', 1),
];
const listen = (bench: Bench): Code => [
  ...bench.gic.enable(bench.isa, UART_INTID),
  ...bench.isa.li(0, UART),
  ...bench.isa.li(1, IMSC_RX_RT),
  ...bench.isa.store({ t: 1, n: 0, size: 4, offset: IMSC }),
  ...enableUart(bench.isa),
];
/** UARTCR: UARTEN, TXE, RXE. */
const enableUart = (isa: Isa): Code => [...isa.li(1, 0x301), ...isa.store({ t: 1, n: 0, size: 4, offset: 0x30 })];

describe.each(benches)('$name: is stuck', (bench) => {
  const { isa } = bench;
  it.each<[string, Code]>([
    ['spinning', []],
    ['spinning with interrupts unmasked and none enabled', isa.unmaskIrq()],
    ['in WFE', isa.forever([...isa.wfe(), ...work(isa)])],
    ['in a longer circle', isa.forever([...isa.li(1, 5), ...isa.add(1, 1, 1), ...isa.add(2, 1, 1)])],
    [
      'storing what is there',
      [...isa.li(0, DATA), ...isa.forever([...isa.store({ t: 0, n: 0, size: 4 }), ...work(isa)])],
    ],
    ['with interrupts masked, whatever timer', startTimer(isa, 2 ** 27)],
    ['in WFI', isa.wfi()],
    ['in WFI, though input comes', [...isa.li(0, UART), ...enableUart(isa), ...isa.forever(isa.wfi())]],
  ])('%s', (_what, code) => {
    const { machine } = guestOf(bench, code);
    const stop = machine.run(LONG);
    expect(stop).toMatchObject(STUCK);
    expect(stop).toMatchObject({ reason: expect.stringContaining(`pc 0x${machine.pc.toString(16)}`) });
  });

  it.each<[string, Code]>([
    ['calling firmware', isa.forever([...isa.li(0, PSCI_VERSION), ...isa.hvc(0)])],
    [
      'in a WFI that a masked interrupt ends',
      [...bench.gic.enable(isa, VIRTUAL_TIMER), ...startTimer(isa, 100), ...isa.forever(isa.wfi())],
    ],
  ])('%s, which its exits tell early', (_what, code) => {
    const { machine } = guestOf(bench, code);
    expect(machine.run(LONG)).toMatchObject(STUCK);
    expect(machine.icount).toBeLessThan(2 ** 16);
  });

  it('in the same place however the run is cut', () => {
    const code = [...bench.gic.enable(isa, VIRTUAL_TIMER), ...startTimer(isa, 100), ...isa.forever(isa.wfi())];
    const whole = guestOf(bench, code);
    const stop = whole.machine.run(LONG);
    for (const step of [997, 12_345]) {
      const cut = guestOf(bench, code);
      let last = cut.machine.run(step);
      while (last.kind === 'count') last = cut.machine.run(cut.machine.icount + step);
      expect(last).toEqual(stop);
      expect(cut.log.events).toEqual(whole.log.events);
    }
  });
});

describe.each(benches)('$name: is not stuck', (bench) => {
  const { isa } = bench;
  it.each<[string, Code]>([
    [
      'counting in memory, though its registers come again',
      [
        ...isa.li(0, DATA),
        ...isa.forever([
          ...isa.load({ t: 1, n: 0, size: 4 }),
          ...isa.add(1, 1, 1),
          ...isa.store({ t: 1, n: 0, size: 4 }),
          ...isa.li(1, 0),
          ...work(isa),
        ]),
      ],
    ],
    ['looking at the counter', isa.forever([...isa.readCounter('virtual', 1), ...isa.li(1, 0), ...isa.li(2, 0)])],
    ['looking at a timer', isa.forever([...isa.readSystem('CNTV_CTL', 1), ...isa.li(1, 0)])],
    ['waiting for a timer', [...bench.gic.enable(isa, VIRTUAL_TIMER), ...startTimer(isa, 2 ** 27), ...isa.unmaskIrq()]],
  ])('%s', (_what, code) => {
    expect(runs(bench, code)).toEqual({ kind: 'count' });
  });

  it('in WFI until a timer that is masked', () => {
    const timer = [...bench.gic.enable(isa, VIRTUAL_TIMER), ...startTimer(isa, 2 ** 22)];
    const { machine } = guestOf(bench, timer, isa.wfi(), isa.li(0, PSCI_OFF), isa.hvc(0));
    expect(machine.run(48 * LONG)).toMatchObject({ kind: 'ended', outcome: 'poweroff' });
  });

  it('looking at the clock', () => {
    const { machine } = guestOf(bench, isa.li(0, RTC), isa.forever(isa.load({ t: 1, n: 0, size: 4 })));
    expect(machine.run(2 ** 15)).toEqual({ kind: 'count' });
  });

  it('spinning where a timer comes, once it has come', () => {
    const ticks = 2 ** 18;
    const code = [...bench.gic.enable(isa, VIRTUAL_TIMER), ...startTimer(isa, ticks), ...isa.unmaskIrq()];
    const guest = makeMachine(bench, {
      main: () => [code],
      irq: (handlers) => [[...handlers.li(5, 0), ...handlers.writeSystem('CNTV_CTL', 5)]],
    });
    const stop = guest.machine.run(12 * LONG);
    expect(stop).toMatchObject(STUCK);
    expect(guest.r(3)).toBe(1);
    expect(guest.machine.icount).toBeGreaterThan(ticks * TICK_NS);
  });
});

describe.each(benches)('$name: waits', (bench) => {
  const { isa } = bench;
  it('for input that it polls for, and takes it', () => {
    const poll = isa.forever(isa.load({ t: 1, n: 0, size: 4, offset: FR }));
    const { machine, r } = guestOf(bench, isa.li(0, UART), enableUart(isa), poll);
    const stop = machine.run(LONG);
    expect(stop).toMatchObject({ kind: 'ended', outcome: 'halt', waiting: 'polling', goesOn: true });
    expect(machine.icount).toBeLessThan(2 ** 16);
    const empty = r(1);
    machine.input(Uint8Array.of(0x61));
    expect(machine.run(machine.icount + 10)).toEqual({ kind: 'count' });
    expect(r(1)).not.toBe(empty);
  });

  it.each<[string, Code, object]>([
    ['spinning', [], { waiting: 'polling', goesOn: true }],
    ['in WFI', isa.forever(isa.wfi()), { waiting: 'idle' }],
  ])('for input that interrupts it %s', (_what, wait, how) => {
    const guest = guestOf(bench, listen(bench), isa.unmaskIrq(), wait);
    expect(guest.machine.run(LONG)).toMatchObject({ kind: 'ended', outcome: 'halt', ...how });
    guest.machine.input(Uint8Array.of(0x61));
    guest.machine.run(guest.machine.icount + 100);
    expect(guest.log.of('irq-ack')[0]).toMatchObject({ intid: UART_INTID });
  });
});

describe('exception upon exception', () => {
  const LIVELOCK = { ...STUCK, reason: expect.stringMatching(/livelock.*pc 0x/) };
  it.each(benches)('by way of the hypervisor: $name', (bench) => {
    const { isa } = bench;
    // Vectors and code where nothing is.
    const code = [...isa.li(5, 0x1000_0000), ...isa.writeSystem('VBAR', 5), ...isa.jump(5)];
    expect(runs(bench, code)).toMatchObject(LIVELOCK);
  });

  it('without it: EL1 with the MMU on and empty tables', () => {
    const { isa } = arm64GicV3;
    const { machine, log } = guestOf(arm64GicV3, [
      ...isa.li(0, DATA),
      ...writeSystem64([3, 0, 2, 0, 0], 0), // TTBR0_EL1
      ...isa.li(0, 0x1_0000_0000 / 2 ** 32 + 0x80_0010), // TCR_EL1: T0SZ 17, EPD1
      ...writeSystem64([3, 0, 2, 0, 2], 0),
      ...isa.li(0, 0x30d0_0801), // SCTLR_EL1.M
      ...writeSystem64([3, 0, 1, 0, 0], 0),
      ...[0x3fdf, 0xd503], // ISB
    ]);
    expect(machine.run(LONG)).toMatchObject(LIVELOCK);
    expect(log.events.length).toBeLessThan(100);
  });

  it.each<[string, Bench, Code]>([
    // MSR HCR_EL2, X0; MCR HCR
    ['arm64', arm64GicV3, writeSystem64([3, 4, 1, 1, 0], 0)],
    ['armv7', onCortexA15.a32, [0x0f11, 0xee81]],
  ])('where %s uses EL2 without vectors of its own', (_arch, bench, code) => {
    const { isa } = bench;
    const stop = runs(bench, isa.li(5, 0x1000_0000), isa.writeSystem('VBAR', 5), code);
    expect(stop).toMatchObject({ ...STUCK, reason: expect.stringContaining('the guest uses EL2') });
  });
});
