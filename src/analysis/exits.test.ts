import { describe, expect, it } from 'vitest';
import type { TapeEvent } from '../trace/events/index.ts';
import { setOf, trapsOf } from './events.fixture.ts';
import { type Exit, exitsOf, injectionsOf } from './exits.ts';

type Trap = Extract<TapeEvent, { kind: 'vm-exit' }>;
const isTrap = (event: TapeEvent): event is Trap => event.kind === 'vm-exit';
const isTold = ({ kind }: TapeEvent): boolean => /^(mmio|sysreg|stage2|psci|wfi|suspend)/.test(kind);

/** What each vCPU retired between two of its exits: a plain walk over rows that asks who runs at each count. */
function byTheBook(
  events: readonly TapeEvent[],
): { readonly trap: Trap; readonly instructions: number; timeNs: number }[] {
  const retired = new Map<number, number>();
  const previous = new Map<number, { retired: number; at: number }>();
  let running = 0;
  let now = 0;
  const out: { trap: Trap; instructions: number; timeNs: number }[] = [];
  for (const event of events) {
    retired.set(running, (retired.get(running) ?? 0) + event.at - now);
    now = event.at;
    if (event.kind === 'idle-skip') now = event.to;
    if (event.kind === 'vcpu-turn') running = event.to;
    if (!isTrap(event)) continue;
    const mine = retired.get(event.vcpu) ?? 0;
    const last = previous.get(event.vcpu) ?? { retired: 0, at: 0 };
    out.push({ trap: event, instructions: mine - last.retired, timeNs: event.at - last.at });
    previous.set(event.vcpu, { retired: mine, at: event.at });
  }
  return out;
}

describe.each([1, 3])('exits of %d vCPUs', (vcpus) => {
  const { events, retired } = trapsOf(BigInt(vcpus), 20_000, vcpus);
  const expected = byTheBook(events);
  // Frames of a prime number: what belongs to an exit stands in the next one now and then.
  const set = setOf(events, 997);
  const exits = [...exitsOf(set)];

  it('say what the vCPU had retired since its previous one, without idle time and others’ turns', () => {
    expect(exits.length).toBe(expected.length);
    for (const [i, { trap, instructions, timeNs }] of expected.entries()) {
      const { kind: _, ...fields } = trap;
      expect(exits[i]).toMatchObject({ ...fields, instructions, timeNs });
      expect(events[exits[i]?.ordinal ?? -1]).toBe(trap);
    }
    const sums = new Array<number>(vcpus).fill(0);
    for (const { vcpu, instructions } of exits) sums[vcpu] = (sums[vcpu] ?? 0) + instructions;
    for (const [vcpu, sum] of sums.entries()) expect(sum).toBeLessThanOrEqual(retired[vcpu] ?? 0);
  });

  it('come with what was done about them', () => {
    for (const { ordinal, handled, pc } of exits) {
      const next = events[ordinal + 1];
      if (next === undefined || !isTold(next)) expect(handled).toBeUndefined();
      else {
        expect(next).toMatchObject({ ...handled });
        if ('pc' in next) expect(next.pc).toBe(pc);
      }
    }
    expect(new Set(exits.map(({ handled }) => handled?.kind)).size).toBeGreaterThan(5);
  });

  it('of a stretch, or of one vCPU, are the same ones', () => {
    const [first, last] = [exits[100] as Exit, exits[4000] as Exit];
    expect([...exitsOf(set, { from: first.at, to: last.at })]).toEqual(
      exits.filter(({ at }) => at >= first.at && at <= last.at),
    );
    expect([...exitsOf(set, { fromOrdinal: first.ordinal, toOrdinal: last.ordinal, to: last.at })]).toEqual(
      exits.slice(100, 4001),
    );
    expect([...exitsOf(set, { vcpu: vcpus - 1 })]).toEqual(exits.filter(({ vcpu }) => vcpu === vcpus - 1));
  });

  it('have the interrupts that are placed at them', () => {
    const placed = events.flatMap((event, ordinal) => (event.kind === 'irq-inject' ? [{ event, ordinal }] : []));
    const injections = [...injectionsOf(set)];
    expect(injections.map(({ ordinal, intid, vcpu, at }) => ({ ordinal, intid, vcpu, at }))).toEqual(
      placed.map(({ event: { intid, vcpu, at }, ordinal }) => ({ ordinal, intid, vcpu, at })),
    );
    for (const { ordinal, vcpu, instructions } of injections)
      expect(instructions).toBe(
        exits.findLast((exit) => exit.vcpu === vcpu && exit.ordinal < ordinal)?.instructions ?? 0,
      );
  });
});

it('without turns, of vCPUs that run at once, are measured in time', () => {
  const exit = (at: number, vcpu: number): TapeEvent => ({
    kind: 'vm-exit',
    at,
    vcpu,
    pc: 0n,
    bhyveExit: 0,
    kvmClass: 0x40,
    esr: 0,
    far: 0n,
    hpfar: 0n,
  });
  const set = setOf([exit(10, 0), exit(15, 1), exit(30, 0), exit(31, 1)]);
  const exits = [...exitsOf(set, { begin: 5, isConcurrent: true })];
  expect(exits.map(({ instructions }) => instructions)).toEqual([5, 10, 20, 16]);
});
