import { createServer, type Server, type Socket } from 'node:net';
import { Failure } from '../../src/base/failure.ts';
import type { Debuggee } from '../../src/debug/debuggee.ts';
import type { Monitor } from '../../src/debug/monitor.ts';
import { GdbStub } from '../../src/debug/stub.ts';
import { systemError } from '../../src/host/system-error.ts';
import { numberOf } from './numbers.ts';
import { print, say } from './standard-output.ts';

/** Bytes that wait to be sent: a client that lets more come together does not read. */
const UNSENT_BYTES_MAX = 16 * 2 ** 20;
/** How often a guest that runs by itself is looked at. */
const LOOK_MS = 2;
/** How long a debugger that connects waits for the end of the one before to be heard of. */
const GOING_MS = 200;
const LOOPBACK = '127.0.0.1';
const PORT_MAX = 0xffff;

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `PORT` or `HOST:PORT`, as GDB's users know it; port 0 is any that is free. @throws Failure where it is neither */
export function listenAddress(text: string): ListenAddress {
  const [, host = '', port = ''] = /^(?:\[?([^\]]*?)\]?:)?([0-9]+)$/.exec(text) ?? [];
  const number = port === '' ? Number.NaN : numberOf('--listen', port);
  if (!(number <= PORT_MAX)) throw new Failure(`--listen ${text}: give PORT or HOST:PORT, as 127.0.0.1:1234`);
  return { host: host === '' ? LOOPBACK : host, port: number };
}

/** One client's bytes. */
interface Link {
  readonly onData: (take: (bytes: Uint8Array) => void) => void;
  readonly onClose: (gone: () => void) => void;
  readonly send: (bytes: Uint8Array) => boolean;
  readonly isGone: () => boolean;
  /** With what was sent, unless the client is one that does not take it. */
  readonly close: (isRefused: boolean) => void;
}

/** Serves debuggers, one after the other. */
export class GdbServer {
  readonly #debuggee: Debuggee;
  readonly #monitor: Monitor;
  readonly #closed: Promise<void>;
  #close: () => void = () => {};
  #fail: (fault: unknown) => void = () => {};
  #link: Link | undefined;
  #stub: GdbStub | undefined;
  #session: Promise<unknown> = Promise.resolve();

  constructor(debuggee: Debuggee, monitor: Monitor) {
    this.#debuggee = debuggee;
    this.#monitor = monitor;
    this.#closed = new Promise((resolve, reject) => {
      this.#close = resolve;
      this.#fail = reject;
    });
  }

  /** Asks the server to end. */
  close(): void {
    this.#close();
  }

  /** The debugger has been told how the run at hand has ended. */
  async told(): Promise<void> {
    while (this.#stub?.isRunning === true) await new Promise((next) => setTimeout(next, LOOK_MS));
  }

  /**
   * Listens until it is told to end, by a debugger's `kill` or by `close`. `tell` is told where, once it does.
   * @throws Failure where it cannot
   */
  async listen(
    { host, port }: ListenAddress,
    tell: (listening: string) => void = (listening) => print(`listening on ${listening}`),
  ): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => void this.#accept(socket).catch(this.#fail));
    const listening = await opened(server, host, port);
    tell(listening);
    if (host !== LOOPBACK && host !== '::1' && host !== 'localhost')
      say(`whoever reaches ${listening} can read the guest; without --listen it is this machine alone`);
    await this.#closed;
    server.close();
    this.#stub?.leave();
  }
  async #accept(socket: Socket): Promise<void> {
    // What a connection dies of is its end, and no more.
    socket.on('error', () => {});
    while (this.#link !== undefined) {
      // That the one before has gone may not have been heard yet.
      if (!this.#link.isGone()) await new Promise((next) => setTimeout(next, GOING_MS));
      if (this.#link !== undefined && !this.#link.isGone()) {
        socket.destroy();
        say('a second debugger was turned away: there is one at a time');
        return;
      }
      // The machine of the one before comes to rest.
      await this.#session;
    }
    const end = await this.#serve({
      isGone: () => socket.destroyed,
      onData: (take) => void socket.on('data', take),
      onClose: (gone) => void socket.on('close', gone),
      send: (bytes) => {
        if (!socket.writable) return true;
        socket.write(bytes);
        return socket.writableLength <= UNSENT_BYTES_MAX;
      },
      close: (isRefused) => void (isRefused ? socket.destroy() : socket.end()),
    });
    if (end === 'killed') this.close();
  }

  /** One debugger that has started this program and talks by way of standard input and output (`target remote |`). */
  async standardStreams(): Promise<void> {
    const { stdin, stdout } = process;
    stdout.on('error', () => this.close());
    await Promise.race([
      this.#serve({
        onData: (take) => void stdin.on('data', take),
        onClose: (gone) => void stdin.on('end', gone),
        send: (bytes) => {
          stdout.write(bytes);
          return stdout.writableLength <= UNSENT_BYTES_MAX;
        },
        isGone: () => stdin.readableEnded,
        close: () => void stdin.pause(),
      }),
      this.#closed,
    ]);
  }

  /** One session, until it or its connection ends. Runs go in slices, so that what comes meanwhile is heard. */
  #serve(link: Link): Promise<GdbStub['end']> {
    this.#link = link;
    const session = new Promise<GdbStub['end']>((resolve, reject) => {
      const stub = new GdbStub(this.#debuggee, {
        send: link.send,
        tell: say,
        monitor: (line, answer) => this.#monitor.execute(line, answer),
      });
      this.#stub = stub;
      let isPumping = false;
      const pump = async (): Promise<void> => {
        if (isPumping) return;
        isPumping = true;
        while (stub.isRunning) {
          // A guest that runs by itself is only looked at.
          await new Promise<void>((next) => {
            if (this.#debuggee.runsItself) setTimeout(next, LOOK_MS);
            else setImmediate(next);
          });
          stub.work();
        }
        isPumping = false;
        if (stub.end === undefined) return;
        this.#link = undefined;
        if (stub.end !== 'killed') this.#debuggee.release();
        link.close(stub.end === 'refused');
        resolve(stub.end);
      };
      link.onData((bytes) => {
        if (stub.end !== undefined) return;
        stub.receive(bytes);
        pump().catch(reject);
      });
      link.onClose(() => {
        stub.leave();
        pump().catch(reject);
      });
    });
    this.#session = session;
    return session;
  }
}

async function opened(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Failure(`cannot listen on ${host}:${port}: ${systemError(error)}; choose another with --listen`)),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address');
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${name}:${address.port}`;
}
