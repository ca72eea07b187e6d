import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type MachineConfig, RTC_EPOCH_DEFAULT } from '../machine/config.ts';
import { MachineImages } from '../machine/images.ts';
import { RunSession } from './record.ts';

const MiB = 2 ** 20;
const AT = 0x4020_0000;

/** A guest of a few instructions, entered where it is loaded. */
export const config: MachineConfig = {
  arch: 'arm64',
  board: 'virt',
  memoryBytes: 32 * MiB,
  vcpus: 1,
  gicVersion: 3,
  append: '',
  loadAddress: AT,
  entropySeed: 1n,
  rtcEpochSeconds: RTC_EPOCH_DEFAULT,
  timerPolicy: 'direct',
};

/** PSCI SYSTEM_OFF by HVC: mov w0, #0x84000008; hvc #0. */
const powerOff = [0x52b0_8000, 0x7280_0100, 0xd400_0002];
/** mov x2, #0x9000000: the UART. */
const uart = [0xd2a1_2002];
export const programs = {
  /** Ten instructions, then power-off. */
  short: [...new Array<number>(10).fill(0xd503_201f), ...powerOff],
  /** Waits for a byte at the UART, by polling; writes it back; powers off. */
  echo: [...uart, 0xb940_1841, 0x3727_ffe1, 0xb940_0043, 0xb900_0043, ...powerOff],
  /** Counts for ever: add x0, x0, #1; b .-4 */
  loop: [0x9100_0400, 0x17ff_ffff],
} as const;

export const imagesOf = (program: readonly number[]): MachineImages =>
  new MachineImages([{ role: 'kernel', name: 'a program', bytes: new Uint8Array(Uint32Array.from(program).buffer) }]);

/** A session that runs a program, onto a tape where there is a path. */
export function sessionOf(program: readonly number[], path?: string, changes: Partial<MachineConfig> = {}) {
  const output: number[] = [];
  const session = new RunSession({
    config: { ...config, ...changes },
    images: imagesOf(program),
    consoleOut: (byte) => void output.push(byte),
    ...(path === undefined ? {} : { tape: { path, level: 'exits', producer: 'hypertape test' } as const }),
  });
  return { session, output };
}

/** A file in a folder of the test's own. */
export function testFile(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-replay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

/** Records the echo of a byte that comes at a count; the tape's path. */
export function recordEcho(byte: string, at: number): { readonly path: string; readonly icount: number } {
  const path = testFile('echo.tape');
  const { session } = sessionOf(programs.echo, path);
  session.run(at);
  session.machine.input(Buffer.from(byte));
  const stop = session.run(Infinity);
  if (stop.kind !== 'ended') throw new Error('the guest powers off');
  session.finish(stop.outcome, stop.reason);
  return { path, icount: session.machine.icount };
}
