import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseElf } from '../../../src/machine/loaders/elf.ts';
import { readElfSymbols } from '../../../src/replay/symbols/elf-symtab.ts';
import { hypertape } from '../../session/command-line.fixture.ts';

/** The compiler that the committed files were built with. */
const COMPILER = '12.2.0';
const ENTRY = 0x4008_0000;

const output = (command: string, ...args: string[]): string =>
  spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 }).stdout ?? '';
const hasMake = output('make', '--version') !== '';

describe.each([
  {
    name: 'demo-arm64',
    arch: 'arm64',
    compiler: 'aarch64-linux-gnu-gcc',
    qemu: 'qemu-system-aarch64',
    machine: '-M virt,gic-version=3 -cpu cortex-a57',
  },
  {
    name: 'demo-armv7',
    arch: 'armv7',
    compiler: 'arm-linux-gnueabihf-gcc',
    qemu: 'qemu-system-arm',
    machine: '-M virt,gic-version=2 -cpu cortex-a15',
  },
])('$name', ({ name, arch, compiler, qemu, machine }) => {
  const folder = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const path = join(folder, `${name}.elf`);
  const elf = readFileSync(path);

  test('is a small ELF that is entered at its first byte in RAM', () => {
    expect(elf.length).toBeLessThan(32 * 1024);
    const image = parseElf(elf, name);
    expect(image).toMatchObject({ arch, entry: ENTRY });
    expect(image.segments[0]?.at).toBe(ENTRY);
  });

  test('names its functions', () => {
    const symbols = readElfSymbols(elf, name);
    for (const function_ of ['main', 'console_put', 'timer_irq'])
      expect([function_, symbols?.find(function_).length]).toEqual([function_, 1]);
  });

  test.skipIf(output(compiler, '-dumpfullversion').trim() !== COMPILER || !hasMake)('is what its source gives', () => {
    const work = mkdtempSync(join(tmpdir(), `${name}-`));
    try {
      const built = join(work, 'demo.elf');
      output('make', '-s', '-C', folder, `WORK=${work}`, `OUT=${built}`);
      expect(readFileSync(built).equals(elf)).toBe(true);
    } finally {
      rmSync(work, { recursive: true });
    }
  });

  test('its prompt waits for as long as it takes where the command line says so', () => {
    const run = hypertape(['run', '--guest', name, '--append', 'a prompt=wait', '--memory', '32M'], 'ticks\roff\r');
    expect(run.stdout.replaceAll('\r', '')).toMatch(/demo> ticks\nphysical timer: 4\ndemo> off\nDEMO-DONE\n$/);
    const silent = hypertape(['run', '--guest', name, '--append', 'prompt=wait', '--memory', '32M']);
    expect(silent).toMatchObject({ status: 3, stdout: expect.stringMatching(/demo> $/) });
  });

  test.skipIf(output(qemu, '--version') === '')('prints console.txt under QEMU', () => {
    const devices = '-m 32 -nodefaults -display none -serial stdio';
    const console = output(qemu, ...machine.split(' '), ...devices.split(' '), '-kernel', path).replaceAll('\r', '');
    const kept = console.split('\n').filter((line) => !line.startsWith('machine:'));
    expect(kept.join('\n')).toBe(readFileSync(join(folder, 'console.txt'), 'utf8'));
  });
});

describe.each([
  { name: 'demo-smp', files: ['smp-arm64.elf', 'smp-armv7.elf'] },
  { name: 'demo-freebsd', files: ['freebsd-arm64.elf', 'freebsd-armv7.elf'] },
])('$name', ({ name, files }) => {
  const folder = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const compilers = ['aarch64-linux-gnu-gcc', 'arm-linux-gnueabihf-gcc'];
  const isBuildable = hasMake && compilers.every((one) => output(one, '-dumpfullversion').trim() === COMPILER);

  test.skipIf(!isBuildable)('is what its source gives', () => {
    const work = mkdtempSync(join(tmpdir(), `${name}-`));
    try {
      output('make', '-s', '-C', folder, `WORK=${work}/objects`, `OUT=${work}`);
      for (const file of files)
        expect(readFileSync(join(work, file)).equals(readFileSync(join(folder, file))), file).toBe(true);
    } finally {
      rmSync(work, { recursive: true });
    }
  });
});
