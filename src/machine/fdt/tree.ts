import { assert } from '../../base/assert.ts';

/** A device tree node (Devicetree Specification v0.4, 2.2). Order of properties and children is the blob's. */
export interface FdtNode {
  readonly name: string;
  readonly properties: ReadonlyMap<string, Uint8Array>;
  readonly children: readonly FdtNode[];
}

/** A memory reservation of the blob (Devicetree Specification v0.4, 5.3), in bytes. */
export interface Reservation {
  readonly address: bigint;
  readonly size: bigint;
}

/** A device tree as its blob holds it (Devicetree Specification v0.4, chapter 5). */
export interface DeviceTree {
  readonly reservations: readonly Reservation[];
  readonly bootCpu: number;
  readonly root: FdtNode;
}

/**
 * A property's value by its type in the Devicetree Specification v0.4, 2.2.4: a string or a list of them, one cell or
 * a list of cells (u32), a u64 as bigint, bytes, or true for an empty property.
 */
export type PropertyValue = string | number | bigint | true | Uint8Array | readonly string[] | readonly number[];

const decoder = new TextDecoder();

/** A text ended by NUL as its bytes, without a buffer of the encoder's for each. */
export const cString = (text: string): Uint8Array => new Uint8Array(Buffer.from(`${text}\0`));

/** Without a view of its buffer, which most values are too short to have one of their own for. */
const cells = (values: readonly number[]): Uint8Array => {
  const out = new Uint8Array(values.length * 4);
  for (const [i, v] of values.entries()) {
    assert(Number.isInteger(v) && v >= 0 && v <= 0xffff_ffff, 'a cell is a u32');
    out[i * 4] = v >>> 24;
    out[i * 4 + 1] = v >>> 16;
    out[i * 4 + 2] = v >>> 8;
    out[i * 4 + 3] = v;
  }
  return out;
};

/**
 * A property's value as its bytes, numbers big-endian and strings ended by NUL (Devicetree Specification v0.4, 2.2.4.2).
 */
export function encodeProperty(value: PropertyValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return cString(value);
  if (typeof value === 'number') return cells([value]);
  if (typeof value === 'bigint') return cells([Number(value >> 32n), Number(value & 0xffff_ffffn)]);
  const numbers: number[] = [];
  const strings: string[] = [];
  for (const v of value) typeof v === 'number' ? numbers.push(v) : strings.push(v);
  assert(numbers.length === 0 || strings.length === 0, 'a property is a list of cells or of strings');
  return strings.length === 0 ? cells(numbers) : cString(strings.join('\0'));
}

/** A node with its properties by name, in their order (Devicetree Specification v0.4, 2.2). */
export const node = (
  name: string,
  properties: { readonly [name: string]: PropertyValue },
  children: readonly FdtNode[] = [],
): FdtNode => ({
  name,
  properties: new Map(Object.entries(properties).map(([key, value]) => [key, encodeProperty(value)])),
  children,
});

/** A number as two cells, the upper half first. */
export const cells64 = (value: number): number[] => [Math.floor(value / 2 ** 32), value % 2 ** 32];

/** An address range as #address-cells = 2 and #size-cells = 2 write it (Devicetree Specification v0.4, 2.3.5 and 2.3.6). */
export const reg64 = (base: number, size: number): number[] => [...cells64(base), ...cells64(size)];

/** The node at an absolute path such as `/chosen` (Devicetree Specification v0.4, 2.2.3). */
export function findNode(root: FdtNode, path: string): FdtNode | undefined {
  let at: FdtNode | undefined = root;
  for (const name of path.split('/').filter((part) => part !== '')) at = at?.children.find((c) => c.name === name);
  return at;
}

/** A property as text, without its final NUL. */
export function stringProperty(of: FdtNode, name: string): string | undefined {
  const value = of.properties.get(name);
  return value && decoder.decode(value).replace(/\0$/, '');
}
