import { describe, expect, it } from 'vitest';
import { TimerId } from '../../trace/events/index.ts';
import { EventLog } from './event-log.fixture.ts';
import { Vgic } from './vgic/model.ts';
import { type TimerPolicy, timerPolicies, Vtimer } from './vtimer.ts';

const VIRTUAL = 27;
const PHYSICAL = 30;
/** A count each 16 instructions; the VM was made at count 100. */
const counter = {
  frequency: 62_500_000,
  countAt: (icount: number) => BigInt(Math.floor(icount / 16)),
  icountAt: (count: bigint) => (count >= 1n << 48n ? Number.POSITIVE_INFINITY : Number(count) * 16),
};

function setUp(policy: TimerPolicy = 'bhyve-2018') {
  const host = { icount: 1600, level: false, compare: undefined as bigint | undefined, enabled: true };
  const log = new EventLog();
  const icount = (): number => host.icount;
  const vgic = new Vgic({ vcpus: 1, intids: 64, events: log, icount, catchUp: () => {} });
  const timer = new Vtimer({
    policy,
    intids: { virtual: VIRTUAL, physical: PHYSICAL },
    counter,
    icount,
    offset: 100n,
    direct: {
      level: () => host.level,
      setInterruptEnabled: (on) => void (host.enabled = on),
      compare: () => host.compare,
    },
    vgic,
    events: log,
  });
  const pending = (intid: number): boolean => vgic.pending(vgic.slot(0, intid));
  return { host, log, timer, pending };
}

describe('an emulated timer', () => {
  it('fires when its count is reached, exactly, and falls silent when it is programmed anew', () => {
    const { host, log, timer, pending } = setUp();
    timer.write(0, TimerId.physical, 'cval', 10n);
    timer.write(0, TimerId.physical, 'ctl', 1n);
    expect(timer.deadline(0)).toBe(110 * 16);
    host.icount = 110 * 16 - 1;
    timer.poll(0);
    expect([pending(PHYSICAL), timer.read(0, TimerId.physical, 'ctl')]).toEqual([false, 1n]);
    host.icount++;
    timer.poll(0);
    expect([pending(PHYSICAL), timer.read(0, TimerId.physical, 'ctl')]).toEqual([true, 5n]);
    expect(log.of('timer-fire')).toEqual([{ event: 'timer-fire', at: 1760, vcpu: 0, timer: 1, intid: PHYSICAL }]);
    expect(timer.deadline(0)).toBe(Number.POSITIVE_INFINITY);
    timer.write(0, TimerId.physical, 'tval', 0xffff_fffen);
    // Two counts ago: still met.
    expect(pending(PHYSICAL)).toBe(true);
    timer.write(0, TimerId.physical, 'tval', 3n);
    expect([pending(PHYSICAL), timer.read(0, TimerId.physical, 'tval')]).toEqual([false, 3n]);
    expect(timer.deadline(0)).toBe(113 * 16);
  });

  it('that is masked meets its condition in silence', () => {
    const { host, timer, pending, log } = setUp();
    timer.write(0, TimerId.virtual, 'cval', 1n);
    timer.write(0, TimerId.virtual, 'ctl', 3n);
    expect(timer.deadline(0)).toBe(Number.POSITIVE_INFINITY);
    host.icount = 10_000;
    timer.poll(0);
    expect([pending(VIRTUAL), timer.read(0, TimerId.virtual, 'ctl')]).toEqual([false, 7n]);
    expect(log.of('timer-fire')).toEqual([]);
  });
});

it('a timer that is disabled meets no condition, has no time left to tell, and CNT<x>_CTL keeps its two bits', () => {
  const { host, timer, pending } = setUp();
  timer.write(0, TimerId.physical, 'cval', 1n);
  host.icount = 10_000;
  timer.poll(0);
  timer.write(0, TimerId.physical, 'ctl', 0xffff_fffen);
  expect([pending(PHYSICAL), timer.read(0, TimerId.physical, 'ctl')]).toEqual([false, 2n]);
  expect(timer.read(0, TimerId.physical, 'tval')).toBe(0xffff_ffffn);
});

describe('the physical count', () => {
  it("is the one that the guest reads: the CPU's where its reads are no exits", () => {
    expect(setUp('direct').timer.count(TimerId.physical)).toBe(100n);
    expect(setUp('bhyve').timer.count(TimerId.physical)).toBe(0n);
    for (const policy of timerPolicies) expect(setUp(policy).timer.count(TimerId.virtual)).toBe(0n);
  });

  it('is what the emulated timer compares with', () => {
    const { host, timer, pending } = setUp('direct');
    timer.write(0, TimerId.physical, 'tval', 10n);
    timer.write(0, TimerId.physical, 'ctl', 1n);
    expect([timer.read(0, TimerId.physical, 'cval'), timer.deadline(0)]).toEqual([110n, 110 * 16]);
    host.icount = 110 * 16;
    timer.poll(0);
    expect(pending(PHYSICAL)).toBe(true);
  });
});

describe('the direct timer', () => {
  it('is masked at the host while its line is high', () => {
    const { host, timer, pending } = setUp('direct');
    host.level = true;
    timer.syncDirect(0);
    expect([pending(VIRTUAL), host.enabled, timer.directHigh(0)]).toEqual([true, false, true]);
    host.level = false;
    timer.syncDirect(0);
    expect([pending(VIRTUAL), host.enabled, timer.directHigh(0)]).toEqual([false, true, false]);
  });

  it('wakes a vCPU that waits, at its compare value', () => {
    const { host, timer } = setUp('direct');
    expect(timer.wakeDeadline(0)).toBe(Number.POSITIVE_INFINITY);
    host.compare = 20n;
    expect([timer.deadline(0), timer.wakeDeadline(0)]).toEqual([Number.POSITIVE_INFINITY, 120 * 16]);
  });
});

it('round-trips its state', () => {
  const a = setUp();
  a.timer.write(0, TimerId.physical, 'cval', 10n);
  a.timer.write(0, TimerId.physical, 'ctl', 1n);
  a.timer.write(0, TimerId.virtual, 'cval', 0xffff_ffff_ffff_ffffn);
  a.host.icount = 2000;
  a.timer.poll(0);
  a.host.level = true;
  a.timer.syncDirect(0);
  const b = setUp();
  b.host.icount = 2000;
  b.timer.restore(a.timer.save());
  expect(b.timer.save()).toEqual(a.timer.save());
  expect(b.timer.directHigh(0)).toBe(true);
  // The line is up already: it does not rise again.
  b.timer.poll(0);
  expect(b.log.of('timer-fire')).toEqual([]);
});
