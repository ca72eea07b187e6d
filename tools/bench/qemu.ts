import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/base/failure.ts';
import type { BenchGuest } from './job.ts';

export const QEMU = 'qemu-system-aarch64';
const CONNECT_TRIES = 100;
const CONNECT_PAUSE_MS = 50;

/** `tcg`: as fast as it goes; the others count instructions, as ours always do. */
export type QemuMode = 'tcg' | 'record' | 'replay';

/** First line of `--version`; undefined where QEMU is not installed. */
export function qemuVersion(): string | undefined {
  const { status, stdout } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
  return status === 0 ? /version ([^\s]+)/.exec(stdout)?.[1] : undefined;
}

/** The machine that comes closest to ours: one instruction a nanosecond, no hypervisor. */
export function qemuArguments(guest: BenchGuest, mode: QemuMode, log: string): string[] {
  const machine = ['-M', 'virt,gic-version=3', '-cpu', 'cortex-a57', '-m', '512', '-smp', '1'];
  const devices = ['-nodefaults', '-display', 'none', '-net', 'none', '-serial', 'stdio'];
  const images = ['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', guest.append];
  const icount = mode === 'tcg' ? [] : ['-icount', `shift=0,rr=${mode},rrfile=${log}`];
  return [...machine, ...devices, ...images, ...icount];
}

/** Instructions of a recording: by a replay that stops at its end, asked through the monitor. */
export async function recordedInstructions(guest: BenchGuest, log: string, folder: string): Promise<number> {
  const path = join(folder, 'qmp');
  const monitor = ['-action', 'shutdown=pause', '-qmp', `unix:${path},server=on,wait=off`];
  const child = spawn(QEMU, [...qemuArguments(guest, 'replay', log), ...monitor], { stdio: 'ignore' });
  const gone = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Failure(`bench: ${QEMU} ended before it told its instruction count`)));
  });
  gone.catch(() => {});
  let socket: Socket | undefined;
  try {
    for (let i = 0; i < CONNECT_TRIES && !existsSync(path); i++) await sleep(CONNECT_PAUSE_MS);
    socket = connect(path);
    return await Promise.race([askAtShutdown(socket), gone]);
  } finally {
    socket?.destroy();
    child.kill();
  }
}

interface Message {
  readonly event?: string;
  readonly return?: unknown;
}

/** QMP: waits for the guest's shutdown, then asks `info replay`. */
function askAtShutdown(socket: Socket): Promise<number> {
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
        else reject(new Failure(`bench: ${QEMU} did not tell its instruction count: ${message.return.trim()}`));
      }
    });
  });
}
