import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server's path is there a moment before it listens: who waits for the one may come too early for the other. */
const LISTENS_MS_MAX = 250;
const NAP_MS = 25;

/** Connects to a control socket. @throws what the system says, of which `isRefused` tells that nobody listens; AbortError: nobody answers in time */
export async function connectTo(path: string, timeoutMs: number): Promise<Socket> {
  const last = performance.now() + LISTENS_MS_MAX;
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
      return socket;
    } catch (error) {
      socket.destroy();
      if (!isRefused(error) || performance.now() > last) throw error;
    }
    await sleep(NAP_MS);
  }
}

/** Whether a connection failed because nobody listens. */
export const isRefused = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
