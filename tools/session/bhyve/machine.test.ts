import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { timerPolicies } from '../../../src/hyp/arm-common/vtimer.ts';
import { bhyve } from '../../../src/machine/boards/bhyve.ts';
import { RunSession } from '../../../src/replay/record.ts';
import { WorkFolder } from '../command-line.fixture.ts';
import { machineOf } from '../machine-options.ts';
import { type RunArgs, runOptions } from '../run-options.ts';
import { absentModels, deviceKeys, globalKeys, type Meaning } from './keys.ts';
import { withBhyve } from './machine.ts';

const kernel = new URL('../../guests/demo-arm64/demo-arm64.elf', import.meta.url).pathname;
const { ramBase, highRamBase } = bhyve;
const plain: RunArgs = {
  rtc: '0',
  rng: false,
  shell: false,
  timerPolicy: timerPolicies[0],
  console: 'stdio',
  force: false,
  json: false,
  onPanic: 'stop',
};

const work = new WorkFolder();
afterAll(() => work.remove());

/** A folder with a configuration and the files that it names. */
function folderWith(text: string, ...files: readonly string[]) {
  for (const file of files) work.write(file, new Uint8Array(4096));
  const conf = work.write('vm.conf', text.replaceAll('DIR', work.path));
  return { conf, path: (name: string): string => work.file(name) };
}
const told = (given: readonly string[], more: Partial<RunArgs> & { readonly listen?: string } = {}) => {
  const notes: string[] = [];
  const args = withBhyve({ ...plain, kernel, ...more, bhyve: given }, (note) => notes.push(note));
  return { args, notes };
};

/** As a user of bhyve on arm64 has it, and as the tools that make such files write them. */
const ARM64 = `# web server
name=web
vmdir=DIR
bootrom=%(vmdir)/u-boot.bin
cpus=4
sockets=1
cores=4
memory.size=1G
memory.wired=true
console=stdio
destroy_on_poweroff=yes
gdb.port=1234
rtc.use_localtime=false
uuid=8a4cd19b-2a0b-11ef-9454-0242ac120002
pci.0.0.0.device=hostbridge
pci.0.10.0.device=virtio-blk
pci.0.10.0.path=%(vmdir)/data.img
pci.0.10.0.ro=true
pci.0.10.0.nocache=true
pci.0.2.0.device=virtio-blk
pci.0.2.0.path=%(vmdir)/root.img
pci.0.2.0.ser=ROOT-1
pci.0.2.0.sectorsize=4096
pci.0.3.0.device=virtio-net
pci.0.3.0.backend=tap0
pci.0.4.0.device=virtio-rnd
pci.0.5.0.device=virtio-console
pci.0.5.0.port.0.name=org.example.agent
pci.0.5.0.port.0.path=/var/run/%(name).sock
pci.0.6.0.device=virtio-net
pci.0.6.0.backend=slirp
`;

test('a configuration of arm64 becomes a machine, and each line that does not apply is told of', () => {
  const { conf, path } = folderWith(ARM64, 'u-boot.bin', 'root.img', 'data.img');
  const { args, notes } = told([conf], { kernel: undefined });
  expect(args).toMatchObject({
    kernel: path('u-boot.bin'),
    load: `${highRamBase}`,
    dtbAt: `${highRamBase + 0x10_0000}`,
  });
  const { config, disks } = machineOf(args, false);
  expect(config).toMatchObject({
    arch: 'arm64',
    board: 'bhyve',
    vcpus: 4,
    memoryBytes: 2 ** 30,
    loadAddress: highRamBase,
    dtbAt: highRamBase + 0x10_0000,
    // MD5 of "3-0-web".
    net: { mac: '00:a0:98:ef:24:c3' },
    rng: true,
    console: { ports: ['org.example.agent'] },
    disks: [
      { readOnly: false, serial: 'ROOT-1' },
      { readOnly: true, serial: expect.stringMatching(/^BHYVE-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{3}$/) },
    ],
  });
  expect(disks.map(({ file }) => file)).toEqual([path('root.img'), path('data.img')]);
  const at = (what: string): number => ARM64.split('\n').findIndex((line) => line.startsWith(`${what}=`)) + 1;
  const line = (key: string, what: string): string => `${conf}:${at(key)}: ${key}: ${what}`;
  expect(notes).toEqual([
    line('gdb.port', 'a debugger comes in by "hypertape gdb", ignored'),
    line('rtc.use_localtime', 'each run begins at the same time, as --rtc says, ignored'),
    line('uuid', 'x86 only, ignored'),
    line('pci.0.10.0.nocache', 'the file of a disk is never written to, ignored'),
    line('pci.0.2.0.sectorsize', 'sectors have 512 bytes here, ignored'),
    line('pci.0.3.0.backend', 'no network of the host here; nobody answers, unless --net says who, ignored'),
    line('pci.0.5.0.port.0.path', 'no socket here; --virtio-console NAME=file:F says where it goes, ignored'),
    line('pci.0.6.0.device', 'a machine here has one virtio-net, at pci.0.3.0; left out'),
  ]);
});

