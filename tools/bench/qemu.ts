import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/base/failure.ts';
import type { GuestArch } from '../../src/machine/arch.ts';
import type { BenchGuest } from './job.ts';
import { during } from './measure.ts';

/** QEMU's machine that comes closest to each of ours. */
const peers: { readonly [A in GuestArch]: { readonly program: string; readonly machine: readonly string[] } } = {
  arm64: { program: 'qemu-system-aarch64', machine: ['-M', 'virt,gic-version=3', '-cpu', 'cortex-a57'] },
  armv7: { program: 'qemu-system-arm', machine: ['-M', 'virt,gic-version=2', '-cpu', 'cortex-a15'] },
};
const CONNECT_TRIES = 100;
const CONNECT_PAUSE_MS = 50;

/**
 * `tcg`: as fast as it goes, with a thread for each vCPU; `one-thread`: the same with one for all; the others count instructions, as
 * ours always do, and refuse several vCPUs.
 */
export type QemuMode = 'tcg' | 'one-thread' | 'record' | 'replay';
const timing = (mode: QemuMode, log: string): readonly string[] => {
  if (mode === 'tcg') return ['-accel', 'tcg,thread=multi'];
  if (mode === 'one-thread') return ['-accel', 'tcg,thread=single'];
  return ['-icount', `shift=0,rr=${mode},rrfile=${log}`];
};

/** The program of QEMU for an architecture. */
export const qemuProgram = (arch: GuestArch): string => peers[arch].program;

/** First line of `--version`; undefined where QEMU is not installed. */
export function qemuVersion(arch: GuestArch): string | undefined {
  const { status, stdout } = spawnSync(qemuProgram(arch), ['--version'], { encoding: 'utf8' });
  return status === 0 ? /version ([^\s]+)/.exec(stdout)?.[1] : undefined;
}

/** One instruction a nanosecond, as here; no hypervisor. */
export function qemuArguments(guest: BenchGuest, mode: QemuMode, log: string): string[] {
  const machine = [...peers[guest.arch].machine, '-m', '512', '-smp', String(guest.vcpus ?? 1)];
  const devices = ['-nodefaults', '-display', 'none', '-net', 'none', '-serial', 'stdio'];
  const initrd = guest.initrd === undefined ? [] : ['-initrd', guest.initrd];
  const images = ['-kernel', guest.kernel, ...initrd, '-append', guest.append];
  return [...machine, ...devices, ...images, ...timing(mode, log)];
}

/** The name of the snapshot that a recording with a disk begins with. */
const SNAPSHOT = 'init';
/** The same with a disk to keep a snapshot in: only such a recording goes backwards (QEMU docs/system/replay.rst). */
export const reversibleArguments = (
  guest: BenchGuest,
  mode: 'record' | 'replay',
  log: string,
  disk: string,
): string[] =>
  qemuArguments(guest, mode, `${log},rrsnapshot=${SNAPSHOT}`).concat('-drive', `file=${disk},if=none,id=snapshots`);

/** Waits until a program has made its socket, or long enough. */
export async function untilThere(path: string): Promise<void> {
  for (let i = 0; i < CONNECT_TRIES && !existsSync(path); i++) await sleep(CONNECT_PAUSE_MS);
}

/** Instructions of a recording: by a replay that stops at its end, asked through the monitor. */
export async function recordedInstructions(guest: BenchGuest, log: string, folder: string): Promise<number> {
  const path = join(folder, 'qmp');
  const program = qemuProgram(guest.arch);
  const monitor = ['-action', 'shutdown=pause', '-qmp', `unix:${path},server=on,wait=off`];
  return await during(program, [...qemuArguments(guest, 'replay', log), ...monitor], async (child) => {
    child.stdout?.resume();
    await untilThere(path);
    const socket = connect(path);
    try {
      return await askAtShutdown(socket, program);
    } finally {
      socket.destroy();
    }
  });
}

interface Message {
  readonly event?: string;
  readonly return?: unknown;
}

/** QMP: waits for the guest's shutdown, then asks `info replay`. */
function askAtShutdown(socket: Socket, program: string): Promise<number> {
  const send = (execute: string, args?: object): void => {
    socket.write(`${JSON.stringify({ execute, ...(args ? { arguments: args } : {}) })}\n`);
  };
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    createInterface({ input: socket }).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if ('QMP' in message) send('qmp_capabilities');
      else if (message.event === 'STOP') send('human-monitor-command', { 'command-line': 'info replay' });
      else if (typeof message.return === 'string') {
        const count = /instruction count = ([0-9]+)/.exec(message.return);
        if (count) resolve(Number(count[1]));
        else reject(new Failure(`bench: ${program} did not tell its instruction count: ${message.return.trim()}`));
      }
    });
  });
}
