import { must } from '../base/assert.ts';
import { Failure } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { type TimerPolicy, timerPolicies } from '../hyp/arm-common/vtimer.ts';
import { decodeTurnEnds, type ScheduleConfig, type TurnEnd, turnEndsProblem } from '../hyp/vmm/schedule.ts';
import { TURN_COUNTS_DEFAULT } from '../hyp/vmm/vm.ts';
import { type CpuData, type CpuModel, cpuByName, cpuModelDefault, type GuestArch, guestArchs } from './arch.ts';
import { boardByName, findBoard } from './boards/index.ts';
import type { VirtioConfig } from './boards/virtio.ts';
import { checkDisks, decodeDisks } from './disks/disk-config.ts';
import { decodeFreebsd, type FreebsdConfig, freebsdProblem } from './freebsd-config.ts';
import { decodeNet, isMac } from './net-config.ts';
import { decodePorts, portsProblem } from './ports-config.ts';
import { behaviourNames, checkBehaviours, hasBehaviour, notHere } from './semantics.ts';
import { versionedName } from './versioned.ts';

/** Everything that decides what a guest sees, but for its images and its input. Stands in the tape's header. */
export interface MachineConfig extends VirtioConfig {
  readonly arch: GuestArch;
  /** A processor, in its newest version unless that is said; absent: the architecture's default. */
  readonly cpu?: CpuModel | `${CpuModel}@${number}`;
  /** A board, likewise. */
  readonly board: string;
  readonly memoryBytes: number;
  readonly vcpus: number;
  /** Of several vCPUs: counts of a turn (hyp/vmm/schedule.ts). */
  readonly turnCounts?: number;
  /** Of several vCPUs: makes lengths and order of turns random. */
  readonly scheduleSeed?: bigint;
  /** Of several vCPUs, without a seed: turns that are made to end. */
  readonly turnEnds?: readonly TurnEnd[];
  readonly gicVersion: GicVersion;
  readonly append: string;
  /** Behaviours that a tape asks for in an older version (machine/semantics.ts). */
  readonly olderBehaviours?: readonly string[];
  /** Where a raw kernel goes. */
  readonly loadAddress?: number;
  /** Where the device tree goes; absent: where the board has it, or where there is room. */
  readonly dtbAt?: number;
  /** Of a FreeBSD kernel alone, and then always. */
  readonly freebsd?: FreebsdConfig;
  /** What the real-time clock shows at reset, in seconds since 1970. */
  readonly rtcEpochSeconds: number;
  readonly timerPolicy: TimerPolicy;
  /** After a reset the machine is switched on again (power-cycle.ts); absent: a reset ends the run. */
  readonly reboot?: true;
}

/** 2026-01-01T00:00:00Z: a date of its own would make two recordings differ. */
export const RTC_EPOCH_DEFAULT = 1_767_225_600;
/** The seed of all that is random for the guest, where none is given. */
export const ENTROPY_SEED_DEFAULT = 1n;
const RTC_EPOCH_MAX = 0xffff_ffff;
/** The longest turn: a second of the guest's time. */
export const TURN_MAX = 1e9;
const isU64 = (value: bigint): boolean => value >= 0n && value < 1n << 64n;
/** Interrupt controllers that a board can have. */
export const gicVersions = [2, 3] as const;
export type GicVersion = (typeof gicVersions)[number];
/** The interrupt controller that a machine has where none is asked for. */
export const gicVersionDefault: { readonly [A in GuestArch]: GicVersion } = { arm64: 3, armv7: 2 };
/** The processor of a machine, its default where it names none. */
export const cpuOf = ({ arch, cpu = cpuModelDefault[arch] }: Pick<MachineConfig, 'arch' | 'cpu'>): CpuData =>
  must(cpuByName(cpu), `the processor ${cpu}`);
/** An ARMv7 kernel without LPAE reaches 32 bits of address. */
const ARMV7_RAM_END = 2 ** 32;

