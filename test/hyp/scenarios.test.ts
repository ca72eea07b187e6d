import { describe, expect, it } from 'vitest';
import { timerPolicies } from '../../src/hyp/arm-common/vtimer.ts';
import {
  type Bench,
  benches,
  CODE,
  type Guest,
  makeMachine,
  NOTHING,
  prologueBytes,
  runGuest,
  UART,
} from './guest.fixture.ts';
import type { Code } from './isa.fixture.ts';

// The same guests under the hypervisors of both architectures, and ARMv7 ones under that of AArch64: what a guest sees, and what
// the tape tells of it, is alike.

/** PL011: data, flags, baud rate divisors of 16 and 6 bits, interrupt mask. */
const FR = 0x18;
const FR_EMPTY = 0x90;
const IBRD = 0x24;
const FBRD = 0x28;
const IMSC = 0x38;
const UART_INTID = 33;

const Psci = { version: 0x8400_0000, cpuOn: 0x8400_0003, off: 0x8400_0008, reset: 0x8400_0009 };
const VIRTUAL_TIMER = 27;
const PHYSICAL_TIMER = 30;
const RAM = 0x4000_0000;

const exits = (log: ReturnType<typeof runGuest>['log']): unknown[] =>
  log.of('vm-exit').map((e) => [e.bhyveExit, e.kvmClass]);
const PAGING = 7;
const INST_EMUL = 1;
const DABT_LOW = 0x24;

