/**
 * What becomes of a variable: it is `used`; or a guest could not tell, as `silent` says; or it does not apply, for the reason that `ignored` says,
 * and that is told.
 */
export type Meaning =
  | { readonly used: string }
  | { readonly silent: string }
  /** `unless`: the truth value that asks for what there is anyway. */
  | { readonly ignored: string; readonly unless?: boolean };
/** Meanings by names of variables, where N stands for a number and a star for whatever is behind it. */
export type Keys = Readonly<Record<string, Meaning>>;

const X86: Meaning = { ignored: 'x86 only' };
const X86_UNLESS_FALSE: Meaning = { ignored: 'x86 only', unless: false };
const CPUS: Meaning = { used: '`--smp`: sockets by cores by threads; `cpus`, where it is set, must agree' };
const MSIX: Meaning = { ignored: 'interrupts of virtio devices come as the board has them', unless: true };

/** Variables of the machine (bhyve_config(5), "Global settings"; usr.sbin/bhyve/aarch64/bhyverun_machdep.c). */
export const globalKeys: Keys = {
  name: { used: "in values that refer to it, and in the network device's own address" },
  cpus: CPUS,
  sockets: CPUS,
  cores: CPUS,
  threads: CPUS,
  'memory.size': { used: '`--memory`; 256M where nothing is said' },
  'memory.wired': { silent: 'no guest sees it' },
  'memory.guest_in_core': { silent: '`core` always has the memory' },
  console: { used: '`stdio`; for any other place the console stays where `--console` has it, and that is told' },
  bootrom: {
    used: "`--kernel F`, loaded raw at RAM's base and entered there; the device tree 1 MiB behind, its address in X0",
  },
  destroy_on_poweroff: { silent: 'nothing of a guest stays behind' },
  'gdb.port': { used: '`--listen` of `gdb`; told by `run` and `record`, which have no debugger' },
  'gdb.address': { used: 'likewise; `localhost` where nothing is said' },
  'gdb.wait': { silent: '`gdb` always waits for its debugger' },
  'rtc.use_localtime': { ignored: 'each run begins at the same time, as --rtc says' },
  'virtio.msix': MSIX,
  virtio_msix: MSIX,
  'vcpu.N.cpuset': { ignored: 'vCPUs are no threads of the host' },
  rundir: { silent: 'nothing is put there' },
  monitor: { ignored: 'a VM is its process', unless: false },
  'config.dump': { ignored: 'variables are not listed', unless: false },
  'keyboard.layout': { ignored: 'there is no keyboard' },
  uuid: X86,
  acpi_tables: X86_UNLESS_FALSE,
  acpi_tables_in_memory: X86_UNLESS_FALSE,
  'lpc.com1.path': { used: 'as `console`, where that is not set' },
  'lpc.*': X86,
  'x86.*': X86,
  'bios.*': X86,
  'system.*': X86,
  'board.*': X86,
  'chassis.*': X86,
  'tpm.*': X86,
};

const HOST_FILE: Meaning = { ignored: 'the file of a disk is never written to', unless: false };
const NETGRAPH: Meaning = { silent: 'goes with `backend`' };
const ONE = 'one a machine, further ones are told of';

/** Those behind `pci.BUS.SLOT.FUNCTION.`, of each model of a device that there is (pci_virtio_*.c, block_if.c, net_backends.c there). */
export const deviceKeys: Readonly<Record<string, Keys>> = {
  hostbridge: {
    device: { silent: 'the board has what bridge it has' },
    '*': { ignored: 'the bridge is the one that the board has' },
  },
  'virtio-blk': {
    device: { used: '`--disk`, before those of the command line, in the order of bus, slot and function' },
    path: { used: 'its file, raw; what is written to it stays in the machine' },
    ro: { used: '`,ro`' },
    ser: { used: '`,serial=`, of which bhyve keeps 19 characters; else the one that it makes of the path' },
    serial: { used: 'as `ser`' },
    sectorsize: { used: '512; what is behind its slash is no matter, and other sizes are told of' },
    nocache: HOST_FILE,
    nodelete: HOST_FILE,
    sync: HOST_FILE,
    direct: HOST_FILE,
    bootindex: X86,
  },
  'virtio-net': {
    device: { used: `\`--net none\`, or what \`--net\` says; ${ONE}` },
    backend: { ignored: 'no network of the host here; nobody answers, unless --net says who' },
    type: NETGRAPH,
    path: NETGRAPH,
    peerhook: NETGRAPH,
    socket: NETGRAPH,
    hook: NETGRAPH,
    mac: { used: '`--net-mac`; else the one that bhyve makes of slot, function and `name`' },
    mtu: { used: '1500; others are told of' },
    bootindex: X86,
  },
  'virtio-rnd': { device: { used: `\`--rng\`; ${ONE}` }, bootindex: X86 },
  'virtio-console': {
    device: { used: `\`--virtio-console\`; ${ONE}` },
    'port.N.name': { used: 'a port of that name' },
    'port.N.path': { ignored: 'no socket here; --virtio-console NAME=file:F says where it goes' },
    bootindex: X86,
  },
};

/** The other models of bhyve: each device is told of, and left out. */
export const absentModels: readonly string[] = [
  'ahci',
  'ahci-cd',
  'ahci-hd',
  'amd_hostbridge',
  'e1000',
  'fbuf',
  'hda',
  'lpc',
  'nvme',
  'passthru',
  'uart',
  'virtio-9p',
  'virtio-input',
  'virtio-scsi',
  'xhci',
];

/** What a table says of a variable; undefined where it does not know it. */
export function meaningOf(keys: Keys, key: string): Meaning | undefined {
  const plain = key.replace(/\.(0|[1-9][0-9]*)(?=\.|$)/g, '.N');
  if (Object.hasOwn(keys, plain)) return keys[plain];
  const star = Object.keys(keys).find((one) => one.endsWith('*') && plain.startsWith(one.slice(0, -1)));
  return star === undefined ? undefined : keys[star];
}
