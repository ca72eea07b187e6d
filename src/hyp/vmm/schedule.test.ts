import { describe, expect, it } from 'vitest';
import { restoreParts, saveParts } from '../../base/stateful.ts';
import { Schedule, TURN_AFTER_WAKE, TURN_FOR_EXCLUSIVE, type TurnEnd } from './schedule.ts';
import { type Stop, scriptedTurns } from './vm.fixture.ts';

const all = (): boolean => true;
const turns = (schedule: Schedule, count: number): { to: number; counts: number }[] => {
  let now = 0;
  return Array.from({ length: count }, () => {
    const to = schedule.next(all, now) ?? -1;
    schedule.begin(to, now);
    const counts = schedule.end - now;
    now = schedule.end;
    return { to, counts };
  });
};

describe('turns', () => {
  it('go round, each as long as the other', () => {
    expect(turns(new Schedule({ vcpus: 3, turnCounts: 50 }), 4)).toEqual([
      { to: 1, counts: 50 },
      { to: 2, counts: 50 },
      { to: 0, counts: 50 },
      { to: 1, counts: 50 },
    ]);
  });

  it('pass over who cannot run', () => {
    const schedule = new Schedule({ vcpus: 4, turnCounts: 50 });
    expect(schedule.next((vcpu) => vcpu === 3, 0)).toBe(3);
    expect(schedule.next((vcpu) => vcpu === 0, 0)).toBe(undefined);
  });

  it('have no end where there is one vCPU, whatever it does', () => {
    const schedule = new Schedule({ vcpus: 1, turnCounts: 50 });
    schedule.yields(7);
    expect([schedule.end, schedule.isOver(1e12)]).toEqual([Number.POSITIVE_INFINITY, false]);
  });

  it('end soon after they made another vCPU runnable, but not later than they would', () => {
    const schedule = new Schedule({ vcpus: 2, turnCounts: 10_000 });
    schedule.madeRunnable(100);
    expect(schedule.end).toBe(100 + TURN_AFTER_WAKE);
    schedule.madeRunnable(1000);
    expect(schedule.end).toBe(100 + TURN_AFTER_WAKE);
    schedule.begin(1, 5000);
    schedule.madeRunnable(14_000);
    expect(schedule.end).toBe(15_000);
  });

  it('are held once for who is between an exclusive load and its store, but not behind a yield', () => {
    const schedule = new Schedule({ vcpus: 2, turnCounts: 1000 });
    expect([schedule.isOver(1000), schedule.hold(1000), schedule.end]).toEqual([true, true, 1000 + TURN_FOR_EXCLUSIVE]);
    expect([schedule.isOver(1000), schedule.isOver(1128), schedule.hold(1128)]).toEqual([false, true, false]);
    schedule.begin(1, 1128);
    schedule.yields(1200);
    expect([schedule.isOver(1200), schedule.hold(1200)]).toEqual([true, false]);
  });
});

describe('with a seed', () => {
  const random = (seed: bigint) => turns(new Schedule({ vcpus: 4, turnCounts: 1000, seed }), 400);

  it('lengths are of all magnitudes up to the greatest, and the order is any', () => {
    const made = random(1n);
    const lengths = made.map(({ counts }) => counts);
    expect(Math.min(...lengths)).toBe(1);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1000);
    expect(lengths.filter((counts) => counts > 500).length).toBeGreaterThan(10);
    expect(lengths.filter((counts) => counts < 16).length).toBeGreaterThan(100);
    const steps = new Set(made.map(({ to }, i) => (4 + to - (i === 0 ? 0 : (made[i - 1]?.to ?? 0))) % 4));
    expect([...steps].sort()).toEqual([1, 2, 3]);
  });

  it('they are the same each time, and others with another', () => {
    expect(random(1n)).toEqual(random(1n));
    expect(random(2n)).not.toEqual(random(1n));
  });

  it('go on from a saved state as they would have', () => {
    const [from, to] = [1, 1].map(() => new Schedule({ vcpus: 4, turnCounts: 1000, seed: 9n })) as [Schedule, Schedule];
    turns(from, 10);
    to.restore(from.save());
    to.current = from.current;
    expect(to.save()).toEqual(from.save());
    expect(turns(to, 50)).toEqual(turns(from, 50));
  });
});

const wait: Stop = { exit: { kind: 'wfi', pc: 0x90n } };
const yields: Stop = { retires: 10, exit: { kind: 'yield' } };
const livelock: Stop = { retires: 0, exit: { kind: 'livelock' } };