test('one of x86 gives what it has in common', () => {
  const text = `acpi_tables=false
memory.size=2048
x86.vmexit_on_hlt=true
lpc.com1.path=/dev/nmdm0A
lpc.bootrom=/usr/local/share/uefi-firmware/BHYVE_UEFI.fd
pci.0.0.0.device=hostbridge
pci.0.2.0.device=ahci
pci.0.2.0.port.0.type=hd
pci.0.2.0.port.0.path=/vm/disk.img
pci.0.29.0.device=fbuf
pci.0.29.0.wait=true
pci.0.31.0.device=lpc
system.serial_number=1
com1_log=yes
`;
  const { conf } = folderWith(text);
  const { args, notes } = told([conf, 'acpi_tables=true'], { arch: 'arm64' });
  expect(machineOf(args, false).config).toMatchObject({ board: 'bhyve', vcpus: 1, memoryBytes: 2 ** 31 });
  expect(notes).toEqual([
    `${conf}:3: x86.vmexit_on_hlt: x86 only, ignored`,
    `${conf}:4: lpc.com1.path: no such place here; the console goes where --console says`,
    `${conf}:5: lpc.bootrom: x86 only, ignored`,
    `${conf}:7: pci.0.2.0.device: no ahci here, left out`,
    `${conf}:10: pci.0.29.0.device: no fbuf here, left out`,
    `${conf}:12: pci.0.31.0.device: no lpc here, left out`,
    `${conf}:13: system.serial_number: x86 only, ignored`,
    `${conf}:14: com1_log: nothing here knows it, ignored`,
    '--bhyve: acpi_tables: x86 only, ignored',
  ]);
});

test('a boot ROM is entered as bhyve enters it: at the begin of RAM, with the device tree 1 MiB behind in X0', () => {
  // Writes k to the UART if there is a device tree's magic number (0xd00dfeed, big-endian), and turns the power off.
  const rom = [
    ...[0xb940_0001, 0x5281_ba02, 0x72bd_bfc2, 0x6b02_003f, 0x5400_0081],
    ...[0xd2a0_0023, 0x5280_0d64, 0xb900_0064, 0x5280_0100, 0x72b0_8000, 0xd400_0002],
  ];
  const file = work.write('rom', new Uint8Array(Uint32Array.from(rom).buffer));
  const { args } = told([`bootrom=${file}`, 'memory.size=64M'], { kernel: undefined });
  expect(args.dtbAt).toBe(String(ramBase + 0x10_0000));
  const { config, images } = machineOf(args, false);
  const shown: number[] = [];
  const session = new RunSession({ config, images, consoleOut: (byte) => shown.push(byte) });
  expect(session.run(1000)).toMatchObject({ kind: 'ended', outcome: 'poweroff' });
  expect(String.fromCharCode(...shown)).toBe('k');
});

test("this program's options come first, and say so", () => {
  const { conf, path } = folderWith(ARM64, 'u-boot.bin', 'root.img', 'data.img', 'own.img');
  const more = {
    memory: '64M',
    smp: '2',
    board: 'virt',
    net: 'none',
    netMac: '52:54:00:00:00:01',
    disk: [path('own.img')],
  };
  const { args, notes } = told([conf], { ...more, virtioConsole: ['hvc0', 'org.example.agent=none'] });
  const { config, disks } = machineOf(args, false);
  expect(config).toMatchObject({ board: 'virt', vcpus: 2, memoryBytes: 2 ** 26, net: { mac: '52:54:00:00:00:01' } });
  expect(config.console).toEqual({ ports: ['org.example.agent'] });
  expect(disks.map(({ file }) => file)).toEqual(['root.img', 'data.img', 'own.img'].map(path));
  expect(notes.filter((note) => note.includes(' is given'))).toEqual([
    `${conf}:4: bootrom: --kernel is given, ignored`,
    `${conf}:5: cpus: --smp is given, ignored`,
    `${conf}:6: sockets: --smp is given, ignored`,
    `${conf}:7: cores: --smp is given, ignored`,
    `${conf}:8: memory.size: --memory is given, ignored`,
    `${conf}:25: pci.0.3.0.backend: --net is given, ignored`,
  ]);
});

test('without one, options are as they were', () => {
  expect(withBhyve(plain, () => expect.unreachable())).toBe(plain);
});

