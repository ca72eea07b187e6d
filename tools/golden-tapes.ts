/** A golden tape: a guest, what else `record` is given, and how it ends. */
export interface GoldenTape {
  readonly name: string;
  /** Of the catalogue, or an ELF of the tests. */
  readonly guest: `demo-${string}` | `test/${string}.elf`;
  readonly options: readonly string[];
  /** `minimize` has made the tape of a recording: its turns end where its header says. */
  readonly isMinimized?: boolean;
  /** The console's last line. */
  readonly end: string;
}

const demo = (name: string, guest: 'demo-arm64' | 'demo-armv7', ...options: readonly string[]): GoldenTape => ({
  name,
  guest,
  options: ['--input', `traces/golden/${guest}.input`, ...options],
  end: 'DEMO-DONE',
});
const smp = (name: string, guest: 'demo-smp-arm64' | 'demo-smp-armv7', ...options: readonly string[]): GoldenTape => ({
  name,
  guest,
  options,
  end: 'SMP-DONE',
});
const race = (name: string, guest: 'demo-race-arm64' | 'demo-race-armv7', seed: number): GoldenTape => ({
  name,
  guest,
  options: ['--append', 'race=counter', '--smp', '2', '--board', 'virt@2', '--schedule-seed', String(seed)],
  isMinimized: true,
  end: 'FAIL',
});
/** Of the guest of virtio devices: by MMIO, or by PCI. */
type VirtioGuest = 'arm64' | 'armv7' | 'pci-arm64';
/** A disk that is written to, frames that come at their counts, and random bytes. */
const virtio = (name: string, arch: VirtioGuest, ...options: readonly string[]): GoldenTape => ({
  name,
  guest: `test/guests/virtio/virtio-${arch}.elf`,
  options: ['--disk', GOLDEN_DISK, '--net', 'replay:traces/golden/frames.pcap', '--rng', ...options],
  end: 'GUEST-DONE',
});
/** A virtio console whose ports are talked to. */
const ports = (name: string, arch: VirtioGuest, ...options: readonly string[]): GoldenTape => ({
  name,
  guest: `test/guests/virtio/virtio-${arch}.elf`,
  options: ['--virtio-console', 'org.test.0', 'other', '--input', 'traces/golden/ports.input', ...options],
  end: 'GUEST-DONE',
});
/** A kernel that looks through its preload metadata; the memory disk is a file that is here anyway. */
const freebsd = (name: string, guest: 'demo-freebsd-arm64' | 'demo-freebsd-armv7'): GoldenTape => ({
  name,
  guest,
  options: ['--module', 'traces/golden/frames.pcap:md_image', '--env', 'a=b', '--append', 'c=d', '--boot-flags', 'sv'],
  end: 'DEMO-DONE',
});

/** A guest that looks through the board's device tree, and holds the devices against it. */
const board = (asked: string, arch: 'arm64' | 'armv7', ...options: readonly string[]): GoldenTape => ({
  name: `board-${asked.replace('@', '')}`,
  guest: `test/guests/boards/boards-${arch}.elf`,
  options: ['--board', asked, ...options],
  end: 'GUEST-DONE',
});

/** A guest that resets its machine until enough time has passed. */
const reboot = (arch: 'arm64' | 'armv7', ...options: readonly string[]): GoldenTape => ({
  name: `reboot-${arch}`,
  guest: `test/guests/reboot/reboot-${arch}.elf`,
  options: ['--reboot', ...options],
  end: 'BB',
});

/** Stands for the disk that `golden` makes. */
export const GOLDEN_DISK = 'DISK';

