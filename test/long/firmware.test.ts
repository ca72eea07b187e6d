// Debian's U-Boot and EDK2, unmodified, from flash: to their prompts, where they run commands and keep variables, and on to Debian's
// kernel from a virtio disk and by fw_cfg; recorded and replayed with every event checked.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fatDisk } from '../support/fat.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';
import { armv7Grub, fetchedFirmware } from '../support/firmware.fixture.ts';

const MAX = ['--max-icount', '20G'];

/** Records, replays, and gives what the console showed. */
function recorded(folder: string, ...args: string[]): { outcome: unknown; console: string } {
  const tape = join(folder, 'boot.tape');
  const run = hypertapeJson(['record', '-o', tape, ...args, ...MAX, '--console', `file:${tape}.console`]);
  const replay = hypertapeJson(['replay', tape, '--console', `file:${tape}.replayed`]);
  expect(replay).toMatchObject({ verified: true, eventsChecked: run.events, stateHash: run.stateHash });
  const console = readFileSync(`${tape}.console`, 'utf8');
  expect(readFileSync(`${tape}.replayed`, 'utf8')).toBe(console);
  return { outcome: run.outcome, console };
}

function script(folder: string, ...lines: readonly string[]): string[] {
  const path = join(folder, 'input');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return ['--input', path];
}
/** Each command at the prompt before it. */
const commands = (prompt: string, end: string, ...texts: readonly string[]): string[] =>
  texts.flatMap((text) => [`expect ${prompt}`, `send ${text}${end}`]);

describe.each(['arm64', 'armv7'] as const)('%s', (arch) => {
  it('U-Boot runs commands and saves its environment to flash', (context) => {
    const firmware = fetchedFirmware(context, `u-boot-${arch}`);
    const folder = testFolder();
    const typed = commands('=> ', '', 'flinfo', 'setenv greeting hello; saveenv', 'printenv greeting', 'poweroff');
    const input = script(folder, 'expect Hit any key', 'send ', ...typed);
    const { outcome, console } = recorded(folder, '--firmware', firmware, ...input);
    expect(outcome).toBe('poweroff');
    // As under QEMU.
    expect(console).toContain('Bank # 1: CFI conformant flash (16 x 16)  Size: 32 MB in 256 Sectors');
    expect(console).toContain('Intel Extended command set, Manufacturer ID: 0x89, Device ID: 0x0018');
    expect(console).toMatch(/Writing to Flash\.\.\. done\r?\n/);
    expect(console).toContain('greeting=hello');
  });

  it('EDK2 comes to its shell and keeps a variable in flash', (context) => {
    const firmware = fetchedFirmware(context, `edk2-${arch}`);
    const folder = testFolder();
    const guid = '11111111-2222-3333-4444-555555555555';
    const set = `setvar Greeting -guid ${guid} -nv -bs =4142`;
    const typed = commands('Shell>', '\\r', 'ver', set, `dmpstore -guid ${guid}`, 'reset -s');
    const input = script(folder, 'expect Press ', 'send \\e', ...typed);
    const { outcome, console } = recorded(folder, '--firmware', firmware, ...input);
    expect(outcome).toBe('poweroff');
    expect(console).toContain('UEFI Interactive Shell');
    expect(console).toContain('00000000: 41 42');
  });
});

const APPEND = 'console=ttyAMA0';

const boots = [
  { firmware: 'u-boot-arm64', guest: 'debian-arm64-cloud', memory: '512M', until: 'Linux version' },
  { firmware: 'edk2-arm64', guest: 'debian-arm64-cloud', memory: '512M', until: 'Linux version' },
  { firmware: 'u-boot-armv7', guest: 'debian-armv7', memory: '512M', until: 'GUEST-READY' },
  // With 512M GRUB puts the initrd right behind the kernel, whose decompressor takes the 64 KiB behind itself for its heap without asking EFI.
  { firmware: 'edk2-armv7', guest: 'debian-armv7', memory: '1G', until: 'GUEST-READY' },
] as const;

describe.each(boots)('$firmware', ({ firmware: name, guest, memory, until }) => {
  it('boots a kernel from a virtio disk', (context) => {
    const firmware = fetchedFirmware(context, name);
    const { arch, kernel, initrd = '' } = fetched(context, guest);
    const isArm64 = arch === 'arm64';
    const grub = isArm64 ? fetchedFirmware(context, 'grub-arm64') : armv7Grub(context);
    const folder = testFolder();
    const disk = join(folder, 'disk.img');
    const linux = `linux /vmlinuz ${APPEND}\n initrd /initrd\n`;
    const files = {
      vmlinuz: readFileSync(kernel),
      initrd: readFileSync(initrd),
      'extlinux/extlinux.conf': Buffer.from(
        `default l0\ntimeout 1\nlabel l0\n linux /vmlinuz\n initrd /initrd\n append ${APPEND}\n`,
      ),
      [`EFI/BOOT/BOOT${isArm64 ? 'AA64' : 'ARM'}.EFI`]: readFileSync(grub),
      'EFI/debian/grub.cfg': Buffer.from(`set timeout=0\nmenuentry Debian {\n ${linux}}\n`),
    };
    writeFileSync(disk, fatDisk(files));
    const machine = ['--firmware', firmware, '--memory', memory, '--disk', `${disk},ro`];
    const { outcome, console } = recorded(folder, ...machine, '--until', until);
    expect(outcome).toBe('until');
    expect(console).toContain(name.startsWith('edk2') ? 'Welcome to GRUB' : 'Found /extlinux/extlinux.conf');
    // The kernel is on no image of the tape: its names are read where it lies in memory.
    const symbol = ['--symbol', 'pl011_console_putchar', '--class', 'mmio-write', '--limit', '1'];
    const { stdout } = hypertape(['events', join(folder, 'boot.tape'), ...symbol]);
    expect(stdout).toMatch(/ pl011_console_putchar\+0x/);
  });
});

it('EDK2 boots a kernel that fw_cfg has, to its user land', (context) => {
  const firmware = fetchedFirmware(context, 'edk2-arm64');
  const { kernel, initrd = '' } = fetched(context, 'debian-arm64-cloud');
  const given = ['--firmware', firmware, '--kernel', kernel, '--initrd', initrd, '--append', `${APPEND} quiet`];
  expect(recorded(testFolder(), ...given, '--until', 'GUEST-READY').outcome).toBe('until');
});
