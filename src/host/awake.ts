import { MessageChannel } from 'node:worker_threads';

/**
 * Waits for what the event loop knows nothing of, as V8's compilation of WebAssembly beside it: with nothing else to wait for, Node
 * would end the process.
 */
export function awake<T>(work: Promise<T>): Promise<T> {
  const { port1 } = new MessageChannel();
  port1.ref();
  return work.finally(() => port1.close());
}
