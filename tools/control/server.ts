import { chmodSync, lstatSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { Failure } from '../../src/base/failure.ts';
import { systemError } from '../../src/host/system-error.ts';
import { connectTo, isRefused } from './connect.ts';
import { ANSWER_BYTES_MAX, REQUEST_BYTES_MAX, type Reply } from './protocol.ts';
import { type ControlRequest, requestOf } from './request.ts';

/** What somebody asks, and the way back to them; to be answered once. */
export interface Asked {
  readonly request: ControlRequest;
  readonly reply: (reply: Reply) => void;
}

const CONNECTIONS_MAX = 16;
/** A line is to be sent, and an answer to be taken, within this time. */
const TRANSFER_MS_MAX = 10_000;
/** A connection on which nothing is asked is closed. */
const IDLE_MS_MAX = 60_000;
/** How long the end of a run waits for answers to be taken. */
const CLOSING_MS_MAX = 1000;
/** What is there is asked so long whether somebody listens. */
const PROBE_MS_MAX = 2000;
/** sun_path of Linux's unix(7), with its final zero. */
const PATH_BYTES_MAX = 107;
/** Its owner alone. */
const MODE = 0o600;
const NEWLINE = 0x0a;

/** A VM's control socket: lines of JSON, one request and one reply each. Whoever is at the other end can but be answered, or be left. */
export class ControlServer {
  readonly #server: Server;
  readonly #links = new Set<Link>();

  private constructor(asked: (what: Asked) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const link = new Link(socket, asked);
      this.#links.add(link);
      socket.on('close', () => this.#links.delete(link));
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Listens at a path of the file system; a socket that nobody listens to any more is replaced. @throws Failure where it cannot */
  static async open(path: string, asked: (what: Asked) => void): Promise<ControlServer> {
    if (Buffer.byteLength(path) > PATH_BYTES_MAX)
      throw new Failure(`--ctl ${path}: a socket's path has at most ${PATH_BYTES_MAX} bytes; choose a shorter one`);
    await makeRoom(path);
    const control = new ControlServer(asked);
    // From its first moment on it is its owner's alone.
    const mask = process.umask(0o777 & ~MODE);
    try {
      await new Promise<void>((done, fail) => {
        control.#server.once('error', fail);
        control.#server.listen(path, done);
        process.umask(mask);
      });
      chmodSync(path, MODE);
    } catch (error) {
      throw new Failure(`--ctl ${path}: ${systemError(error)}; choose another place for the socket`);
    } finally {
      process.umask(mask);
    }
    control.#server.on('error', () => {});
    return control;
  }

  /** Takes the socket away. What was answered goes out first, as far as it is taken. */
  async close(): Promise<void> {
    this.#server.close();
    const closed = [...this.#links].map((link) => link.close());
    const late = new Promise((resolve) => setTimeout(resolve, CLOSING_MS_MAX).unref());
    await Promise.race([Promise.all(closed), late]);
    for (const link of this.#links) link.leave();
  }
}

/** @throws Failure where something is there that is not to be replaced */
async function makeRoom(path: string): Promise<void> {
  let stat: Stats | undefined;
  try {
    stat = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new Failure(`--ctl ${path}: ${systemError(error)}; choose another place for the socket`);
  }
  if (stat === undefined) {
    // What a system says of a socket is less clear.
    if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new Failure(`--ctl ${path}: there is no such folder; choose another place for the socket`);
    return;
  }
  if (!stat.isSocket()) throw new Failure(`--ctl ${path}: that is there already, and no socket; give another name`);
  if (await isLive(path)) throw new Failure(`--ctl ${path}: a VM listens there already; give another name`);
  try {
    unlinkSync(path);
  } catch (error) {
    throw new Failure(`--ctl ${path}: ${systemError(error)}; choose another place for the socket`);
  }
}

/** Whether somebody listens; whoever does not say so clearly does. */
const isLive = (path: string): Promise<boolean> =>
  connectTo(path, PROBE_MS_MAX).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    (error: unknown) => !isRefused(error),
  );

/** One connection: a line is taken when the one before is answered and the answer is gone. */
class Link {
  readonly #socket: Socket;
  readonly #asked: (what: Asked) => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isBusy = false;
  #isEnded = false;
  #limit: NodeJS.Timeout | undefined;

  constructor(socket: Socket, asked: (what: Asked) => void) {
    this.#socket = socket;
    this.#asked = asked;
    // What a connection dies of is its end, and no more.
    socket.on('error', () => this.leave());
    socket.setTimeout(IDLE_MS_MAX, () => {
      if (!this.#isBusy) this.leave();
    });
    socket.on('data', (data: Buffer) => this.#take(data));
    socket.on('end', () => {
      this.#isEnded = true;
      this.#next();
    });
    socket.on('close', () => clearTimeout(this.#limit));
  }

  leave(): void {
    clearTimeout(this.#limit);
    this.#socket.destroy();
  }
  /** Resolves when it is closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.on('close', () => resolve());
      this.#socket.end(() => this.leave());
    });
  }

  #take(data: Buffer): void {
    this.#pieces.push(data);
    this.#bytes += data.length;
    if (!this.#isBusy) this.#next();
  }
  /** The next line, where there is a whole one. */
  #next(): void {
    if (this.#isBusy) return;
    const all = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    const end = all.indexOf(NEWLINE);
    const length = end < 0 ? all.length : end;
    if (length > REQUEST_BYTES_MAX) {
      this.#answer({ error: `a request has at most ${REQUEST_BYTES_MAX} bytes` }, true);
      return;
    }
    this.#pieces = end < 0 ? [all] : [all.subarray(end + 1)];
    this.#bytes = end < 0 ? all.length : all.length - end - 1;
    if (end >= 0) this.#request(all.toString('utf8', 0, end));
    else if (this.#isEnded) this.#socket.end();
    else if (this.#bytes > 0) this.#within();
  }
  /** The transfer at hand is through in time, or the connection ends. */
  #within(): void {
    this.#limit ??= setTimeout(() => this.leave(), TRANSFER_MS_MAX).unref();
  }
  #inTime(): void {
    clearTimeout(this.#limit);
    this.#limit = undefined;
  }

  #request(line: string): void {
    this.#inTime();
    this.#isBusy = true;
    // What comes meanwhile waits in the system.
    this.#socket.pause();
    let request: ControlRequest;
    try {
      request = requestOf(JSON.parse(line));
    } catch (error) {
      const why = error instanceof Failure ? error.message : 'a request is a line of JSON: {"cpu": N, "commands": {…}}';
      this.#answer({ error: why });
      return;
    }
    this.#asked({ request, reply: (reply) => this.#answer(reply) });
  }
  #answer(reply: Reply, isLast = false): void {
    if (this.#socket.destroyed) return;
    this.#isBusy = true;
    const text = `${JSON.stringify(reply)}\n`;
    const line =
      Buffer.byteLength(text) <= ANSWER_BYTES_MAX ? text : '{"error":"the answer is too long; ask for less"}\n';
    this.#within();
    this.#socket.write(line, () => {
      this.#inTime();
      this.#isBusy = false;
      if (isLast) this.#socket.end(() => this.leave());
      else {
        this.#socket.resume();
        this.#next();
      }
    });
  }
}
