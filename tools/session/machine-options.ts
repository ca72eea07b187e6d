import type { Argv } from 'yargs';
import { Failure } from '../../src/base/failure.ts';
import { type TimerPolicy, timerPolicies } from '../../src/hyp/arm-common/vtimer.ts';
import { type CpuModel, cpuModels, type GuestArch, guestArchs } from '../../src/machine/arch.ts';
import { boardNames } from '../../src/machine/boards/index.ts';
import { kindOf } from '../../src/machine/boot.ts';
import { type GicVersion, gicVersions, type MachineConfig, RTC_EPOCH_DEFAULT } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { MAC_DEFAULT, type NetConfig } from '../../src/machine/net-config.ts';
import { wholeConfig } from '../../src/machine/whole-config.ts';
import type { DiskSource } from '../../src/replay/disks.ts';
import { checkFetched, type GuestFiles, guestNamed } from '../guests/catalogue.ts';
import { BHYVE_BOARD } from './bhyve/machine.ts';
import { disksOf } from './disk-options.ts';
import { type FreebsdArgs, freebsdLists, freebsdOf, freebsdOptions } from './freebsd-options.ts';
import { parsePorts, portsConfigOf } from './guest-outputs.ts';
import { bigOf, numberOf, sizeOf } from './numbers.ts';

const transports = ['modern', 'legacy'] as const;

const BOARD_DEFAULT = 'virt';
const MEMORY_DEFAULT = '512M';

/** Those of them that may be given several times. */
export const machineLists = [
  'disk',
  'disk-fault',
  'diskFault',
  'virtio-console',
  'virtioConsole',
  'bhyve',
  ...freebsdLists,
] as const;

