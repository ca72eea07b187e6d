import { connect, type Socket } from 'node:net';
import { Failure } from '../../../src/base/failure.ts';
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN } from '../../../src/devices/virtio/net.ts';
import { systemError } from '../../../src/host/system-error.ts';
import { NET_CHANNEL } from '../../../src/machine/boards/virtio.ts';
import { say } from '../standard-output.ts';
import type { NetMachine, NetPeer } from './peer.ts';

const LENGTH_BYTES = 4;
/** What no peer sends: it speaks something else then. */
const LENGTH_MAX = 1 << 17;
/** Frames for the guest that are read ahead: beyond, the peer has to wait. */
const WAITING_MAX = 256;
/** Bytes for a peer that does not read: frames beyond are lost, as on any network. */
const UNSENT_BYTES_MAX = 4 * 2 ** 20;

/** Where a stream is: a path, or host and port. */
export type StreamAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * A peer that speaks the frames of QEMU's `-netdev stream`, each behind its length in four bytes, the highest first: passt, another QEMU.
 * A peer that stalls holds up nothing: what the guest sends is lost then, which no guest can tell.
 */
export class StreamPeer implements NetPeer {
  readonly #socket: Socket;
  readonly #frames: Uint8Array[] = [];
  #unread = Buffer.alloc(0);
  #isOpen = true;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => this.#take(data));
    socket.on('error', (error) => this.#end(systemError(error)));
    socket.on('close', () => this.#end('it has closed the connection'));
  }

  /** @throws Failure where nobody listens there */
  static open(address: StreamAddress): Promise<StreamPeer> {
    const name = 'path' in address ? address.path : `${address.host}:${address.port}`;
    return new Promise((resolve, reject) => {
      const socket = connect(address);
      const failed = (error: Error): void =>
        reject(
          new Failure(`--net stream:${name}: ${systemError(error)}; start what is to listen there, as passt, first`),
        );
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        resolve(new StreamPeer(socket));
      });
    });
  }

  get isLive(): boolean {
    return this.#isOpen;
  }
  get hasSome(): boolean {
    return this.#frames.length > 0;
  }
  nextAt(): number {
    return Number.POSITIVE_INFINITY;
  }
  give({ door }: NetMachine): void {
    for (let [frame] = this.#frames; frame !== undefined && door.takes(NET_CHANNEL, frame); [frame] = this.#frames) {
      door.offer(NET_CHANNEL, frame);
      this.#frames.shift();
    }
    this.#parse();
    if (this.#frames.length < WAITING_MAX && this.#socket.isPaused()) this.#socket.resume();
  }
  send(frame: Uint8Array): void {
    if (!this.#isOpen || this.#socket.writableLength > UNSENT_BYTES_MAX) return;
    const whole = Buffer.alloc(LENGTH_BYTES + frame.length);
    whole.writeUInt32BE(frame.length);
    whole.set(frame, LENGTH_BYTES);
    this.#socket.write(whole);
  }
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#wake = done;
    });
  }
  close(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, data]);
    this.#parse();
    if (this.#frames.length >= WAITING_MAX) this.#socket.pause();
    this.#wake?.();
  }
  #parse(): void {
    let at = 0;
    while (this.#frames.length < WAITING_MAX && this.#unread.length - at >= LENGTH_BYTES) {
      const length = this.#unread.readUInt32BE(at);
      if (length > LENGTH_MAX) {
        this.#unread = Buffer.alloc(0);
        this.#end(`it sends no frames (a length of ${length})`);
        return;
      }
      const end = at + LENGTH_BYTES + length;
      if (this.#unread.length < end) break;
      // No network carries what is too short or too long for it.
      if (length >= FRAME_BYTES_MIN && length <= FRAME_BYTES_MAX)
        this.#frames.push(Uint8Array.from(this.#unread.subarray(at + LENGTH_BYTES, end)));
      at = end;
    }
    this.#unread = this.#unread.subarray(at);
  }
  #end(why: string): void {
    if (!this.#isOpen) return;
    this.close();
    say(`--net: the guest's network has nobody at its other end any more: ${why}`);
    this.#wake?.();
  }
}
