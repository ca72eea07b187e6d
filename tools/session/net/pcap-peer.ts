import { Failure } from '../../../src/base/failure.ts';
import { FRAME_BYTES_MAX, FRAME_BYTES_MIN } from '../../../src/devices/virtio/net.ts';
import { NET_CHANNEL } from '../../../src/machine/boards/virtio.ts';
import { readImage } from '../../../src/machine/loaders/read-image.ts';
import { macBytes } from '../../../src/machine/net-config.ts';
import type { NetMachine, NetPeer } from './peer.ts';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Of the four bytes that a file begins with: what a second's fraction is counted in, in nanoseconds (draft-ietf-opsawg-pcap, 4). */
const FRACTION_NS: { readonly [magic: number]: number } = { 2712847316: 1000, 2712812621: 1 };
const ETHERNET = 1;
const NS_PER_S = 1e9;
/** Counts of a run: what lies beyond is the time of day, and counted from the first frame on. */
const COUNT_MAX = 1e15;
const SOURCE_AT = 6;

/** A frame, and when it comes. */
export interface TimedFrame {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The frames of a pcap file, by ascending counts. @throws Failure where it is none */
export function readPcap(path: string): readonly TimedFrame[] {
  const { bytes: file } = readImage(path);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const refuse = (what: string): never => {
    throw new Failure(
      `--net replay:${path}: ${what}; give a pcap file of Ethernet frames ("export --to pcap" makes them)`,
    );
  };
  if (file.length < FILE_HEADER_BYTES) refuse('it is too short');
  const little = FRACTION_NS[view.getUint32(0, true)];
  const fractionNs = little ?? FRACTION_NS[view.getUint32(0, false)] ?? refuse('it does not begin as one');
  const isLittle = little !== undefined;
  const link = view.getUint32(20, isLittle) & 0xffff;
  if (link !== ETHERNET) refuse(`its frames are of link type ${link}, not Ethernet`);
  const frames: TimedFrame[] = [];
  for (let at = FILE_HEADER_BYTES; at < file.length; ) {
    if (at + RECORD_HEADER_BYTES > file.length) refuse(`it ends within the header of frame ${frames.length}`);
    const ns = view.getUint32(at, isLittle) * NS_PER_S + view.getUint32(at + 4, isLittle) * fractionNs;
    const bytes = view.getUint32(at + 8, isLittle);
    const from = at + RECORD_HEADER_BYTES;
    if (from + bytes > file.length) refuse(`it ends within frame ${frames.length}`);
    frames.push({ at: ns, bytes: file.subarray(from, from + bytes) });
    at = from + bytes;
  }
  const first = Math.min(...frames.slice(0, 1).map(({ at }) => at));
  const base = first > COUNT_MAX ? first : 0;
  return frames.map(({ at, bytes }) => ({ at: Math.max(0, at - base), bytes })).sort((a, b) => a.at - b.at);
}

/** Gives the guest the frames of a file, each at its count; those that the guest's own address sent are left out. */
export class PcapPeer implements NetPeer {
  readonly isLive = false;
  readonly #frames: readonly TimedFrame[];
  #next = 0;

  /** @throws Failure */
  constructor(path: string, mac: string) {
    const own = Buffer.from(macBytes(mac));
    const isOwn = (frame: Uint8Array): boolean => own.equals(frame.subarray(SOURCE_AT, SOURCE_AT + own.length));
    this.#frames = readPcap(path).filter(
      ({ bytes }) => bytes.length >= FRAME_BYTES_MIN && bytes.length <= FRAME_BYTES_MAX && !isOwn(bytes),
    );
  }
  get hasSome(): boolean {
    return this.#next < this.#frames.length;
  }
  nextAt({ icount, door }: NetMachine): number {
    const frame = this.#frames[this.#next];
    return frame !== undefined && (frame.at > icount || door.takes(NET_CHANNEL, frame.bytes))
      ? frame.at
      : Number.POSITIVE_INFINITY;
  }
  give({ icount, door }: NetMachine): void {
    for (let frame = this.#frames[this.#next]; frame !== undefined; frame = this.#frames[this.#next]) {
      if (frame.at > icount || !door.takes(NET_CHANNEL, frame.bytes)) return;
      door.offer(NET_CHANNEL, frame.bytes);
      this.#next++;
    }
  }
  send(): void {}
  wait(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {}
}
