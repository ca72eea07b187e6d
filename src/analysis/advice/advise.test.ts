import { expect, test } from 'vitest';
import { must } from '../../base/assert.ts';
import { cpEncoding, sysregName, type TapeEvent } from '../../trace/events/index.ts';
import { setOf } from '../events.fixture.ts';
import type { EventNames } from '../tables/index.ts';
import { type AdviceRule, adviceRules } from './advice-rules.ts';
import { advise } from './advise.ts';

const DEVICES: Readonly<Record<string, string>> = {
  '0x9000000': 'pl011 UARTDR',
  '0x9000018': 'pl011 UARTFR',
  '0x9000038': 'pl011 UARTIMSC',
  '0x9010000': 'pl031 RTCDR',
  '0x8000184': 'gicd GICD_ICENABLER1',
  '0x8000c08': 'gicd GICD_ICFGR2',
};
const names: EventNames = {
  symbolAt: (pc) => ({ name: `function${pc >> 8n}`, offset: pc & 0xffn }),
  registerAt: (ipa) => DEVICES[`0x${ipa.toString(16)}`],
  isArmv7: false,
};

type Made = Readonly<Record<string, unknown>> & { readonly kind: string };
const exit = (more: object = {}): Made => ({
  kind: 'vm-exit',
  pc: 0x100n,
  bhyveExit: 0,
  kvmClass: 0x40,
  esr: 0,
  far: 0n,
  hpfar: 0n,
  ...more,
});
/** A data abort with a syndrome (ISV) of four bytes. */
const abort = (hpfar: bigint, isWrite: boolean, more: object = {}): Made =>
  exit({ kvmClass: 0x24, bhyveExit: 1, esr: (0x9380_0006 | (isWrite ? 0x40 : 0)) >>> 0, hpfar, far: hpfar, ...more });
const encodings = new Map(Array.from({ length: 0x8000 }, (_, n) => [sysregName(0x8000 + n), 0x8000 + n]));
/** A trapped read of a register (ISS of EC 0x18). */
function trap(name: string): Made {
  const encoding = must(encodings.get(name), name);
  const part = (low: number, width: number): number => (encoding >> low) & ((1 << width) - 1);
  const iss =
    (part(14, 2) << 20) | (part(0, 3) << 17) | (part(11, 3) << 14) | (part(7, 4) << 10) | (part(3, 4) << 1) | 1;
  return exit({ kvmClass: 0x18, bhyveExit: 2, esr: (0x6200_0000 | iss) >>> 0 });
}
const irq = (kind: string, intid = 27): Made =>
  kind === 'irq-inject' ? { kind, intid, lr: 0, priority: 160, state: 1 } : { kind, intid };
const call = (functionId: number, result = 0n): Made => ({
  kind: 'psci',
  functionId,
  arg0: 0n,
  arg1: 0n,
  arg2: 0n,
  arg3: 0n,
  result,
});
const CPU_ON = 0xc400_0003;

/** What one event that a rule counts looks like, with the events that go with it; what else is counted in what its share is of. */
interface Case {
  readonly one: () => readonly Made[];
  readonly other?: () => Made;
  /** Nanoseconds from one event to the next. */
  readonly step?: number;
  readonly about?: string;
}
const cases: Readonly<Record<string, Case>> = {
  'uart-output': { one: () => [abort(0x900_0000n, true, { pc: 0x2ff00n })], about: 'function767' },
  'uart-polling': { one: () => [abort(0x900_0018n, false)], about: 'function1' },
  'uart-interrupts': { one: () => [abort(0x900_0038n, true)] },
  'counter-reads': { one: () => [trap('CNTPCT_EL0')] },
  'timer-traps': { one: () => [trap('CNTP_CTL_EL0')], about: 'CNTP_CTL_EL0' },
  'timer-rate': { one: () => [{ kind: 'timer-fire', timer: 0, intid: 27 }], step: 400_000, about: 'virtual' },
  'interrupt-masking': { one: () => [abort(0x800_0184n, true)] },
  distributor: { one: () => [abort(0x800_0c08n, false)], about: 'GICD_ICFGR2' },
  sgis: { one: () => [exit(), { kind: 'sgi', intid: 3, targets: 2, mode: 0 }], about: '3' },
  waiting: { one: () => [exit({ kvmClass: 1, bhyveExit: 6 })] },
  'stage2-by-page': {
    one: () => [
      abort(0x4000_0000n, true, { bhyveExit: 7 }),
      { kind: 'stage2-map', ipa: 0x4000_0000n, bytes: 4096, esr: 0 },
    ],
  },
  maintenance: { one: () => [{ kind: 'maintenance-irq', misr: 1 }], other: () => irq('irq-inject') },
  'interrupt-storm': { one: () => [irq('irq-ack', 33)], step: 10_000, about: '33' },
  'fp-identification': {
    one: () => [
      exit({ kvmClass: 8 }),
      { kind: 'sysreg-read', pc: 0x300n, encoding: cpEncoding(10, 7, 7, 0, 0), rt: 1, value: 1n },
    ],
    about: 'function3',
  },
  'fp-traps': { one: () => [exit({ kvmClass: 7 })] },
  identification: { one: () => [trap('ID_AA64PFR0_EL1')], about: 'ID_AA64PFR0_EL1' },
  'debug-registers': { one: () => [trap('MDSCR_EL1')], about: 'MDSCR_EL1' },
  'no-syndrome': { one: () => [abort(0x900_0000n, true, { esr: 0x9200_0046 })] },
  calls: { one: () => [exit(), call(0x8000_0000)], about: 'SMCCC_VERSION' },
  'psci-polling': { one: () => [call(0xc400_0004)], about: 'AFFINITY_INFO' },
  'cpu-on-failed': {
    one: () => [call(CPU_ON, 0xffff_ffff_ffff_fffcn)],
    other: () => call(CPU_ON),
    about: '0xfffffffffffffffc',
  },
  'clock-polling': { one: () => [abort(0x901_0000n, false)] },
};