/** All vCPUs on, by default two that compute. */
function started(scripts: readonly (readonly Stop[])[] = [[], []], options: Parameters<typeof scriptedTurns>[1] = {}) {
  const made = scriptedTurns(scripts, options);
  for (let vcpu = 0; vcpu < made.vm.vcpuCount; vcpu++) made.vm.start(vcpu, 0n, []);
  made.log.length = 0;
  const turns = () =>
    made.events.filter((e) => e.event === 'vcpu-turn').map((e) => `${e.at}: ${e.from} to ${e.to} of ${e.vcpu}`);
  return { ...made, turns };
}

describe('several vCPUs', () => {
  it('run one after the other, each from where its turn ends', () => {
    const { vm, turns, log } = started([[], [], []]);
    vm.run(350);
    expect(turns()).toEqual(['100: 0 to 1 of 0', '200: 1 to 2 of 1', '300: 2 to 0 of 2']);
    const around = log.filter((line) => /turn|load/.test(line)).slice(0, 4);
    expect(around).toEqual(['end of turn 0', 'event vcpu-turn', 'load 1', 'end of turn 1']);
  });

  it('have turns of the same counts however the run is cut and saved', () => {
    const cut = (at: readonly number[]) => {
      const { vm, turns } = started(undefined, { turnCounts: 70, seed: 3n });
      for (const until of at) {
        vm.run(until);
        restoreParts(vm.parts, saveParts(vm.parts));
      }
      return turns();
    };
    const whole = cut([1000]);
    expect(whole.length).toBeGreaterThan(10);
    expect(cut([1, 2, 50, 51, 52, 53, 100, 140, 141, 500, 777, 1000])).toEqual(whole);
    expect(cut(Array.from({ length: 1000 }, (_, i) => i + 1))).toEqual(whole);
  });

  it('pass the turn on where one waits or yields, but not to one that waits', () => {
    const { vm, turns } = started([[wait], [yields], []]);
    vm.run(120);
    expect(turns()).toEqual(['1: 0 to 1 of 0', '11: 1 to 2 of 1', '111: 2 to 1 of 2']);
  });

  it('go on where nobody else can run, without an event', () => {
    const { vm, turns } = started([[wait], [yields]]);
    vm.run(500);
    expect(turns()).toEqual(['1: 0 to 1 of 0']);
  });

  it('are woken in another turn, which ends soon', () => {
    const { vm, architecture, turns } = started([[wait]], { vcpus: 2, turnCounts: 10_000 });
    architecture.wakes = () => architecture.now >= 500;
    architecture.wakeDeadline = () => (architecture.now < 500 ? 500 : Infinity);
    vm.run(9000);
    expect(turns()).toEqual(['1: 0 to 1 of 0', '2548: 1 to 0 of 1']);
  });

  it('finish an exclusive access before the turn ends, if it is short', () => {
    const { vm, architecture, turns } = started();
    architecture.isExclusive = true;
    vm.run(300);
    expect(turns()).toEqual(['228: 0 to 1 of 0']);
  });

  it('start and stop each other', () => {
    const { vm, turns } = started(undefined, { turnCounts: 5000 });
    vm.run(10);
    vm.stop(0);
    vm.run(50);
    vm.start(0, 0n, []);
    vm.run(3000);
    expect(turns()).toEqual(['10: 0 to 1 of 0', '2098: 1 to 0 of 1']);
    vm.stop(0);
    vm.stop(1);
    expect(vm.run(4000)).toEqual({ kind: 'stuck' });
  });

  it('let time pass where all wait, to the first deadline of any', () => {
    const { vm, architecture, events } = started([[wait], [wait]]);
    const due = [900, 700];
    architecture.wakes = (vcpu) => architecture.now >= (due[vcpu] as number);
    architecture.wakeDeadline = (vcpu) => (architecture.now < (due[vcpu] as number) ? (due[vcpu] as number) : Infinity);
    vm.run(710);
    expect(events.filter((e) => e.event === 'idle-skip')).toEqual([{ event: 'idle-skip', at: 2, vcpu: 1, to: 700 }]);
    expect([vm.current, vm.waits, architecture.now]).toEqual([1, false, 710]);
  });

  it('are stuck where all wait and nothing is due, or only some are on', () => {
    expect(started([[wait], [wait]]).vm.run(100)).toEqual({ kind: 'stuck' });
    const { vm } = started([[wait], []]);
    vm.stop(1);
    expect(vm.run(100)).toEqual({ kind: 'stuck' });
  });

  it('may be helped out of a livelock by another, else are in one', () => {
    const helped = started([[livelock], []]);
    expect(helped.vm.run(30)).toEqual({ kind: 'budget-spent' });
    expect(helped.turns()).toEqual(['0: 0 to 1 of 0']);
    expect(started([[livelock], [livelock]]).vm.run(30)).toEqual({ kind: 'livelock' });
    expect(started([[livelock, livelock], [wait]]).vm.run(30)).toEqual({ kind: 'livelock' });
  });
});