describe('what is of no use is refused, and where', () => {
  test.each([
    [['cpus=0'], '--bhyve: cpus: "0": give 1 to 65535'],
    [['cpus=9'], '--bhyve: cpus: "9": 9 vCPUs; give 1 to 8'],
    [['cores=3', 'threads=3'], '--bhyve: cores: "3": 9 vCPUs; give 1 to 8'],
    [['cpus=4', 'sockets=1', 'cores=2'], '"4": 1 sockets of 2 cores of 1 threads are 2'],
    [['memory.size=1G5'], 'memory.size: "1G5": give a size'],
    [['memory.size=64G'], 'memory.size: "64G": give 16M to 3072M'],
    [['memory.size=33554433'], 'in whole pages'],
    [['bootrom=/no/such'], '--bhyve: bootrom: "/no/such": no such file'],
    [['pci.0.1.0.path=/x'], 'pci.0.1.0.path: there is no pci.0.1.0.device'],
    [['pci.0.1.0.device=virtio-gpu'], '"virtio-gpu": no such device; here are hostbridge'],
    [['pci.0.1.0.device=virtio-blk'], 'there is no pci.0.1.0.path'],
    [['pci.0.1.0.device=virtio-blk', 'pci.0.1.0.path=/no/such'], 'pci.0.1.0.path: "/no/such": no such file'],
    [['pci.0.1.0.device=virtio-blk', `pci.0.1.0.path=${kernel}`, 'pci.0.1.0.ser=a,b'], 'and no comma'],
    [['pci.0.1.0.device=virtio-blk', `pci.0.1.0.path=${kernel}`, 'pci.0.1.0.ro=x'], 'give true or false'],
    [['pci.0.1.0.device=virtio-blk', `pci.0.1.0.path=${kernel}`, 'pci.0.1.0.sectorsize=big'], 'give LOGICAL'],
    [['pci.0.1.0.device=virtio-net', 'pci.0.1.0.mac=01:00:00:00:00:00'], 'give six bytes of one device'],
    [['pci.0.1.0.device=virtio-net', 'pci.0.1.0.mac=0:0:0:0:0:0'], 'give six bytes of one device'],
    [['pci.0.1.0.device=virtio-console', 'pci.0.1.0.port.0.name=a b'], 'is no name of a port'],
    [['acpi_tables=perhaps'], 'give true or false'],
  ])('%j', (given, message) => {
    expect(() => told(given, { kernel: undefined })).toThrow(message);
  });
});

test('a debugger listens where bhyve has it listen, unless --listen says where', () => {
  const given = ['gdb.port=1234', 'gdb.wait=true'];
  const of = (listen: string, ...more: string[]) => told([...given, ...more], { listen });
  expect(of('127.0.0.1:0')).toMatchObject({ args: { listen: 'localhost:1234' }, notes: [] });
  expect(of('127.0.0.1:0', 'gdb.address=127.0.0.2').args.listen).toBe('127.0.0.2:1234');
  expect(of('4000')).toMatchObject({
    args: { listen: '4000' },
    notes: ['--bhyve: gdb.port: --listen is given, ignored'],
  });
  expect(() => of('127.0.0.1:0', 'gdb.port=70000')).toThrow('--bhyve: gdb.port: "70000": give 0 to 65535');
});

test('bytes of an address may be of one digit, as ether_aton(3) has them', () => {
  const { args } = told(['pci.0.1.0.device=virtio-net', 'pci.0.1.0.mac=2:4:6:8:A:c']);
  expect(args.netMac).toBe('02:04:06:08:0a:0c');
});

test('a place that PCI does not have is no device', () => {
  expect(told(['pci.0.32.0.device=virtio-rnd']).notes).toEqual([
    '--bhyve: pci.0.32.0.device: nothing here knows it, ignored',
  ]);
});

test('both spellings of the option are one, in their order', async () => {
  const { default: yargs } = await import('yargs');
  const argv = ['--bhyve-config', 'F', '--bhyve', 'a=b', '--bhyve-config', 'G'];
  expect((await runOptions(yargs(argv)).parseAsync()).bhyve).toEqual(['F', 'a=b', 'G']);
});

test('the tables in docs say of each variable what becomes of it', () => {
  const text = readFileSync(new URL('../../../docs/bhyve.md', import.meta.url), 'utf8');
  const rowOf = ([key, meaning]: [string, Meaning]): string => {
    if ('used' in meaning) return `| \`${key}\` | ${meaning.used} |`;
    if ('silent' in meaning) return `| \`${key}\` | no matter: ${meaning.silent} |`;
    const unless = meaning.unless === undefined ? '' : `, unless it is ${meaning.unless}`;
    return `| \`${key}\` | ignored, and told${unless}: ${meaning.ignored} |`;
  };
  const tables = [globalKeys, ...Object.values(deviceKeys)].map((keys) => Object.entries(keys).map(rowOf).join('\n'));
  for (const table of tables) expect(text).toContain(table);
  for (const model of [...Object.keys(deviceKeys), ...absentModels]) expect(text).toContain(`\`${model}\``);
});
