import { Failure } from '../base/failure.ts';
import { MiB } from '../base/limits.ts';
import { TURN_COUNTS_DEFAULT } from '../hyp/vmm/vm.ts';
import { cpuModelDefault } from './arch.ts';
import { deviceTreeDefault, kindOf } from './boot.ts';
import {
  checkConfig,
  ENTROPY_SEED_DEFAULT,
  gicVersionDefault,
  type MachineConfig,
  RTC_EPOCH_DEFAULT,
} from './config.ts';
import { FREEBSD_DEFAULT } from './freebsd-config.ts';
import type { MachineImages } from './images.ts';

/** What is said of a machine; the rest is the default: 512 MiB and one vCPU on the board `virt`. */
export type GivenConfig = { readonly [K in keyof MachineConfig]?: MachineConfig[K] | undefined };

/**
 * The whole configuration of a machine for these images: the architecture is the kernel's, where it says one.
 * @throws Failure where there is no such machine, or the kernel is for another
 */
export function wholeConfig(images: MachineImages, given: GivenConfig): MachineConfig {
  const { loadAddress, cpu, vcpus = 1, disks = [], net, rng, console, virtio } = given;
  if (loadAddress !== undefined && images.get('firmware') !== undefined)
    throw new Failure('--load: with --firmware it is the firmware that puts a kernel somewhere; leave --load out');
  const raw = { arch: given.arch ?? 'arm64', isFreebsd: false } as const;
  const { arch, isFreebsd } = loadAddress === undefined ? kindOf(images, given.arch) : raw;
  const freebsd = freebsdOf(images, given, isFreebsd);
  const config: MachineConfig = {
    arch,
    ...(cpu === undefined || cpu === cpuModelDefault[arch] ? {} : { cpu }),
    board: given.board ?? 'virt',
    memoryBytes: given.memoryBytes ?? 512 * MiB,
    vcpus,
    ...(vcpus === 1 && given.turnCounts === undefined ? {} : { turnCounts: given.turnCounts ?? TURN_COUNTS_DEFAULT }),
    ...(given.scheduleSeed === undefined ? {} : { scheduleSeed: given.scheduleSeed }),
    gicVersion: given.gicVersion ?? gicVersionDefault[arch],
    append: given.append ?? '',
    ...(loadAddress === undefined ? {} : { loadAddress }),
    ...(freebsd === undefined ? {} : { freebsd }),
    entropySeed: given.entropySeed ?? ENTROPY_SEED_DEFAULT,
    rtcEpochSeconds: given.rtcEpochSeconds ?? RTC_EPOCH_DEFAULT,
    timerPolicy: given.timerPolicy ?? 'direct',
    ...(given.reboot ? { reboot: given.reboot } : {}),
    ...(disks.length === 0 ? {} : { disks }),
    ...(net ? { net } : {}),
    ...(rng ? { rng } : {}),
    ...(console ? { console } : {}),
    ...(virtio ? { virtio } : {}),
  };
  checkConfig(config);
  const dtbAt = given.dtbAt ?? deviceTreeDefault(config, images);
  if (dtbAt === undefined) return config;
  const placed = { ...config, dtbAt };
  checkConfig(placed);
  return placed;
}

/** What a FreeBSD kernel is given. @throws Failure where something is given to a kernel that is none */
function freebsdOf(images: MachineImages, { freebsd }: GivenConfig, isFreebsd: boolean): MachineConfig['freebsd'] {
  if (isFreebsd) {
    if (images.get('initrd') !== undefined)
      throw new Failure('--initrd: FreeBSD takes a memory disk as --module F:md_image; leave --initrd out');
    return freebsd ?? FREEBSD_DEFAULT;
  }
  if (freebsd !== undefined)
    throw new Failure(
      `--env, --loader-conf, --boot-flags, --module: ${images.first.name} is no ELF of a FreeBSD kernel; leave them out, or give one`,
    );
  return undefined;
}