/** Refuses what no machine can be built from. @throws Failure with one line that names the option */
export function checkConfig(config: MachineConfig): void {
  const board = boardByName(config.board);
  const refuse = (message: string): never => {
    throw new Failure(message);
  };
  const { arch, memoryBytes } = config;
  if (board.cpuCompatible[cpuModelDefault[arch]] === undefined)
    refuse(`--board ${board.name}: no board for ${arch}; give --board virt, or --arch`);
  const cpu = cpuOf(config).name;
  if (arch === 'arm64' && cpu === 'cortex-a15')
    refuse('--cpu cortex-a15: it has no AArch64; leave --cpu out, or give an ARMv7 guest');
  if (board.cpuCompatible[cpu] === undefined) refuse(`--cpu ${cpu}: board ${board.name} has another; leave --cpu out`);
  if (!(memoryBytes >= limits.ramBytesMin && memoryBytes <= limits.ramBytesMax))
    refuse(`--memory: between ${limits.ramBytesMin >> 20}M and ${limits.ramBytesMax / 2 ** 20}M`);
  if (memoryBytes % PAGE_BYTES !== 0) refuse(`--memory: give a multiple of ${PAGE_BYTES} bytes`);
  if (arch === 'armv7' && board.ramBase + memoryBytes > ARMV7_RAM_END)
    refuse(`--memory: at most ${(ARMV7_RAM_END - board.ramBase) / 2 ** 20}M for armv7 on ${board.name}`);
  const { ramBytesMax = limits.ramBytesMax } = board;
  if (memoryBytes > ramBytesMax && board.highRamBase === undefined)
    refuse(`--memory: at most ${ramBytesMax / 2 ** 20}M on ${board.name}`);
  checkSchedule(config, refuse);
  const { dtbAt } = config;
  if (dtbAt !== undefined && !(Number.isSafeInteger(dtbAt) && dtbAt >= 0 && dtbAt % 8 === 0))
    refuse('--dtb-at: a device tree lies at a multiple of 8; give one');
  if (arch === 'armv7' && config.gicVersion !== 2) refuse('--gic 3: an ARMv7 guest has the GICv2; leave --gic out');
  if ((config.gicVersion === 2 ? board.gic.cpuInterface : board.gic.redistributor) === undefined)
    refuse(`--gic ${config.gicVersion}: board ${board.name} has the other; leave --gic out`);
  if (!isU64(config.entropySeed)) refuse('--entropy-seed: a number of up to 64 bits');
  const { rtcEpochSeconds: rtc } = config;
  if (!Number.isSafeInteger(rtc) || rtc < 0 || rtc > RTC_EPOCH_MAX) refuse('--rtc: seconds since 1970, up to 2^32 - 1');
  const hasVirtio = config.disks || config.net || config.rng || config.console || config.virtio;
  if (config.virtio === 'legacy' && board.pci)
    refuse(`--virtio legacy: board ${versionedName(board)} has virtio by PCI, which is modern; leave it out`);
  if (hasVirtio && !board.virtioMmio && !board.pci)
    refuse(
      `--disk, --net, --rng, --virtio-console, --virtio: board ${versionedName(board)} has no virtio slots; leave them out`,
    );
  checkDisks(config.disks ?? []);
  if (config.net && !isMac(config.net.mac))
    refuse(`--net-mac ${config.net.mac}: six bytes of one device, as 52:54:00:12:34:56`);
  const problem = config.console && portsProblem(config.console);
  if (problem) refuse(`--virtio-console: ${problem}`);
  const unfit = config.freebsd && freebsdProblem(config.freebsd);
  if (unfit) refuse(unfit);
  if (config.freebsd && (dtbAt !== undefined || config.loadAddress !== undefined))
    refuse(
      '--dtb-at, --load: a FreeBSD kernel has its device tree and itself where its loader puts them; leave them out',
    );
  if (!timerPolicies.includes(config.timerPolicy)) refuse(`--timer-policy: one of ${timerPolicies.join(', ')}`);
}