describe('turns that are made to end', () => {
  const at = (vcpu: number, at: number, to: number): TurnEnd => ({ vcpu, at, to });

  it('do so where their vCPU has retired so much, and are as ever behind that', () => {
    const { vm, turns } = started([[], [], []], { turnEnds: [at(0, 30, 2), at(2, 5, 0), at(0, 70, 1), at(2, 105, 1)] });
    vm.run(400);
    expect(turns()).toEqual([
      '30: 0 to 2 of 0',
      '35: 2 to 0 of 2',
      '75: 0 to 1 of 0',
      '175: 1 to 2 of 1',
      '275: 2 to 1 of 2',
      '375: 1 to 2 of 1',
    ]);
  });

  it('name who follows where a vCPU waits by itself; time that passes is nobody’s', () => {
    const { vm, architecture, turns } = started([[wait, wait], [], []], {
      turnEnds: [at(0, 1, 2), at(2, 3, 0), at(0, 2, 1)],
    });
    architecture.wakes = () => architecture.now >= 4;
    vm.run(6);
    expect(turns()).toEqual(['1: 0 to 2 of 0', '4: 2 to 0 of 2', '5: 0 to 1 of 0']);
    const alone = started([[wait], [wait, wait]], { turnEnds: [at(1, 1, 0)] });
    const { architecture: cpu } = alone;
    const due = 900;
    cpu.wakes = () => cpu.now >= due;
    cpu.wakeDeadline = () => (cpu.now < due ? due : Infinity);
    alone.vm.run(1000);
    expect(alone.turns()).toEqual(['1: 0 to 1 of 0', '900: 1 to 0 of 1']);
  });

  it('end between an exclusive load and its store too', () => {
    const { vm, architecture, turns } = started([[], []], { turnEnds: [at(0, 7, 1)] });
    architecture.isExclusive = true;
    vm.run(300);
    expect(turns()).toEqual(['7: 0 to 1 of 0', '235: 1 to 0 of 1']);
  });

  it('pass on in order where the one that is named cannot run, and go on where none can', () => {
    const { vm, turns } = started([[], [], [wait]], { turnEnds: [at(0, 150, 2), at(0, 160, 1)] });
    vm.run(420);
    expect(turns()).toEqual([
      '100: 0 to 1 of 0',
      '200: 1 to 2 of 1',
      '201: 2 to 0 of 2',
      '251: 0 to 1 of 0',
      '351: 1 to 0 of 1',
      '361: 0 to 1 of 0',
    ]);
    const alone = started([[], [wait]], { turnEnds: [at(0, 150, 1), at(0, 220, 1)] });
    alone.vm.run(400);
    expect(alone.turns()).toEqual(['100: 0 to 1 of 0', '101: 1 to 0 of 1']);
  });

  it('are the same however the run is cut and saved', () => {
    const cut = (step: number) => {
      const turnEnds = Array.from({ length: 40 }, (_, i) => at(i % 3, 11 * i, (i + 1 + (i % 2)) % 3));
      const { vm, turns } = started([[], [wait, yields], []], { turnEnds });
      for (let until = step; until <= 800; until += step) {
        vm.run(until);
        restoreParts(vm.parts, saveParts(vm.parts));
      }
      return turns();
    };
    expect(cut(800).length).toBeGreaterThan(20);
    expect(cut(1)).toEqual(cut(800));
    expect(cut(7).length).toBe(cut(800).length);
  });

  it('are a part of the state that no other machine has', () => {
    const schedule = new Schedule({ vcpus: 2, turnCounts: 50, turnEnds: [at(0, 3, 1)] });
    expect(() =>
      schedule.restore({ ...schedule.save(), forced: { passed: [2, 0], retired: [0, 0], since: 0 } }),
    ).toThrow('more than there are');
    expect(() => new Schedule({ vcpus: 2, turnCounts: 50 }).restore(schedule.save())).toThrow('not of this machine');
  });
});
