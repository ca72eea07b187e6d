import { Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/host/system-error.ts';
import type { ControlAnswer } from './answers.ts';
import { connectTo, isRefused } from './connect.ts';
import { ANSWER_BYTES_MAX, type Reply } from './protocol.ts';
import type { ControlRequest } from './request.ts';

/** A VM answers between two pieces of its run, some hundredths of a second apart; a checkpoint takes longer. */
const ANSWER_MS_MAX = 120_000;
const NO_ANSWER = 'the VM does not answer; is its process stopped?';

/** Asks a VM by its control socket. @throws Failure where nobody answers, or the answer is that it cannot be done */
export async function askVm(path: string, request: ControlRequest): Promise<ControlAnswer> {
  const socket = await connectTo(path, ANSWER_MS_MAX).catch((error: unknown) => {
    throw new Failure(`${path}: ${whyNotConnected(error)}`);
  });
  const line = await new Promise<string>((done, fail) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const refuse = (why: string): void => {
      socket.destroy();
      fail(new Failure(`${path}: ${why}`));
    };
    socket.setTimeout(ANSWER_MS_MAX, () => refuse(NO_ANSWER));
    socket.on('error', (error) => refuse(systemError(error)));
    socket.on('data', (data: Buffer) => {
      bytes += data.length;
      if (bytes > ANSWER_BYTES_MAX) refuse('no VM of hypertape answers there');
      else pieces.push(data);
    });
    socket.on('end', () => done(Buffer.concat(pieces).toString('utf8')));
    socket.end(`${JSON.stringify(request)}\n`);
  });
  const reply = replyIn(line);
  if (reply === undefined)
    throw new Failure(
      line === '' ? `${path}: the VM ended before it answered` : `${path}: no VM of hypertape answers there`,
    );
  if ('error' in reply) throw new Failure(reply.error);
  return reply.ok;
}

function whyNotConnected(error: unknown): string {
  if (isRefused(error)) return 'nobody listens there: its VM has ended; a new run with --ctl takes its place';
  return (error as Error).name === 'AbortError' ? NO_ANSWER : systemError(error);
}

function replyIn(line: string): Reply | undefined {
  try {
    const reply = JSON.parse(line) as unknown;
    if (typeof reply !== 'object' || reply === null) return undefined;
    if ('error' in reply && typeof reply.error === 'string') return { error: reply.error };
    return 'ok' in reply && typeof reply.ok === 'object' ? (reply as Reply) : undefined;
  } catch {
    return undefined;
  }
}