function checkSchedule(config: MachineConfig, refuse: (message: string) => never): void {
  const { vcpus, turnCounts, scheduleSeed } = config;
  if (!(Number.isSafeInteger(vcpus) && vcpus >= 1 && vcpus <= limits.vcpusMax))
    refuse(`--smp ${vcpus}: between 1 and ${limits.vcpusMax}`);
  if (vcpus === 1 && turnCounts !== undefined) refuse('--turn: one vCPU takes no turns; give --smp 2 or more too');
  if (vcpus === 1 && scheduleSeed !== undefined)
    refuse('--schedule-seed: one vCPU takes no turns; give --smp 2 or more too');
  if (turnCounts !== undefined && !(Number.isSafeInteger(turnCounts) && turnCounts >= 1 && turnCounts <= TURN_MAX))
    refuse(`--turn ${turnCounts}: between 1 and ${TURN_MAX} counts`);
  if (scheduleSeed !== undefined && !isU64(scheduleSeed)) refuse('--schedule-seed: a number of up to 64 bits');
  const problem = turnEndsProblem(config);
  if (problem !== undefined) refuse(problem);
}
/** How the vCPUs of a machine take turns. */
export const scheduleOf = (config: MachineConfig): Turns => ({
  turnCounts: config.turnCounts ?? TURN_COUNTS_DEFAULT,
  hangs: hasBehaviour(config, 'schedule@2'),
  ...(config.scheduleSeed === undefined ? {} : { seed: config.scheduleSeed }),
  ...(config.turnEnds === undefined ? {} : { turnEnds: config.turnEnds }),
});
type Turns = Omit<ScheduleConfig, 'vcpus'>;

const isVersioned = (name: string): boolean => /^[a-z0-9-]+@[1-9][0-9]{0,5}$/.test(name);

type Plain =
  | string
  | number
  | boolean
  | readonly string[]
  | readonly { readonly [key: string]: Plain }[]
  | { readonly [key: string]: Plain };

/** For the tape's header: 64-bit values as hexadecimal text, processor and board with their versions, and the named behaviours. */
export function encodeConfig(config: MachineConfig): Record<string, Plain> {
  const { arch, entropySeed, scheduleSeed, turnEnds, freebsd, olderBehaviours: _named, ...rest } = config;
  return {
    arch,
    ...rest,
    cpu: versionedName(cpuOf(config)),
    board: versionedName(boardByName(config.board)),
    entropySeed: `0x${entropySeed.toString(16)}`,
    ...(scheduleSeed === undefined ? {} : { scheduleSeed: `0x${scheduleSeed.toString(16)}` }),
    ...(turnEnds === undefined ? {} : { turnEnds: turnEnds.map(({ vcpu, at, to }) => ({ vcpu, at, to })) }),
    ...(freebsd === undefined ? {} : { freebsd: { ...freebsd } }),
    behaviours: behaviourNames(config),
  };
}

function disksOf(
  map: { readonly [key: string]: unknown },
  damaged: (key: string) => Failure,
): Pick<MachineConfig, 'disks'> {
  if (!('disks' in map)) return {};
  const disks = decodeDisks(map.disks);
  if (disks === undefined) throw damaged('disks');
  return { disks };
}
function turnEndsOf(
  map: { readonly [key: string]: unknown },
  damaged: (key: string) => Failure,
): Pick<MachineConfig, 'turnEnds'> {
  if (!('turnEnds' in map)) return {};
  const turnEnds = decodeTurnEnds(map.turnEnds);
  if (turnEnds === undefined) throw damaged('turnEnds');
  return { turnEnds };
}
function rebootOf(
  map: { readonly [key: string]: unknown },
  damaged: (key: string) => Failure,
): Pick<MachineConfig, 'reboot'> {
  return 'reboot' in map ? { reboot: yes(map.reboot, () => damaged('reboot')) } : {};
}
function netOf(map: { readonly [key: string]: unknown }, damaged: () => Failure): Pick<MachineConfig, 'net'> {
  if (!('net' in map)) return {};
  const net = decodeNet(map.net);
  if (net === undefined) throw damaged();
  return { net };
}
function portsOf(map: { readonly [key: string]: unknown }, damaged: () => Failure): Pick<MachineConfig, 'console'> {
  if (!('console' in map)) return {};
  const console = decodePorts(map.console);
  if (console === undefined) throw damaged();
  return { console };
}
function freebsdOf(map: { readonly [key: string]: unknown }, damaged: () => Failure): Pick<MachineConfig, 'freebsd'> {
  if (!('freebsd' in map)) return {};
  const freebsd = decodeFreebsd(map.freebsd);
  if (freebsd === undefined) throw damaged();
  return { freebsd };
}
function yes(value: unknown, damaged: () => Failure): true {
  if (value !== true) throw damaged();
  return value;
}
function transportOf(value: unknown, damaged: () => Failure): 'modern' | 'legacy' {
  if (value !== 'modern' && value !== 'legacy') throw damaged();
  return value;
}

