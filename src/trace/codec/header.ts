import { assert } from '../../base/assert.ts';
import { utf8Length } from '../../base/bytes.ts';
import type { Level } from '../events/event.ts';
import { tapeLimits } from '../limits.ts';
import { expect } from './damage.ts';
import { isMap, list, type Meta, type MetaMap, member, pack, unpack } from './msgpack.ts';

/** What the guest was started from: kernel, initrd, device tree, disks. */
export interface ImageInfo {
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Do image frames hold it? Otherwise the digest alone says which file is needed. */
  readonly embedded: boolean;
}

/** Where a disk came from, and whether the tape holds what the guest read of it; otherwise that file is needed. */
export interface DiskInfo {
  /** Its path, of one that is needed; else its name alone. */
  readonly file: string;
  readonly format: string;
  readonly embedded: boolean;
}

/** All that a replay needs to build the same machine. Nothing in it may depend on the host or on the time of day. */
export interface TapeHeader {
  /** Raised when the machine computes something else from the same inputs: an older tape then does not replay. */
  readonly semantics: number;
  readonly level: Level;
  /** The program and version that recorded. */
  readonly producer: string;
  /** The machine's configuration; its keys belong to src/machine. */
  readonly machine: MetaMap;
  readonly images: readonly ImageInfo[];
  /** Where the machine's disks came from, in their order. */
  readonly disks?: readonly DiskInfo[];
}

/** The payload of a header frame (FORMAT.md). */
export function encodeHeader(header: TapeHeader): Uint8Array {
  assert(header.images.length <= tapeLimits.imagesMax, 'too many images for a tape');
  const images = header.images.map(({ name, bytes, sha256, embedded }) => ({ name, bytes, sha256, embedded }));
  const { semantics, level, producer, machine } = header;
  const disks = header.disks?.map(({ file, format, embedded }) => ({ file, format, embedded }));
  return packMeta({ semantics, level, producer, machine, images, ...(disks ? { disks } : {}) });
}

/** Likewise, back. @throws Damage */
export function decodeHeader(payload: Uint8Array): TapeHeader {
  const map = unpackMeta(payload);
  const level = member.text(map, 'level');
  expect(level === 'inputs' || level === 'exits', `unknown level ${JSON.stringify(level.slice(0, 16))}`);
  const images = list(map.images, tapeLimits.imagesMax, 'images').map((image): ImageInfo => {
    expect(isMap(image), 'an image is no map');
    const sha256 = member.text(image, 'sha256');
    expect(/^[0-9a-f]{64}$/.test(sha256), 'sha256 is no digest');
    const name = member.text(image, 'name');
    expect(utf8Length(name) <= tapeLimits.imageNameBytesMax, 'the name of an image is too long');
    const bytes = member.count(image, 'bytes', tapeLimits.imageBytesMax);
    return { name, bytes, sha256, embedded: member.flag(image, 'embedded') };
  });
  expect(new Set(images.map((image) => image.name)).size === images.length, 'two images of one name');
  const total = images.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total <= tapeLimits.imagesTotalBytesMax, `images of ${total} bytes in all`);
  const producer = member.text(map, 'producer');
  expect(utf8Length(producer) <= tapeLimits.producerBytesMax, 'the name of the producer is too long');
  return {
    semantics: member.count(map, 'semantics'),
    level,
    producer,
    machine: member.map(map, 'machine'),
    images,
    ...('disks' in map ? { disks: decodeDisks(map.disks) } : {}),
  };
}

function decodeDisks(value: Meta | undefined): DiskInfo[] {
  return list(value, tapeLimits.disksMax, 'disks').map((disk): DiskInfo => {
    expect(isMap(disk), 'a disk is no map');
    const [file, format] = [member.text(disk, 'file'), member.text(disk, 'format')];
    expect(utf8Length(file) <= tapeLimits.diskFileBytesMax, "the name of a disk's file is too long");
    return { file, format, embedded: member.flag(disk, 'embedded') };
  });
}

/** Where a tape begins that does not begin with the machine as it is built (FORMAT.md, "Begin"). */
export interface TapeBegin {
  readonly icount: number;
}
/** The payload of a begin frame. */
export const encodeBegin = ({ icount }: TapeBegin): Uint8Array => pack({ icount });
/** Likewise, back. @throws Damage */
export const decodeBegin = (payload: Uint8Array): TapeBegin => ({
  icount: member.count(unpackMeta(payload), 'icount'),
});

/** A map in a frame of its own: the header, or host information. */
export function packMeta(map: MetaMap): Uint8Array {
  const payload = pack(map);
  assert(payload.length <= tapeLimits.metaBytesMax, `${payload.length} bytes of configuration are too many for a tape`);
  return payload;
}

/** A map of a bounded size, for what is not events. @throws Damage */
export function unpackMeta(payload: Uint8Array): MetaMap {
  expect(payload.length <= tapeLimits.metaBytesMax, 'too much configuration');
  const map = unpack(payload, tapeLimits.msgpackValuesMax.meta);
  expect(isMap(map), 'the configuration is no map');
  return map;
}