/** So many that count, and others, one after the other. */
function run({ one, other = exit, step = 1000 }: Case, count: number, others: number): TapeEvent[] {
  const made = [...Array.from({ length: others }, other), ...Array.from({ length: count }, one).flat()];
  return made.map((event, n) => ({ at: n * step, vcpu: 0, ...event }) as unknown as TapeEvent);
}
const saidOf = (rule: AdviceRule, events: readonly TapeEvent[]) => advise(setOf(events, 4099), names, {}, [rule])[0];

test('there is a case for each rule, and each has a name of its own', () => {
  expect(Object.keys(cases).sort()).toEqual(adviceRules.map(({ id }) => id).sort());
  expect(adviceRules.length).toBeGreaterThan(12);
});

for (const rule of adviceRules)
  test(`${rule.id} speaks where it must, and not below`, () => {
    const { id } = rule;
    const made = must(cases[id], id);
    const { share, count = 1, perSecond, burst } = rule.when;
    const least = Math.max(count, burst?.count ?? 0, perSecond === undefined ? 0 : 2000);
    const said = must(saidOf(rule, run(made, least, 0)), `${id} speaks`);
    expect([said.id, said.count, said.level, said.certainty]).toEqual([id, least, rule.level, rule.certainty]);
    expect(said.text).not.toMatch(/[{}]|undefined|NaN/);
    if (made.about !== undefined) expect(said.about).toBe(made.about);
    if (rule.text.includes('{count}')) expect(said.text).toContain(least.toString().replace(/\B(?=(\d{3})+$)/g, ','));
    if (rule.when.count !== undefined && count > 1) expect(saidOf(rule, run(made, count - 1, 0))).toBeUndefined();
    if (share !== undefined) {
      // Of as many others that its share is just what it must be, and of some more.
      const own = must(advise(setOf(run(made, least, 0), 4099), names, {}, [rule])[0], id).of;
      const others = Math.floor(least / share) - own;
      expect(saidOf(rule, run(made, least, others))).toMatchObject({ count: least, of: own + others });
      expect(saidOf(rule, run(made, least, others + 2 + Math.ceil(others / 50)))).toBeUndefined();
    }
    if (burst !== undefined) {
      expect(said.text).toContain(String(burst.count));
      expect(
        saidOf(rule, run({ ...made, step: 1 + Math.ceil(burst.ns / (burst.count - 2)) }, least, 0)),
      ).toBeUndefined();
    }
    if (perSecond !== undefined) {
      expect(saidOf(rule, run({ ...made, step: Math.ceil(1e9 / perSecond) + 1000 }, least, 0))).toBeUndefined();
    }
  });

test('of a run of nothing there is nothing to say; the gravest comes first; a stretch is a stretch', () => {
  expect(advise(setOf(run({ one: () => [exit()] }, 5000, 0)), names)).toEqual([]);
  const mixed = [
    ...Array.from({ length: 2000 }, () => abort(0x900_0000n, true)),
    ...Array.from({ length: 200 }, () => irq('irq-ack')),
    call(CPU_ON, 0xffff_ffff_ffff_fffen),
  ];
  const events = mixed.map((event, n) => ({ at: n * 100, vcpu: 0, ...event }) as unknown as TapeEvent);
  const all = advise(setOf(events), names);
  expect(all.map(({ level }) => level)).toEqual(['serious', 'serious', 'warning']);
  expect(all.map(({ id }) => id).slice(-1)).toEqual(['uart-output']);
  expect(advise(setOf(events), names, { to: 150_000 }).map(({ id, count }) => [id, count])).toEqual([
    ['uart-output', 1501],
  ]);
  expect(
    advise(setOf(events), names, { fromOrdinal: 2000 })
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['cpu-on-failed', 'interrupt-storm']);
  expect(advise(setOf(events), names, { vcpu: 1 })).toEqual([]);
});