/** The options of `run` and `record` that say what the machine is. */
export const machineOptions = (yargs: Argv) =>
  // Numbers are read by us: yargs adds up those of an option that is given twice.
  freebsdOptions(yargs)
    .option('arch', { choices: guestArchs, describe: 'default: read from the kernel; of a raw one, arm64' })
    .option('cpu', {
      choices: cpuModels,
      describe:
        "the host's processor; default cortex-a57, of armv7 cortex-a15; max is a cortex-a57 with what else there is; armv7 on these two is AArch32 under AArch64",
    })
    .option('guest', { type: 'string', describe: 'a guest of the catalogue ("guest list")' })
    .option('shell', { type: 'boolean', default: false, describe: 'an interactive shell in a Debian guest' })
    .option('kernel', {
      type: 'string',
      describe: 'arm64 Image (plain, gzip, EFI zboot), ARMv7 zImage, ELF, a FreeBSD kernel, or raw with --load',
    })
    .option('load', { type: 'string', describe: 'address of a raw kernel' })
    .option('initrd', { type: 'string', describe: 'initial RAM disk' })
    .option('append', { type: 'string', describe: 'kernel command line' })
    .option('dtb', { type: 'string', describe: "device tree blob instead of the board's" })
    .option('dtb-at', {
      type: 'string',
      describe: "the device tree's address; default, but for Linux kernels, RAM's base where that is free",
    })
    .option('firmware', { type: 'string', describe: 'image of the first bank of flash, where the guest then begins' })
    .option('vars', { type: 'string', describe: "image of the second bank of flash: the firmware's variables" })
    .option('board', {
      type: 'string',
      describe: `memory map and devices: ${boardNames.join(', ')}; default ${BOARD_DEFAULT}, of bhyve's configuration ${BHYVE_BOARD} where the guest has it`,
    })
    .option('disk', {
      type: 'string',
      array: true,
      describe:
        'a virtio disk: F[,ro][,format=raw|qcow2][,serial=S]; raw unless it is named .qcow2; F is never written to',
    })
    .option('disk-fault', {
      type: 'string',
      array: true,
      describe:
        'how a disk fails: bad=SHARE of its sectors, slow=SHARE:TIME of its requests, seed=N, disk=N (default: each)',
    })
    .option('net', {
      type: 'string',
      describe:
        'a virtio network device: none, which nobody answers; stream:PATH or stream:HOST:PORT, a peer such as passt; replay:F.pcap',
    })
    .option('net-mac', { type: 'string', describe: `the address of the network device; default ${MAC_DEFAULT}` })
    .option('reboot', {
      type: 'boolean',
      default: false,
      describe: 'after a reset switch the machine on again, on the same tape, as bhyve is run in a loop',
    })
    .option('rng', {
      type: 'boolean',
      default: false,
      describe: 'a virtio entropy device, which gives what follows from the seed',
    })
    .option('virtio-console', {
      type: 'string',
      array: true,
      describe:
        'a virtio console: hvc0, or with NAME[=stdio|none|file:F] a port of that name; what is typed goes to the one with stdio',
    })
    .option('virtio', {
      choices: transports,
      describe: "the virtio transport; default modern, of the fvp-a15 boards legacy, as bhyve's was",
    })
    .option('memory', {
      type: 'string',
      describe: `guest RAM: 512M, 1.5G; default ${MEMORY_DEFAULT}, of bhyve's configuration 256M`,
    })
    .option('smp', {
      type: 'string',
      describe: 'vCPUs: 1 to 8, one at a time, in turns that a replay repeats; default 1',
    })
    .option('bhyve', {
      alias: 'bhyve-config',
      type: 'string',
      array: true,
      describe:
        "bhyve's configuration (bhyve_config(5)): a file of it, or one key=value, the later counting; options of this program come before it",
    })
    .option('turn', { type: 'string', describe: "counts of a vCPU's turn, where there are several; default 65536" })
    .option('schedule-seed', {
      type: 'string',
      describe: 'turns of random length, up to that, and in random order, so that races show',
    })
    .option('gic', { choices: gicVersions, describe: 'version of the interrupt controller; default 3, of armv7 2' })
    .option('entropy-seed', { type: 'string', describe: 'seed of all that is random for the guest' })
    .option('rtc', {
      type: 'string',
      default: String(RTC_EPOCH_DEFAULT),
      describe: 'real-time clock at reset, s since 1970',
    })
    .option('timer-policy', {
      choices: timerPolicies,
      default: timerPolicies[0],
      describe:
        "who sees the guest's timers: direct, counters read without an exit; bhyve, as bhyve has it; bhyve-2018, both trapped",
    })
    .requiresArg([
      'bhyve',
      'arch',
      'cpu',
      'guest',
      'kernel',
      'load',
      'initrd',
      'append',
      'dtb',
      'dtb-at',
      'firmware',
      'vars',
      'board',
      'disk',
      'disk-fault',
      'net',
      'net-mac',
      'virtio',
      'memory',
      'smp',
      'turn',
      'schedule-seed',
      'gic',
      'entropy-seed',
      'rtc',
      'timer-policy',
    ]);

/** Options that say what machine is made. */
export interface MachineArgs extends FreebsdArgs {
  readonly arch?: GuestArch | undefined;
  readonly cpu?: CpuModel | undefined;
  readonly guest?: string | undefined;
  readonly shell: boolean;
  readonly kernel?: string | undefined;
  readonly load?: string | undefined;
  readonly initrd?: string | undefined;
  readonly append?: string | undefined;
  readonly dtb?: string | undefined;
  readonly dtbAt?: string | undefined;
  readonly firmware?: string | undefined;
  readonly vars?: string | undefined;
  readonly board?: string | undefined;
  /** Files and lines of bhyve's configuration, in their order. */
  readonly bhyve?: readonly string[] | undefined;
  /** They are in the other options. */
  readonly isBhyve?: boolean | undefined;
  readonly disk?: readonly string[] | undefined;
  readonly diskFault?: readonly string[] | undefined;
  readonly net?: string | undefined;
  readonly netMac?: string | undefined;
  readonly rng: boolean;
  readonly reboot?: boolean;
  readonly virtioConsole?: readonly string[] | undefined;
  readonly virtio?: (typeof transports)[number] | undefined;
  readonly memory?: string | undefined;
  readonly smp?: string | undefined;
  readonly turn?: string | undefined;
  readonly scheduleSeed?: string | undefined;
  readonly gic?: GicVersion | undefined;
  readonly entropySeed?: string | undefined;
  readonly rtc: string;
  readonly timerPolicy: TimerPolicy;
}