/**
 * The configuration of a tape's header, as `encodeConfig` gives it.
 * @param producer who recorded the tape, and so has what it asks for
 * @throws Failure where it is none, or asks for what this program does not have
 */
export function decodeConfig(map: { readonly [key: string]: unknown }, where: string, producer: string): MachineConfig {
  const damaged = (key: string): Failure =>
    new Failure(`${where}: the machine's configuration has no valid ${key}; the tape is damaged or of another version`);
  const number = (key: string): number => {
    const value = map[key];
    if (typeof value !== 'number') throw damaged(key);
    return value;
  };
  const text = (key: string): string => {
    const value = map[key];
    if (typeof value !== 'string') throw damaged(key);
    return value;
  };
  const seedOf = (key: string): bigint => {
    const seed = text(key);
    if (!/^0x[0-9a-f]{1,16}$/.test(seed)) throw damaged(key);
    return BigInt(seed);
  };
  const entropySeed = seedOf('entropySeed');
  const vcpus = number('vcpus');
  const arch = guestArchs.find((a) => a === text('arch'));
  if (arch === undefined) throw damaged('arch');
  const cpu = text('cpu') as `${CpuModel}@${number}`;
  if (!isVersioned(cpu)) throw damaged('cpu');
  if (cpuByName(cpu) === undefined) throw notHere(where, `the processor ${cpu}`, producer);
  const board = text('board');
  if (!isVersioned(board)) throw damaged('board');
  if (findBoard(board) === undefined) throw notHere(where, `the board ${board}`, producer);
  const asked = text('timerPolicy');
  const timerPolicy = timerPolicies.find((policy) => policy === asked);
  if (timerPolicy === undefined) throw notHere(where, `the timer policy ${asked}`, producer);
  const olderBehaviours = checkBehaviours(
    map.behaviours,
    { vcpus, ...turnEndsOf(map, damaged), ...rebootOf(map, damaged) },
    where,
    producer,
  );
  const gicVersion = gicVersions.find((version) => version === map.gicVersion);
  if (gicVersion === undefined) throw damaged('gicVersion');
  const config: MachineConfig = {
    arch,
    cpu,
    board,
    memoryBytes: number('memoryBytes'),
    vcpus,
    ...('turnCounts' in map ? { turnCounts: number('turnCounts') } : {}),
    ...('scheduleSeed' in map ? { scheduleSeed: seedOf('scheduleSeed') } : {}),
    ...turnEndsOf(map, damaged),
    ...(olderBehaviours.length === 0 ? {} : { olderBehaviours }),
    gicVersion,
    append: text('append'),
    ...('loadAddress' in map ? { loadAddress: number('loadAddress') } : {}),
    ...('dtbAt' in map ? { dtbAt: number('dtbAt') } : {}),
    ...freebsdOf(map, () => damaged('freebsd')),
    entropySeed,
    rtcEpochSeconds: number('rtcEpochSeconds'),
    timerPolicy,
    ...rebootOf(map, damaged),
    ...disksOf(map, damaged),
    ...netOf(map, () => damaged('net')),
    ...('rng' in map ? { rng: yes(map.rng, () => damaged('rng')) } : {}),
    ...portsOf(map, () => damaged('console')),
    ...('virtio' in map ? { virtio: transportOf(map.virtio, () => damaged('virtio')) } : {}),
  };
  try {
    checkConfig(config);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${where}: no such machine can be (${error.message}); the tape is damaged or of another version`);
  }
  return config;
}
