import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseElf } from '../../../src/machine/loaders/elf.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const elf = readFileSync(join(folder, 'demo-arm64.elf'));
/** The compiler that the committed file was built with. */
const COMPILER = '12.2.0';

const output = (command: string, ...args: string[]): string =>
  spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 }).stdout ?? '';
const compiler = output('aarch64-linux-gnu-gcc', '-dumpfullversion').trim();
const hasMake = output('make', '--version') !== '';
const hasQemu = output('qemu-system-aarch64', '--version') !== '';

test('is a small ELF that is entered at its first byte in RAM', () => {
  expect(elf.length).toBeLessThan(32 * 1024);
  const image = parseElf(elf, 'demo-arm64.elf');
  expect(image.entry).toBe(0x4008_0000);
  expect(image.segments[0]?.at).toBe(0x4008_0000);
});

test.skipIf(compiler !== COMPILER || !hasMake)('is what its source gives', () => {
  const work = mkdtempSync(join(tmpdir(), 'demo-arm64-'));
  try {
    const built = join(work, 'demo.elf');
    output('make', '-s', '-C', folder, `WORK=${work}`, `OUT=${built}`);
    expect(readFileSync(built).equals(elf)).toBe(true);
  } finally {
    rmSync(work, { recursive: true });
  }
});

test.skipIf(!hasQemu)('prints console.txt under QEMU', () => {
  const machine = '-M virt,gic-version=3 -cpu cortex-a57 -m 128 -nodefaults -display none -serial stdio';
  const console = output(
    'qemu-system-aarch64',
    ...machine.split(' '),
    '-kernel',
    join(folder, 'demo-arm64.elf'),
  ).replaceAll('\r', '');
  const kept = console.split('\n').filter((line) => !line.startsWith('machine:'));
  expect(kept.join('\n')).toBe(readFileSync(join(folder, 'console.txt'), 'utf8'));
});
