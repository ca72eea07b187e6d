import { EventLog } from '../../src/hyp/arm-common/event-log.fixture.ts';
import type { TimerPolicy } from '../../src/hyp/arm-common/vtimer.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import { a32, branchA32, toT32 } from './a32.fixture.ts';
import { a64 } from './a64.fixture.ts';
import { type Gic, gicV2, gicV3 } from './gic.fixture.ts';
import { bytesOf, type Code, type HandlerIsa, type Isa } from './isa.fixture.ts';
import { t32 } from './t32.fixture.ts';

export const CODE = 0x4008_0000;
const VECTORS = CODE + 0x1000;
const MiB = 2 ** 20;
export const UART = 0x0900_0000;
/** Of no device and no memory. */
export const NOTHING = 0x0b00_0000;
const INSTRUCTIONS_MAX = 20_000;

export type Taken = 'undefined' | 'prefetch-abort' | 'data-abort';

/** An exception that the guest took and stopped at. */
export interface TakenException {
  readonly kind: Taken;
  /** Where the guest says it was, and the faulting address of an abort. */
  readonly at: number;
  readonly far: number;
}

/** A machine for test guests: its CPU, instruction set and interrupt controller. */
export interface Bench {
  readonly name: string;
  readonly arch: MachineConfig['arch'];
  readonly cpu?: NonNullable<MachineConfig['cpu']>;
  readonly gicVersion: 2 | 3;
  /** Absent: the first one, which has no flash: V8 takes 128 MiB a machine, even if nobody touches them, for a reason to collect garbage each time. */
  readonly board?: string;
  /** Absent: one. */
  readonly vcpus?: number;
  readonly turnCounts?: number;
  readonly olderBehaviours?: readonly string[];
  /** Absent: `direct`. */
  readonly timerPolicy?: TimerPolicy;
  readonly isa: Isa;
  /** Gets from the instruction set that kernels are entered in to this one. */
  readonly enter: Code;
  readonly handlers: HandlerIsa;
  readonly gic: Gic;
  /** Width of the result of a firmware call. */
  readonly bits: 32 | 64;
  /** The name of a general-purpose register. */
  readonly register: (n: number) => string;
  /** The vectors, with what is to be done upon an interrupt. */
  readonly vectors: (irq: Code) => Code;
  readonly taken: (machine: Machine) => TakenException | undefined;
}

/** Code at offsets in bytes, with zeros between. */
function layOut(pieces: readonly (readonly [at: number, code: Code])[]): Code {
  const out: number[] = [];
  for (const [at, code] of pieces) {
    while (out.length < at / 2) out.push(0);
    out.push(...code);
  }
  return out;
}

const lowWord = (machine: Machine, name: string): number =>
  Number(BigInt.asUintN(32, machine.vm.readRegister(0, name)));

const byClass: { readonly [ec: number]: Taken } = { 0: 'undefined', 33: 'prefetch-abort', 37: 'data-abort' };

const arm64 = (gicVersion: 2 | 3, gic: Gic): Bench => ({
  name: `arm64, GICv${gicVersion}`,
  arch: 'arm64',
  gicVersion,
  isa: a64,
  enter: [],
  handlers: a64,
  gic,
  bits: 64,
  register: (n) => `x${n}`,
  vectors: (irq) =>
    layOut([
      [0x200, a64.stop()],
      [0x280, irq],
    ]),
  taken: (machine) => {
    if (machine.pc !== BigInt(VECTORS + 0x200)) return undefined;
    const kind = byClass[lowWord(machine, 'ESR_EL1') >>> 26];
    return kind && { kind, at: lowWord(machine, 'ELR_EL1'), far: lowWord(machine, 'FAR_EL1') };
  },
});

/** What the host's hypervisor calls registers of PL1. */
interface Pl1Names {
  readonly host: string;
  readonly cpu?: NonNullable<MachineConfig['cpu']>;
  readonly undLink: string;
  readonly abtLink: string;
  readonly dfsr: string;
  readonly dfar: (machine: Machine) => number;
  readonly ifar: (machine: Machine) => number;
}
const cortexA15: Pl1Names = {
  host: 'armv7',
  undLink: 'LR_und',
  abtLink: 'LR_abt',
  dfsr: 'DFSR',
  dfar: (machine) => lowWord(machine, 'DFAR'),
  ifar: (machine) => lowWord(machine, 'IFAR'),
};
const cortexA57: Pl1Names = {
  host: 'armv7 under AArch64',
  cpu: 'cortex-a57',
  undLink: 'x22',
  abtLink: 'x20',
  dfsr: 'ESR_EL1',
  dfar: (machine) => lowWord(machine, 'FAR_EL1'),
  ifar: (machine) => Number(machine.vm.readRegister(0, 'FAR_EL1') >> 32n),
};

type Pl1Vector = readonly [
  vector: number,
  kind: Taken,
  link: 'undLink' | 'abtLink',
  /** What LR has beyond the instruction, in A32 and T32. */
  offsets: readonly [number, number],
  far: 'dfar' | 'ifar' | null,
];
const pl1Vectors: readonly Pl1Vector[] = [
  [0x04, 'undefined', 'undLink', [4, 2], null],
  [0x0c, 'prefetch-abort', 'abtLink', [4, 4], 'ifar'],
  [0x10, 'data-abort', 'abtLink', [8, 8], 'dfar'],
];

