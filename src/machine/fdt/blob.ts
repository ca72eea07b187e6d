import { alignUp, hex } from '../../base/bits.ts';
import { Failure } from '../../base/failure.ts';
import { MiB } from '../../base/limits.ts';
import { cString, type DeviceTree, type FdtNode, type Reservation } from './tree.ts';

// The flattened devicetree format, version 17 (Devicetree Specification v0.4, chapter 5): header 5.2, reservations 5.3, structure
// 5.4, strings 5.5, alignment 5.6. All fields are big-endian.
const MAGIC = 0xd00d_feed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
const RESERVATION_BYTES = 16;
const TOKEN = { beginNode: 1, endNode: 2, prop: 3, nop: 4, end: 9 } as const;

/** Linux maps no more (Documentation/arch/arm64/booting, "Setup the device tree"). */
export const deviceTreeBytesMax = 2 * MiB;
/** Deeper trees are taken for damage. */
const DEPTH_MAX = 64;
/** Longer names are taken for damage: the specification's longest is 31 (2.2.1, 2.2.4.1). */
const NAME_BYTES_MAX = 255;

class Output {
  #bytes = new Uint8Array(4096);
  length = 0;
  put(data: Uint8Array): void {
    this.#reserve(data.length);
    this.#bytes.set(data, this.length);
    this.length += data.length;
  }
  u32(value: number): void {
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setUint32(this.length, value);
    this.length += 4;
  }
  u64(value: bigint): void {
    this.u32(Number(value >> 32n));
    this.u32(Number(value & 0xffff_ffffn));
  }
  align(to: number): void {
    this.put(new Uint8Array(alignUp(this.length, to) - this.length));
  }
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/**
 * The blob of a tree: header, memory reservations, structure and strings, in this order (Devicetree Specification v0.4, 5.1).
 */
export function encodeDeviceTree(tree: DeviceTree): Uint8Array {
  const structure = new Output();
  const strings = new Output();
  const stringAt = new Map<string, number>();

  const emit = (node: FdtNode): void => {
    structure.u32(TOKEN.beginNode);
    structure.put(cString(node.name));
    structure.align(4);
    for (const [name, value] of node.properties) {
      if (!stringAt.has(name)) {
        stringAt.set(name, strings.length);
        strings.put(cString(name));
      }
      structure.u32(TOKEN.prop);
      structure.u32(value.length);
      structure.u32(stringAt.get(name) ?? 0);
      structure.put(value);
      structure.align(4);
    }
    for (const child of node.children) emit(child);
    structure.u32(TOKEN.endNode);
  };
  emit(tree.root);
  structure.u32(TOKEN.end);

  const reservations = new Output();
  for (const r of [...tree.reservations, { address: 0n, size: 0n }]) {
    reservations.u64(r.address);
    reservations.u64(r.size);
  }

  const structureAt = HEADER_BYTES + reservations.length;
  const stringsAt = structureAt + structure.length;
  const total = alignUp(stringsAt + strings.length, 8);
  const out = new Output();
  for (const field of [MAGIC, total, structureAt, stringsAt, HEADER_BYTES]) out.u32(field);
  for (const field of [VERSION, LAST_COMPATIBLE_VERSION, tree.bootCpu]) out.u32(field);
  for (const field of [strings.length, structure.length]) out.u32(field);
  for (const part of [reservations, structure, strings]) out.put(part.bytes());
  out.align(8);
  return out.bytes();
}

/** By its magic number (Devicetree Specification v0.4, 5.2). */
export const isDeviceTree = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_BYTES && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === MAGIC;

/**
 * Reads a blob.
 * @param name what the blob is called in messages, such as its file name
 * @throws Failure when it is no device tree, is damaged or too large
 */
export function decodeDeviceTree(blob: Uint8Array, name: string): DeviceTree {
  const damaged = (what: string): Failure =>
    new Failure(`${name}: damaged device tree: ${what}; check it with dtc -I dtb`);
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (!isDeviceTree(blob)) throw new Failure(`${name} is no device tree blob; compile a source with dtc -O dtb`);
  const field = (index: number): number => view.getUint32(index * 4);
  const total = field(1);
  if (total > blob.length) throw damaged(`it says ${total} bytes and has ${blob.length}`);
  if (total > deviceTreeBytesMax)
    throw new Failure(`${name}: a device tree of ${total} bytes; Linux takes at most ${deviceTreeBytesMax}`);
  if (field(5) < LAST_COMPATIBLE_VERSION || field(6) > VERSION)
    throw new Failure(
      `${name}: device tree version ${field(5)}; versions ${LAST_COMPATIBLE_VERSION} and ${VERSION} can be read`,
    );

  const word = (at: number): number => {
    if (at % 4 !== 0 || at + 4 > total) throw damaged(`it ends within a field at ${hex(at)}`);
    return view.getUint32(at);
  };
  const text = (at: number): { value: string; end: number } => {
    const bytes = blob.subarray(at, Math.min(total, at + NAME_BYTES_MAX + 1));
    const length = bytes.indexOf(0);
    if (length < 0) throw damaged(`a name at ${hex(at)} has no end`);
    return { value: String.fromCharCode(...bytes.subarray(0, length)), end: at + length + 1 };
  };

  const stringsAt = field(3);
  let at = field(2);
  const readNode = (depth: number): FdtNode => {
    if (depth > DEPTH_MAX) throw damaged(`nodes nested deeper than ${DEPTH_MAX}`);
    const { value: nodeName, end } = text(at);
    at = alignUp(end, 4);
    const properties = new Map<string, Uint8Array>();
    const children: FdtNode[] = [];
    for (;;) {
      const token = word(at);
      at += 4;
      if (token === TOKEN.endNode) return { name: nodeName, properties, children };
      if (token === TOKEN.beginNode) children.push(readNode(depth + 1));
      else if (token === TOKEN.prop) {
        const length = word(at);
        const property = text(stringsAt + word(at + 4)).value;
        at += 8;
        if (at + length > total) throw damaged(`property ${property} of ${nodeName || '/'} passes the end`);
        properties.set(property, blob.slice(at, at + length));
        at = alignUp(at + length, 4);
      } else if (token !== TOKEN.nop) throw damaged(`unknown token ${hex(token)} at ${hex(at - 4)}`);
    }
  };
  while (word(at) === TOKEN.nop) at += 4;
  if (word(at) !== TOKEN.beginNode) throw damaged(`no root node at ${hex(at)}`);
  at += 4;
  return { root: readNode(0), reservations: readReservations(field(4)), bootCpu: field(7) };

  function readReservations(from: number): Reservation[] {
    const out: Reservation[] = [];
    for (let r = from; ; r += RESERVATION_BYTES) {
      const [address, size] = [quad(r), quad(r + 8)];
      if (address === 0n && size === 0n) return out;
      out.push({ address, size });
    }
  }
  function quad(from: number): bigint {
    return (BigInt(word(from)) << 32n) | BigInt(word(from + 4));
  }
}