describe.each(benches)('$name', (bench) => {
  const { isa, gic } = bench;
  const run = (...main: Code[]) => runGuest(bench, { main: () => main });
  const devices = (log: ReturnType<typeof runGuest>['log']): unknown[] =>
    log.events.filter((e) => e.event === 'mmio-read' || e.event === 'mmio-write').map((e) => [e.ipa, e.size, e.value]);

  describe('devices', () => {
    it('are read, extended as the instruction says', () => {
      const { r, log } = run(
        isa.li(0, UART),
        isa.load({ t: 1, n: 0, size: 4, offset: FR }),
        isa.load({ t: 2, n: 0, size: 1, signed: true, offset: FR }),
        isa.load({ t: 4, n: 0, size: 2, signed: true, offset: FR }),
      );
      expect([r(1), r(2), r(4)]).toEqual([FR_EMPTY, 0xffff_ff90, FR_EMPTY]);
      expect(log.of('mmio-read').map((e) => [e.ipa, e.size, e.rt])).toEqual([
        [BigInt(UART + FR), 4, 1],
        [BigInt(UART + FR), 1, 2],
        [BigInt(UART + FR), 2, 4],
      ]);
      expect(exits(log).slice(-3)).toEqual(new Array(3).fill([INST_EMUL, DABT_LOW]));
    });

    it('are written the low bytes of a register', () => {
      const { r, log, output } = run(
        isa.li(0, UART),
        isa.li(1, 0x1234_5641),
        isa.store({ t: 1, n: 0, size: 1 }),
        isa.store({ t: 1, n: 0, size: 2, offset: IBRD }),
        isa.load({ t: 2, n: 0, size: 4, offset: IBRD }),
      );
      expect(output).toEqual([0x41]);
      expect(r(2)).toBe(0x5641);
      expect(devices(log).slice(0, 2)).toEqual([
        [BigInt(UART), 1, 0x41n],
        [BigInt(UART + IBRD), 2, 0x5641n],
      ]);
    });

    it('are accessed by what no syndrome describes', () => {
      const { r, log } = run(
        isa.li(0, UART + IBRD),
        isa.li(2, 0x99),
        isa.store({ t: 2, n: 0, size: 2, offset: 4, post: true }),
        isa.li(2, 0x15),
        isa.store({ t: 2, n: 0, size: 4, offset: -4 & 0xff, post: true }),
      );
      expect(r(0)).toBe(UART + FBRD + 0xfc);
      expect(devices(log)).toEqual([
        [BigInt(UART + IBRD), 2, 0x99n],
        [BigInt(UART + FBRD), 4, 0x15n],
      ]);
    });

    it('are accessed by pairs, a register at a time', () => {
      const { r, log } = run(
        isa.li(0, UART + IBRD),
        isa.li(2, 0x77),
        isa.li(3, 0x2a),
        isa.storePair(2, 0),
        isa.li(1, UART + IBRD),
        isa.loadPair(6, 1),
      );
      expect([r(0), r(1), r(6), r(7)]).toEqual([UART + IBRD + 8, UART + IBRD + 8, 0x77, 0x2a]);
      expect(devices(log)).toEqual([
        [BigInt(UART + IBRD), 4, 0x77n],
        [BigInt(UART + FBRD), 4, 0x2an],
        [BigInt(UART + IBRD), 4, 0x77n],
        [BigInt(UART + FBRD), 4, 0x2an],
      ]);
    });

    it.each([
      ['a store where nothing is', NOTHING, (n: number) => isa.store({ t: 1, n, size: 4 })],
      ['a load where nothing is', NOTHING, (n: number) => isa.load({ t: 1, n, size: 1 })],
      ['an exclusive load of a device', UART + FR, (n: number) => isa.loadExclusive(1, n)],
    ] as const)('%s is an external abort', (_what, far, access) => {
      const { taken } = run(isa.li(0, far), access(0));
      expect(taken).toMatchObject({ kind: 'data-abort', far });
    });

    it('hold no instructions', () => {
      const { taken } = run(isa.li(0, UART), isa.jump(0));
      expect(taken).toEqual({ kind: 'prefetch-abort', at: UART, far: UART });
    });
  });

  it('memory is mapped upon first touch', () => {
    const { log, machine } = run(
      isa.li(0, RAM + 0x10_0000),
      isa.store({ t: 0, n: 0, size: 4 }),
      isa.load({ t: 1, n: 0, size: 4, offset: 4 }),
      isa.li(0, RAM + 0x20_0000),
      isa.load({ t: 1, n: 0, size: 4 }),
    );
    const touched = log.of('stage2-map').map((e) => e.ipa);
    expect(touched.slice(1)).toEqual([BigInt(RAM + 0x10_0000), BigInt(RAM + 0x20_0000)]);
    expect(exits(log).map((e) => (e as unknown[])[0])).toEqual([PAGING, PAGING, PAGING]);
    expect(machine.vm.vcpu(0).stats.entries()[1]).toEqual({ name: 'Resident memory', value: 3 * 4096 });
  });

  describe('firmware', () => {
    const call = (functionId: number, conduit: Code, ...args: number[]): Code[] => [
      isa.li(0, functionId),
      ...args.map((arg, i) => isa.li(i + 1, arg)),
      conduit,
    ];

    it.each([
      ['HVC', isa.hvc(0)],
      ['SMC', isa.smc()],
    ] as const)('answers by %s', (_name, conduit) => {
      const { r, log } = run(...call(Psci.version, conduit), isa.li(1, 5));
      expect([r(0), r(1)]).toEqual([0x1_0000, 5]);
      expect(log.of('psci')).toMatchObject([{ functionId: Psci.version, result: 0x1_0000n }]);
    });

    it('knows no other services, and no vCPU more', () => {
      const { r, log } = run(...call(0x8600_ff01, isa.hvc(0)), ...call(Psci.cpuOn, isa.hvc(0), 1, RAM));
      expect(r(0)).toBe(0xffff_fffe);
      expect(log.of('psci').map((e) => e.result)).toEqual([-1n, -2n].map((n) => BigInt.asUintN(bench.bits, n)));
    });

    it.each([
      ['off', Psci.off, 'poweroff'],
      ['on again', Psci.reset, 'reset'],
    ] as const)('turns the machine %s', (_how, functionId, outcome) => {
      expect(run(...call(functionId, isa.hvc(0))).stop).toMatchObject({ kind: 'ended', outcome });
    });

    it('is called with the immediate 0: any other is UNDEFINED, where the call is', () => {
      const { taken } = run(isa.hvc(1));
      expect(taken).toEqual({ kind: 'undefined', at: CODE + prologueBytes(bench), far: 0 });
    });
  });

  describe.each(timerPolicies)('timers under the policy %s', (timerPolicy) => {
    const timed: Bench = { ...bench, timerPolicy };
    const run = (...main: Code[]) => runGuest(timed, { main: () => main });

    it('count alike, whether trapped or not', () => {
      const { r, log } = run(isa.readCounter('virtual', 0), isa.readCounter('physical', 6));
      expect([0, 1]).toContain(r(6) - r(0));
      expect(log.of('sysreg-read').length).toBe({ direct: 0, bhyve: 1, 'bhyve-2018': 2 }[timerPolicy]);
    });

    it.each(['virtual', 'physical'] as const)('the %s counter is exact within a block', (which) => {
      // 160 instructions from one read to the other, at 16 a tick.
      const { r } = run(
        isa.readCounter(which, 0),
        ...new Array<Code>(159).fill(isa.add(5, 5, 0)),
        isa.readCounter(which, 6),
      );
      expect(r(6) - r(0)).toBe(10);
    });

    it('that are trapped keep what they are given', () => {
      const { r } = run(
        isa.li(0, 1_000_000),
        isa.writeSystem('CNTP_TVAL', 0),
        isa.li(0, 1),
        isa.writeSystem('CNTP_CTL', 0),
        isa.readSystem('CNTP_CTL', 1),
        isa.readSystem('CNTP_TVAL', 2),
      );
      expect(r(1)).toBe(1);
      expect(r(2)).toBeGreaterThan(999_900);
      expect(r(2)).toBeLessThanOrEqual(1_000_000);
    });

    it.each([
      ['virtual', 'CNTV_TVAL', 'CNTV_CTL', VIRTUAL_TIMER],
      ['physical', 'CNTP_TVAL', 'CNTP_CTL', PHYSICAL_TIMER],
    ] as const)('%s: wakes a waiting guest at its count, which is interrupted', (which, tval, ctl, intid) => {
      const guest: Guest = {
        main: () => [
          gic.enable(isa, intid),
          isa.li(3, 0),
          isa.readCounter(which, 6),
          isa.li(0, 500),
          isa.writeSystem(tval, 0),
          isa.li(0, 1),
          isa.writeSystem(ctl, 0),
          isa.unmaskIrq(),
          isa.wfi(),
          isa.readCounter(which, 0),
          isa.li(1, 77),
        ],
        irq: (handler) => [handler.li(5, 0), handler.writeSystem(ctl, 5)],
      };
      const { r, log } = runGuest(timed, guest);
      expect([r(1), r(3), r(4)]).toEqual([77, 1, intid]);
      expect(r(0) - r(6)).toBeGreaterThanOrEqual(500);
      expect(r(0) - r(6)).toBeLessThan(510);
      expect(log.of('idle-skip').length).toBe(1);
      expect(log.of('timer-fire')).toMatchObject([{ intid }]);
      const path = ['wfi', 'irq-inject', 'irq-ack', 'irq-eoi'];
      expect(log.names().filter((name) => path.includes(name as string))).toEqual(path);
    });
  });

  describe('interrupts', () => {
    it('a guest may send to itself', () => {
      const { r, log } = runGuest(bench, {
        main: () => [gic.enable(isa, 5), isa.li(3, 0), isa.unmaskIrq(), gic.sendSgi(isa, 5)],
      });
      expect([r(3), r(4)]).toEqual([1, 5]);
      expect(log.of('sgi')).toMatchObject([{ intid: 5, targets: 1 }]);
    });

    /** Reads what was typed, a byte an interrupt; UARTDR into register 5. */
    const typing: Guest = {
      main: () => [
        gic.enable(isa, UART_INTID),
        isa.li(3, 0),
        isa.li(0, UART),
        isa.li(1, 0x50),
        isa.store({ t: 1, n: 0, size: 4, offset: IMSC }),
        isa.unmaskIrq(),
      ],
      irq: (handler) => [handler.li(7, UART), handler.load({ t: 5, n: 7, size: 1 })],
    };

    it('of a line come again while it is high', () => {
      const { machine, r, log } = makeMachine(bench, typing);
      machine.run(1000);
      machine.input(Buffer.from('ab'));
      machine.run(5000);
      expect([r(3), r(4), r(5)]).toEqual([2, UART_INTID, 0x62]);
      expect(log.of('irq-inject').length).toBe(2);
      expect(log.of('maintenance-irq').length).toBeGreaterThan(0);
    });

    it('come at the same instruction, however the run is cut', () => {
      const whole = makeMachine(bench, typing);
      const cut = makeMachine(bench, typing);
      whole.machine.run(1000);
      for (let at = 1; at <= 1000; at += 7) cut.machine.run(at);
      cut.machine.run(1000);
      for (const { machine } of [whole, cut]) machine.input(Buffer.from('ab'));
      whole.machine.run(3000);
      for (let at = 1001; at <= 3000; at++) cut.machine.run(at);
      expect(cut.log.events).toEqual(whole.log.events);
      expect(cut.machine.stateHash()).toBe(whole.machine.stateHash());
    });
  });
});
