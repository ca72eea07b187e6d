import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../../src/base/failure.ts';
import type { GuestArch } from '../../../src/machine/arch.ts';
import { benchCompilers } from './image.ts';

/** Loops of loops-*.S: what each does, and its rounds or, of those that poll the counter, its instructions. */
export const loops = {
  counter: { what: 'polls the virtual counter', count: 400_000_000 },
  barrier: { what: 'the same behind an ISB', count: 400_000_000 },
  register: { what: 'reads a register that traps', count: 2_000_000 },
  device: { what: 'reads a register of the UART', count: 2_000_000 },
  store: { what: 'writes one', count: 2_000_000 },
  call: { what: 'calls the firmware', count: 2_000_000 },
} as const;
/** One of them, by its name. */
export type Loop = keyof typeof loops;
/** All, in the order in which they are run. */
export const loopNames = Object.keys(loops) as Loop[];

const FLAGS = ['-nostdlib', '-static', '-Wl,--build-id=none', '-Wl,-Ttext=0x40080000'];
/** RAM's base of board `virt` is 0x4000_0000. */
const CPU: { readonly [A in GuestArch]: readonly string[] } = {
  arm64: ['-mcpu=cortex-a57'],
  armv7: ['-mcpu=cortex-a15', '-mfloat-abi=soft'],
};

/** A loop as a kernel, built into a folder; undefined where there is no cross compiler. */
export function loopKernel(folder: string, arch: GuestArch, loop: Loop): string | undefined {
  const source = fileURLToPath(new URL(`loops-${arch}.S`, import.meta.url));
  const { program } = benchCompilers[arch];
  const path = join(folder, `${loop}-${arch}.elf`);
  const defines = [`-D${loop.toUpperCase()}`, `-DCOUNT=${loops[loop].count}`];
  const built = spawnSync(program, [...FLAGS, ...CPU[arch], ...defines, '-o', path, source], { encoding: 'utf8' });
  if (built.error) return undefined;
  if (built.status !== 0)
    throw new Failure(`bench: ${program} cannot build ${source}: ${built.stderr.trim().split('\n')[0]}`);
  return path;
}
