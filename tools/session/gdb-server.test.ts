import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { DebugRun } from '../../src/debug/debuggee.ts';
import { Monitor } from '../../src/debug/monitor.ts';
import { FakeDebuggee } from '../../src/debug/stub.fixture.ts';
import { GdbServer } from './gdb-server.ts';

const SLOW_MS = 300;
/** A machine whose runs go on until they are interrupted, each slice for longer than who connects is let wait. */
class SlowDebuggee extends FakeDebuggee {
  override run(): DebugRun {
    let isInterrupted = false;
    return {
      interrupt: () => {
        isInterrupted = true;
      },
      slice: () => {
        for (const begin = performance.now(); performance.now() - begin < SLOW_MS; );
        return isInterrupted ? { kind: 'interrupted' } : undefined;
      },
    };
  }
}

/** A server of this process, ended with the test; its port. */
async function served(): Promise<number> {
  const server = new GdbServer(new SlowDebuggee(), new Monitor([]));
  return await new Promise((resolve) => {
    const ended = server.listen({ host: '127.0.0.1', port: 0 }, (listening) =>
      resolve(Number(listening.split(':')[1])),
    );
    onTestFinished(async () => {
      server.close();
      await ended;
    });
  });
}
async function connected(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}
const isServed = async (port: number): Promise<void> => {
  const socket = await connected(port, '$qC#b4');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  await Promise.race([vi.waitFor(() => expect(text).toBe('+$QC1#c5'), { timeout: 20_000 }), once(socket, 'close')]);
  expect(text).toBe('+$QC1#c5');
};

test('who connects when the one before has gone is served, however busy the machine is', async () => {
  const port = await served();
  const before = await connected(port, '+$c#63');
  // It runs by now.
  await new Promise((resolve) => setTimeout(resolve, 2 * SLOW_MS));
  before.destroy();
  await isServed(port);
});

test('who has gone before its turn came is not waited for', async () => {
  const port = await served();
  const first = await connected(port, '$qC#b4');
  await once(first, 'data');
  const second = await connected(port, '$qC#b4');
  second.destroy();
  first.write('+$D#44');
  await once(first, 'close');
  await isServed(port);
});
