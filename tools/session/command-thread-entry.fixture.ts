import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import v8 from 'node:v8';
import { type MessagePort, workerData } from 'node:worker_threads';
import type { CommandAsked } from './command-thread.fixture.ts';

/** The thread: what a command writes to the process's standard output and error is kept for who asked. */

const { port, answered } = workerData as { readonly port: MessagePort; readonly answered: Int32Array };
const texts: { [fd: number]: Buffer[] } = { 1: [], 2: [] };

const { writeSync } = fs;
fs.writeSync = ((fd: number, bytes: Uint8Array, offset: number, length: number, position?: number) => {
  const text = texts[fd];
  if (text === undefined) return writeSync(fd, bytes, offset, length, position);
  text.push(Buffer.from(bytes.subarray(offset, offset + length)));
  return length;
}) as typeof writeSync;
// Flags of V8 are the other threads', too.
v8.setFlagsFromString = () => undefined;
syncBuiltinESMExports();
for (const [fd, stream] of [
  [1, process.stdout],
  [2, process.stderr],
] as const)
  stream.write = (chunk: string | Uint8Array) => {
    texts[fd]?.push(Buffer.from(chunk as string));
    return true;
  };

const taken = (fd: number): string => Buffer.concat(texts[fd]?.splice(0) ?? []).toString();

function answer(status: number): void {
  port.postMessage({ status, stdout: taken(1), stderr: taken(2) });
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  answer(1);
});

const { run } = await import('../command-line.ts');
port.on('message', async ({ words, stdin }: CommandAsked) => {
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    value: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
  });
  answer(await run(words));
});