const armv7 = (names: Pl1Names, set: string, isa: Isa, enter: Code): Bench => ({
  name: `${names.host}, ${set}`,
  arch: 'armv7',
  ...(names.cpu ? { cpu: names.cpu } : {}),
  gicVersion: 2,
  isa,
  enter,
  handlers: a32,
  gic: gicV2,
  bits: 32,
  register: (n) => `r${n}`,
  vectors: (irq) =>
    layOut([
      [0x04, a32.stop()],
      [0x0c, a32.stop()],
      [0x10, a32.stop()],
      [0x18, branchA32((0x100 - 0x18) / 4)],
      [0x100, irq],
    ]),
  taken: (machine) => {
    const row = pl1Vectors.find(([vector]) => machine.pc === BigInt(VECTORS + vector));
    if (row === undefined) return undefined;
    const [, kind, link, offsets, far] = row;
    const at = lowWord(machine, names[link]) - offsets[isa === t32 ? 1 : 0];
    return { kind, at, far: far === null ? 0 : names[far](machine) };
  },
});

/** ARMv7 guests in both instruction sets, on one kind of host. */
const pl1Benches = (names: Pl1Names) => ({
  host: names.host,
  a32: armv7(names, 'A32', a32, []),
  t32: armv7(names, 'T32', t32, toT32),
  dfsr: (machine: Machine): number => lowWord(machine, names.dfsr),
});

export const arm64GicV3 = arm64(3, gicV3);
export const onCortexA15 = pl1Benches(cortexA15);
export const onCortexA57 = pl1Benches(cortexA57);
export const benches: readonly Bench[] = [
  arm64GicV3,
  arm64(2, gicV2),
  ...[onCortexA15, onCortexA57].flatMap((on) => [on.a32, on.t32]),
];

export interface Guest {
  readonly main: (bench: Bench) => readonly Code[];
  /** Upon an interrupt: between its acknowledgement, whose INTID is in register 4, and its end. Registers 3 and 5 are free. */
  readonly irq?: (isa: Isa) => readonly Code[];
  /** Code for another vCPU to be started at, so far behind the first one's. */
  readonly second?: { readonly at: number; readonly code: () => readonly Code[] };
  /** Code beside these. */
  readonly third?: { readonly at: number; readonly code: () => readonly Code[] };
}

const prologueOf = ({ isa, enter }: Bench): Code => [...enter, ...isa.li(5, VECTORS), ...isa.writeSystem('VBAR', 5)];
/** What stands before a test guest's own code, which sets VBAR. */
export const prologueBytes = (bench: Bench): number => 2 * prologueOf(bench).length;

/** A machine with a test guest that has not run yet. */
export function makeMachine(bench: Bench, { main, irq, second, third }: Guest) {
  const { isa, handlers, gic } = bench;
  // Register 3 counts the interrupts.
  const handler = [
    ...gic.acknowledge(handlers, 4),
    ...(irq?.(handlers) ?? []).flat(),
    ...gic.end(handlers, 4),
    ...handlers.add(3, 3, 1),
    ...handlers.returnFromIrq(),
  ];
  const code = layOut([
    [0, [...prologueOf(bench), ...main(bench).flat(), ...isa.stop()]],
    [VECTORS - CODE, bench.vectors(handler)],
    ...(second ? [[second.at, [...prologueOf(bench), ...second.code().flat()]] as const] : []),
    ...(third ? [[third.at, third.code().flat()] as const] : []),
  ]);
  const log = new EventLog();
  const output: number[] = [];
  const machine = new Machine({
    config: {
      arch: bench.arch,
      ...(bench.cpu ? { cpu: bench.cpu } : {}),
      board: bench.board ?? 'virt@1',
      memoryBytes: 16 * MiB,
      vcpus: bench.vcpus ?? 1,
      ...(bench.turnCounts === undefined ? {} : { turnCounts: bench.turnCounts }),
      ...(bench.olderBehaviours === undefined ? {} : { olderBehaviours: bench.olderBehaviours }),
      gicVersion: bench.gicVersion,
      append: '',
      loadAddress: CODE,
      entropySeed: 1n,
      rtcEpochSeconds: 0,
      timerPolicy: bench.timerPolicy ?? 'direct',
    },
    images: new MachineImages([{ role: 'kernel', name: 'code', bytes: bytesOf(code) }]),
    events: log,
    consoleOut: (byte) => output.push(byte),
  });
  const r = (n: number): number => lowWord(machine, bench.register(n));
  return { machine, log, output, r };
}

/** Runs a test guest until it ends, or has long been at its end. */
export function runGuest(bench: Bench, guest: Guest) {
  const made = makeMachine(bench, guest);
  const stop = made.machine.run(INSTRUCTIONS_MAX);
  return { ...made, stop, taken: bench.taken(made.machine) };
}