/** The guest's command line, from the catalogue and from the options. */
function appendOf(args: MachineArgs, guest: GuestFiles | undefined, isInteractive: boolean): string {
  const words = [args.append ?? guest?.append];
  if (args.shell) {
    if (guest?.appendForShell === undefined)
      throw new Failure('--shell: goes with the Debian guests ("hypertape guest list"): --guest debian-arm64 --shell');
    words.push(guest.appendForShell);
  } else if (isInteractive) words.push(guest?.appendOnTerminal);
  return words.filter((word) => word !== undefined && word !== '').join(' ');
}

/** The network device, where there is one; what is at its other end is no part of the machine. */
function netOf({ net, netMac }: MachineArgs): NetConfig | undefined {
  if (net === undefined && netMac !== undefined) throw new Failure('--net-mac: goes with --net');
  return net === undefined ? undefined : { mac: netMac ?? MAC_DEFAULT };
}

/** A guest that is configured for bhyve has its board, where that has the guest's processor. */
const boardDefault = ({ isBhyve = false, arch, load }: MachineArgs, images: MachineImages): string =>
  isBhyve && (load === undefined ? kindOf(images, arch).arch : arch) !== 'armv7' ? BHYVE_BOARD : BOARD_DEFAULT;

/** The machine that the options describe; `isInteractive` where a person types at its console. @throws Failure with one line */
export function machineOf(
  args: MachineArgs,
  isInteractive: boolean,
): { readonly config: MachineConfig; readonly images: MachineImages; readonly disks: readonly DiskSource[] } {
  if (args.guest !== undefined && args.kernel !== undefined)
    throw new Failure('--guest and --kernel exclude each other; give one of them');
  const guest = args.guest === undefined ? undefined : guestNamed(args.guest);
  const memoryBytes = sizeOf('--memory', args.memory ?? MEMORY_DEFAULT);
  const { freebsd, paths } = freebsdOf(args);
  const images = MachineImages.read({
    kernel: args.kernel ?? guest?.kernel,
    initrd: args.initrd ?? guest?.initrd,
    dtb: args.dtb,
    firmware: args.firmware,
    vars: args.vars,
    ...paths,
  });
  if (args.guest !== undefined && guest !== undefined) checkFetched(args.guest, guest, images.files);
  const disks = disksOf(args.disk ?? [], args.diskFault ?? []);
  const config = wholeConfig(images, {
    arch: args.arch,
    cpu: args.cpu,
    board: args.board ?? boardDefault(args, images),
    memoryBytes,
    vcpus: numberOf('--smp', args.smp ?? '1'),
    turnCounts: args.turn === undefined ? undefined : numberOf('--turn', args.turn),
    scheduleSeed: args.scheduleSeed === undefined ? undefined : bigOf('--schedule-seed', args.scheduleSeed),
    gicVersion: args.gic,
    freebsd,
    append: appendOf(args, guest, isInteractive),
    loadAddress: args.load === undefined ? undefined : numberOf('--load', args.load),
    dtbAt: args.dtbAt === undefined ? undefined : numberOf('--dtb-at', args.dtbAt),
    entropySeed: args.entropySeed === undefined ? undefined : bigOf('--entropy-seed', args.entropySeed),
    rtcEpochSeconds: numberOf('--rtc', args.rtc),
    timerPolicy: args.timerPolicy,
    disks: disks.configs,
    net: netOf(args),
    rng: args.rng ? true : undefined,
    reboot: args.reboot ? true : undefined,
    console: portsConfigOf(parsePorts(args.virtioConsole)),
    virtio: args.virtio,
  });
  return { config, images, disks: disks.sources };
}