/** The golden tapes that each semantics version has. */
export const goldenTapes: readonly GoldenTape[] = [
  demo('demo-arm64', 'demo-arm64'),
  demo('demo-arm64-bhyve', 'demo-arm64', '--timer-policy', 'bhyve'),
  demo('demo-arm64-bhyve-2018', 'demo-arm64', '--timer-policy', 'bhyve-2018'),
  demo('demo-arm64-max', 'demo-arm64', '--cpu', 'max'),
  demo('demo-arm64-inputs', 'demo-arm64', '--level', 'inputs'),
  demo('demo-armv7', 'demo-armv7'),
  demo('demo-armv7-cortex-a57', 'demo-armv7', '--cpu', 'cortex-a57'),
  demo('demo-armv7-bhyve', 'demo-armv7', '--timer-policy', 'bhyve'),
  demo('demo-armv7-bhyve-2018', 'demo-armv7', '--timer-policy', 'bhyve-2018'),

  demo('demo-arm64-virt2', 'demo-arm64', '--board', 'virt@2'),
  demo('demo-armv7-virt2', 'demo-armv7', '--board', 'virt@2'),
  demo('demo-arm64-tlb2', 'demo-arm64'),
  demo('demo-armv7-tlb2', 'demo-armv7'),
  demo('demo-arm64-tlb3', 'demo-arm64'),
  demo('demo-armv7-tlb3', 'demo-armv7'),

  smp('smp-arm64-2-max', 'demo-smp-arm64', '--smp', '2', '--turn', '4096', '--cpu', 'max'),
  smp('smp-arm64-4-seed', 'demo-smp-arm64', '--smp', '4', '--schedule-seed', '7', '--checkpoint-every', '50K'),
  smp('smp-armv7-2', 'demo-smp-armv7', '--smp', '2', '--turn', '4096'),
  smp('smp-armv7-4-seed', 'demo-smp-armv7', '--smp', '4', '--schedule-seed', '7', '--checkpoint-every', '50K'),
  smp('smp-armv7-4-seed-cortex-a57', 'demo-smp-armv7', '--smp', '4', '--schedule-seed', '7', '--cpu', 'cortex-a57'),
  // Requests of all vCPUs under way at once; a saved state in their midst.
  smp('smp-arm64-3-disk', 'demo-smp-arm64', '--smp', '3', '--disk', GOLDEN_DISK, '--checkpoint-every', '500K'),
  smp('smp-armv7-3-disk', 'demo-smp-armv7', '--smp', '3', '--disk', GOLDEN_DISK, '--virtio', 'legacy'),
  // The second schedule, the third versions of the processors.
  smp('smp-arm64-8-schedule2', 'demo-smp-arm64', '--smp', '8', '--schedule-seed', '3'),
  smp('smp-armv7-4-schedule2', 'demo-smp-armv7', '--smp', '4', '--turn', '4096', '--checkpoint-every', '400K'),
  smp('smp-arm64-2-max-schedule2', 'demo-smp-arm64', '--smp', '2', '--cpu', 'max'),
  race('race-arm64-turn-ends', 'demo-race-arm64', 5),
  race('race-armv7-turn-ends', 'demo-race-armv7', 2),
  freebsd('freebsd-arm64', 'demo-freebsd-arm64'),
  freebsd('freebsd-armv7', 'demo-freebsd-armv7'),

  board('bhyve@1', 'arm64'),
  board('bhyve@2', 'arm64'),
  board('fvp-a15@1', 'armv7'),
  board('fvp-a15@2', 'armv7'),
  board('fvp-a15@3', 'armv7', '--checkpoint-every', '1M'),
  board('fvp-a15-bvm@1', 'armv7'),
  board('fvp-a15-bvm@2', 'armv7'),
  board('fvp-a15-bvm@3', 'armv7'),
  board('fvp-base@1', 'arm64', '--gic', '2', '--checkpoint-every', '1M'),

  reboot('arm64', '--smp', '2', '--checkpoint-every', '200K'),
  reboot('armv7'),

  virtio('virtio-arm64-modern', 'arm64', '--virtio', 'modern', '--checkpoint-every', '300K'),
  virtio('virtio-arm64-legacy', 'arm64', '--virtio', 'legacy'),
  virtio('virtio-armv7-modern', 'armv7', '--virtio', 'modern'),
  virtio('virtio-armv7-legacy', 'armv7', '--virtio', 'legacy', '--checkpoint-every', '300K'),
  virtio('virtio-arm64-pci', 'pci-arm64', '--board', 'bhyve@3', '--checkpoint-every', '300K'),
  ports('ports-arm64-modern', 'arm64', '--virtio', 'modern', '--checkpoint-every', '50K'),
  ports('ports-armv7-legacy', 'armv7', '--virtio', 'legacy'),
  ports('ports-arm64-pci', 'pci-arm64', '--board', 'bhyve@3', '--checkpoint-every', '50K'),
];
