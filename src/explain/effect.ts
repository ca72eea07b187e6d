import { NOWHERE } from '../timeline/stops.ts';
import {
  type Known,
  type MemoryDifference,
  type Pair,
  type RegisterDifference,
  registerKey,
  type Side,
} from './pair.ts';
import type { Found } from './parting.ts';

/** Ranges of memory, and fields of devices, that are told. */
const TOLD_MAX = 64;
/** Ranges that are watched for what the instruction reads of them. */
const WATCHED_MAX = 1 << 14;

/** What one side did in place of what the other did. */
export interface SideEffect {
  /** It goes on waiting for an interrupt: nothing is executed. */
  readonly waits: boolean;
  /** Of a schedule: which vCPU's turn ends there. */
  readonly ends?: number;
  /** Exceptions that were taken, those to the hypervisor (target 2) among them. */
  readonly exceptions: readonly { readonly kind: 'sync' | 'irq' | 'fiq' | 'serror'; readonly target: 1 | 2 }[];
  /** Guest-physical bytes that it read which differed before. */
  readonly reads: readonly { readonly pa: number; readonly bytes: number }[];
}

/** What two runs differ in once their first instruction of different effect is through. */
export interface Effect {
  readonly a: SideEffect;
  readonly b: SideEffect;
  /** Differences that were not there before it, registers and memory. */
  readonly registers: readonly RegisterDifference[];
  readonly memory: readonly MemoryDifference[];
  /** Those that were. */
  readonly before: { readonly registers: readonly RegisterDifference[]; readonly memory: readonly MemoryDifference[] };
  /** Fields of the hypervisor and of devices. */
  readonly devices: readonly { readonly what: string; readonly a: string; readonly b: string }[];
  /** There are more differences in memory or devices than are listed. */
  readonly isCut: boolean;
}

/**
 * Carries out what was found on both sides, which are at its count, and tells what differs then. They stand behind it; of a schedule, where
 * turns end before anything is carried out, at it.
 */
export function effectOf(pair: Pair, { known, icount, kind, vcpus }: Found): Effect {
  const before = { registers: pair.registers(), memory: [...some(pair.memory(null))] };
  if (kind === 'schedule') return ofSchedule(pair, known, vcpus, before);
  const ranges = [...some(pair.rangesOf(known), WATCHED_MAX)];
  const sides = [
    { side: pair.a, vcpu: vcpus.a },
    { side: pair.b, vcpu: vcpus.b },
  ];
  let done = sides.map(() => NOTHING_DONE);
  // An interrupt may be taken at the end of the way to its count, behind the instruction before.
  if (kind === 'interrupt') {
    pair.at(icount - 1);
    done = sides.map(({ side, vcpu }) =>
      observed(side, vcpu, icount, () => side.timeline.run('forwards', NOWHERE, icount)),
    );
  }
  if (done.every(({ exceptions }) => exceptions.length === 0)) {
    if (kind === 'interrupt') pair.at(icount);
    done = sides.map(({ side, vcpu }) => carryOut(side, vcpu, ranges));
  }
  const after = pair.registers();
  const isNew = (one: RegisterDifference): boolean => {
    const key = registerKey(one);
    const old = before.registers.find((other) => registerKey(other) === key);
    return !known.registers.has(key) || (old !== undefined && (old.a !== one.a || old.b !== one.b));
  };
  const memory = [...some(pair.memory(known), TOLD_MAX + 1)];
  const devices = pair.devices();
  const [a, b] = done as [SideEffect, SideEffect];
  return {
    ...{ a, b, registers: after.filter(isNew), memory: memory.slice(0, TOLD_MAX) },
    before: {
      registers: before.registers.filter((one) => known.registers.has(registerKey(one))),
      memory: kind === 'interrupt' ? [] : before.memory,
    },
    devices: devices.slice(0, TOLD_MAX),
    isCut: memory.length > TOLD_MAX || devices.length > TOLD_MAX,
  };
}
/** Whose turn it is from there on. */
function ofSchedule(pair: Pair, { registers }: Known, vcpus: Found['vcpus'], before: Effect['before']): Effect {
  const devices = pair.devices();
  const ends = ({ view }: Side, next: number): SideEffect => {
    const { current } = view.machine.vm;
    return { ...NOTHING_DONE, ...(current === next ? {} : { ends: current }) };
  };
  return {
    ...{ a: ends(pair.a, vcpus.a), b: ends(pair.b, vcpus.b) },
    registers: [{ what: 'turn', a: BigInt(vcpus.a), b: BigInt(vcpus.b) }],
    memory: [],
    before: { ...before, registers: before.registers.filter((one) => registers.has(registerKey(one))) },
    devices: devices.slice(0, TOLD_MAX),
    isCut: devices.length > TOLD_MAX,
  };
}
const NOTHING_DONE: SideEffect = { waits: false, exceptions: [], reads: [] };

function* some<T>(all: Iterable<T>, limit = TOLD_MAX): Generator<T> {
  let n = 0;
  for (const one of all) {
    if (n++ === limit) return;
    yield one;
  }
}

function carryOut(
  side: Side,
  vcpu: number,
  ranges: readonly { readonly pa: number; readonly bytes: number }[],
): SideEffect {
  const { timeline, view } = side;
  const { machine } = timeline;
  if (machine.vm.idles()) return { ...NOTHING_DONE, waits: true };
  const reads = new Map<string, { pa: number; bytes: number }>();
  const note = (pa: number, bytes: number): void => {
    for (const range of ranges) {
      const from = Math.max(pa, range.pa);
      const end = Math.min(pa + bytes, range.pa + range.bytes);
      if (from < end) reads.set(`${from} ${end}`, { pa: from, bytes: end - from });
    }
  };
  view.of(vcpu, () => {
    const code = view.cachedIpa(view.pc, view.el) ?? view.ipaOf(view.pc);
    if (code !== undefined) note(code, view.isThumb ? 2 : 4);
  });
  machine.watch(
    ranges.map((range) => ({ ...range, kind: 'read' })),
    ({ pa, bytes }) => note(pa, bytes),
  );
  try {
    const done = observed(side, vcpu, machine.icount, () => timeline.step('forwards'));
    return { ...done, reads: [...reads.values()] };
  } finally {
    machine.watch([], () => {});
  }
}

/** Notes the exceptions of a vCPU at a count while something is done. */
function observed({ timeline: { machine } }: Side, vcpu: number, icount: number, what: () => void): SideEffect {
  const exceptions: SideEffect['exceptions'][number][] = [];
  machine.observe({
    exception: ({ exception: { kind, target }, icount: at }) => {
      if (at === icount && machine.cpu.loaded === vcpu) exceptions.push({ kind, target });
    },
  });
  try {
    what();
  } finally {
    machine.observe(null);
  }
  return { ...NOTHING_DONE, exceptions };
}
