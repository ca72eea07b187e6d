// A kernel-like guest that is loaded as FreeBSD's are looks through what it is given, and says what of it is wrong.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { timerPolicies } from '../../src/hyp/arm-common/vtimer.ts';
import { guestArchs } from '../../src/machine/arch.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { affinitiesOf, bootPlan } from '../../src/machine/boot.ts';
import { decodeConfig, encodeConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { wholeConfig } from '../../src/machine/whole-config.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { symbolOfRun } from '../../src/replay/symbols/run-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { machineOf } from '../../tools/session/machine-options.ts';
import { ConsoleText, recordDemo, testFolder } from '../support/demo.fixture.ts';
import { sharedObject } from './freebsd.fixture.ts';

const machine = { board: 'virt', memory: '32M', smp: '1', rtc: '0', rng: false, shell: false } as const;
const options = { ...machine, timerPolicy: timerPolicies[0] };
const given = (more: object) => machineOf({ ...options, ...more }, false);

/** As the guest sums up what a module holds. */
const sumOf = (bytes: Uint8Array): string =>
  bytes
    .reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0)
    .toString(16)
    .padStart(8, '0');

describe.each(guestArchs)('%s', (arch) => {
  const kernel = guestFiles(`demo-freebsd-${arch}`).kernel;
  const base = arch === 'arm64' ? 'ffff0000000' : '00000000c00';

  test('a kernel finds all that it is given, and the tape replays', () => {
    const folder = testFolder();
    const disk = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
    const files = { disk: join(folder, 'mfsroot'), conf: join(folder, 'loader.conf'), ko: join(folder, 'a:b.ko') };
    writeFileSync(files.disk, disk);
    writeFileSync(files.conf, 'kern.hz="100"\nboot_verbose="YES"\n');
    writeFileSync(files.ko, sharedObject(arch));
    const { config, images } = given({
      kernel,
      append: 'x=y',
      env: ['vfs.root.mountfrom=ufs:/dev/md0', 'kern.hz=1000'],
      loaderConf: [files.conf],
      bootFlags: 's',
      module: [`${files.disk}:md_image`, files.ko],
    });
    const path = join(folder, 'freebsd.tape');
    const { console } = recordDemo({ path, config, images });
    const lines = console.replaceAll('\r', '').split('\n');
    expect(lines.slice(0, 7)).toEqual([
      expect.stringMatching(`^loaded at 0000000040000000, metadata at ${base}[0-9a-f]{5}$`),
      '/boot/kernel/kernel',
      '  type elf kernel',
      '  args -s x=y',
      `  address ${arch === 'arm64' ? 'ffff000000000000' : '00000000c0000000'}`,
      expect.stringMatching(/^ {2}bytes [0-9]+$/),
      expect.stringMatching(/^ {2}sections [0-9]+ bytes$/),
    ]);
    expect(lines.slice(9, 18)).toEqual([
      '  howto 00000802',
      '  env boot_verbose=YES',
      '  env kern.hz=1000',
      '  env vfs.root.mountfrom=ufs:/dev/md0',
      '  env x=y',
      '  memory 0000000040000000, 0000000002000000 bytes',
      '  bootargs x=y',
      '/boot/mfsroot',
      '  type md_image',
    ]);
    expect(lines.slice(19, 21)).toEqual(['  bytes 5000', `  sum of its bytes ${sumOf(disk)}`]);
    expect(lines.slice(21, 23)).toEqual(['/boot/kernel/a:b.ko', '  type elf module']);
    expect(lines.slice(24)).toEqual([
      '  bytes 768',
      expect.stringMatching(/^ {2}sum of its bytes /),
      `  dynamic ${'20'.padStart(16, '0')}`,
      'wrong: 0',
      'DEMO-DONE',
      '',
    ]);
    const session = new ReplaySession(TapeReader.open(path), { consoleOut: new ConsoleText().out });
    expect(session.run(Number.POSITIVE_INFINITY)).toMatchObject({ kind: 'end' });
  });

  test('what a loader.conf loads is found as loader(8) finds it', () => {
    const root = testFolder();
    for (const folder of ['boot/kernel', 'boot/modules', 'etc']) mkdirSync(join(root, folder), { recursive: true });
    const put = (path: string, content: string | Uint8Array): void => writeFileSync(join(root, path), content);
    const conf = [
      'mfsroot_load="YES"',
      'mfsroot_type="md_image"',
      'mfsroot_name="/etc/image"',
      'if_foo_load="YES"',
      'if_foo_flags="speed=9"',
      'bar_load="YES"',
      'off_load="NO"',
      'bad_load="YES"',
      'module_blacklist="bad"',
      'kern.hz="100"',
    ];
    put('boot/loader.conf', `${conf.join('\n')}\n`);
    put('etc/image', 'memory disk');
    put('boot/kernel/if_foo.ko', sharedObject(arch));
    put('boot/modules/bar.ko', sharedObject(arch));
    const { config, images } = given({ kernel, loaderConf: [join(root, 'boot/loader.conf')] });
    const path = join(root, 'loaded.tape');
    const lines = recordDemo({ path, config, images }).console.replaceAll('\r', '').split('\n');
    const at = lines.indexOf('/boot/image');
    expect(lines.slice(at, at + 2)).toEqual(['/boot/image', '  type md_image']);
    const foo = lines.indexOf('/boot/kernel/if_foo.ko');
    expect(lines.slice(foo, foo + 3)).toEqual(['/boot/kernel/if_foo.ko', '  type elf module', '  args speed=9']);
    expect(lines).toContain('/boot/kernel/bar.ko');
    expect(lines).toContain('  env kern.hz=100');
    expect(lines.filter((line) => / env .*(_load|_name|_type|_flags)/.test(line))).toEqual([]);
    expect(lines.slice(-3, -1)).toEqual(['wrong: 0', 'DEMO-DONE']);
    expect(decodeConfig(encodeConfig(config), 'f', '').freebsd).toEqual(config.freebsd);
    const session = new ReplaySession(TapeReader.open(path), { consoleOut: new ConsoleText().out });
    expect(session.run(Number.POSITIVE_INFINITY)).toMatchObject({ kind: 'end' });
  });

  test.each([
    [
      'is nowhere',
      'gone_load="YES"',
      /loader.conf:1: gone_load="YES": there is no gone.ko in .*boot\/kernel, .*; put it/,
    ],
    [
      'is a file that says not what it is',
      'raw_load="YES"\nraw_name="/boot/raw"',
      /raw is no ELF \(.*:1: raw_load\); say/,
    ],
  ])('a module that %s is refused', (_, text, message) => {
    const root = testFolder();
    mkdirSync(join(root, 'boot'));
    writeFileSync(join(root, 'boot/raw'), 'no ELF');
    writeFileSync(join(root, 'boot/loader.conf'), `${text}\n`);
    expect(() => given({ kernel, loaderConf: [join(root, 'boot/loader.conf')] })).toThrow(message);
  });

  test('its functions have names', () => {
    const { config, images } = given({ kernel });
    const session = new RunSession({ config, images, consoleOut: new ConsoleText().out });
    session.run(3000);
    expect(symbolOfRun(session, config, images)).toMatch(/^[a-z_]+(\+0x[0-9a-f]+)?$/);
  });

  test('a tape from before FreeBSD kernels were known has it as any other ELF', () => {
    const { config, images } = given({ kernel });
    const { freebsd: _none, ...older } = config;
    const plan = () => bootPlan(older, boardByName('virt'), images, affinitiesOf(1));
    // Its segments' physical addresses are virtual ones.
    expect(plan).toThrow(arch === 'arm64' ? 'is no physical address of the guest' : 'does not fit in RAM');
  });

  test.each([
    ['no room in RAM', { memory: '16M', module: ['DISK:md_image'] }, /: module at .* give --memory \d+M or more/],
    ['an initial RAM disk', { initrd: 'DISK' }, /--initrd: FreeBSD takes a memory disk as --module/],
    ['a place of the device tree', { dtbAt: '0x41000000' }, /--dtb-at, --load: a FreeBSD kernel/],
    ['a flag that is none', { bootFlags: 'sx' }, /--boot-flags: no flag "x"; there are /],
    ['a variable without a value', { env: ['name'] }, /--env name: give name=value/],
    ['a module without a type', { module: ['DISK:'] }, /--module .*: no type behind the colon/],
    ['a module that is no shared object', { module: ['RELOCATABLE'] }, /is an ELF of type 1, no shared object/],
    ['a module of another processor', { module: ['FOREIGN'] }, /is a module for ar.*; the kernel is for ar/],
  ])('refuses %s', (_, wrong, message) => {
    const folder = testFolder();
    const other = arch === 'arm64' ? 'armv7' : 'arm64';
    const contents = {
      DISK: new Uint8Array(17 * 2 ** 20),
      RELOCATABLE: sharedObject(arch, 1),
      FOREIGN: sharedObject(other),
    };
    for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(folder, name), bytes);
    const more = JSON.parse(JSON.stringify(wrong).replace(/DISK|RELOCATABLE|FOREIGN/, (name) => join(folder, name)));
    expect(() => {
      const { config, images } = given({ kernel, ...more });
      bootPlan(config, boardByName('virt'), images, affinitiesOf(1));
    }).toThrow(message);
  });

  test('a damaged configuration on a tape is refused', () => {
    const { config } = given({ kernel });
    const read = (freebsd: unknown) => decodeConfig({ ...encodeConfig(config), freebsd }, 'T', 'P');
    expect(read(encodeConfig(config).freebsd)).toEqual(decodeConfig(encodeConfig(config), 'T', 'P'));
    for (const wrong of [
      1,
      {},
      { environment: [1], flags: '', modules: [] },
      { environment: [], flags: '', modules: [{}] },
    ])
      expect(() => read(wrong)).toThrow('no valid freebsd');
    expect(() => read({ environment: [], flags: 'x', modules: [] })).toThrow('no such machine can be');
  });

  test('a damaged kernel is refused in one line, and never loops or runs out of memory', () => {
    const { config, images } = given({ kernel });
    const whole = images.first.bytes;
    for (let at = 0; at < 400; at++) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x80;
      const damaged = new MachineImages([{ role: 'kernel', name: 'K', bytes }]);
      try {
        bootPlan(config, boardByName('virt'), damaged, affinitiesOf(1));
      } catch (error) {
        expect(error).toMatchObject({ name: 'Failure' });
      }
    }
  });
});

test('64 MiB is what FreeBSD/armv7 maps as it begins', () => {
  const { kernel } = guestFiles('demo-freebsd-armv7');
  const images = new MachineImages([
    ...MachineImages.read({ kernel }).files,
    { role: 'module0', name: 'M', bytes: new Uint8Array(64 * 2 ** 20) },
  ]);
  const freebsd = { environment: [], flags: '', modules: [{ file: 'M', type: 'md_image' }] };
  const config = wholeConfig(images, { freebsd, memoryBytes: 256 * 2 ** 20 });
  expect(() => bootPlan(config, boardByName('virt'), images, affinitiesOf(1))).toThrow(
    /and its modules take 64 MiB; FreeBSD\/armv7 maps 64 MiB as it begins/,
  );
});

test('what FreeBSD alone is given is refused for other kernels', () => {
  expect(() => given({ guest: 'demo-arm64', env: ['a=b'] })).toThrow(/demo-arm64\.elf is no ELF of a FreeBSD kernel/);
});
