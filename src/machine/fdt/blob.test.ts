import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { decodeDeviceTree, deviceTreeBytesMax, encodeDeviceTree } from './blob.ts';
import { type DeviceTree, findNode, node, stringProperty } from './tree.ts';

const tree: DeviceTree = {
  reservations: [{ address: 0x8000_0000_0000n, size: 0x1000n }],
  bootCpu: 2,
  root: node('', { compatible: ['a,b', 'c'], '#address-cells': 2 }, [
    node('empty', {}),
    node(
      'x@1',
      { flag: true, reg: [0, 1, 0xffff_ffff], wide: 0x0102_0304_0506_0708n, raw: new Uint8Array([1, 2, 3]) },
      [node('inner', { compatible: 'a' })],
    ),
  ]),
};
const blob = encodeDeviceTree(tree);
const header = (index: number, of = blob): number => new DataView(of.buffer, of.byteOffset).getUint32(index * 4);
const patched = (at: number, value: number): Uint8Array => {
  const copy = blob.slice();
  new DataView(copy.buffer).setUint32(at, value);
  return copy;
};

test('a tree survives its blob', () => {
  const back = decodeDeviceTree(blob, 'x.dtb');
  expect(back).toEqual(tree);
  expect(findNode(back.root, '/x@1')?.properties.get('wide')).toEqual(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
  expect(stringProperty(findNode(back.root, '/x@1/inner') ?? back.root, 'compatible')).toBe('a');
  expect(findNode(back.root, '/x@1/none')).toBeUndefined();
});

test('the header is version 17, compatible with 16, its parts aligned and within the total', () => {
  expect([header(0), header(5), header(6), header(7)]).toEqual([0xd00dfeed, 17, 16, 2]);
  expect(header(1)).toBe(blob.length);
  expect([header(1) % 8, header(2) % 4, header(4) % 8]).toEqual([0, 0, 0]);
  expect(header(3) + header(8)).toBeLessThanOrEqual(blob.length);
  expect(header(2) + header(9)).toBe(header(3));
});

test('nops are skipped and bytes after the total ignored', () => {
  const longer = new Uint8Array(blob.length + 100);
  longer.set(blob);
  expect(decodeDeviceTree(longer, 'x.dtb')).toEqual(tree);
  // The empty node's begin, name and end become nops.
  const copy = blob.slice();
  const at = Buffer.from(copy).indexOf('empty') - 4;
  const view = new DataView(copy.buffer);
  for (let i = 0; i < 4; i++) view.setUint32(at + 4 * i, 4);
  expect(decodeDeviceTree(copy, 'x.dtb').root.children.map((c) => c.name)).toEqual(['x@1']);
});

test.each([
  ['empty', new Uint8Array(0), /no device tree blob/],
  ['foreign', new Uint8Array(100).fill(0x55), /no device tree blob/],
  ['cut', blob.subarray(0, blob.length - 8), /it says \d+ bytes and has/],
  ['too new', patched(24, 18), /version 17; versions 16 and 17/],
  ['too old', patched(20, 3), /version 3/],
  ['structure outside', patched(8, 0xffff_fff0), /ends within a field/],
  ['strings outside', patched(12, 0xffff_fff0), /a name at 0x.* has no end/],
  ['reservations outside', patched(16, 0xffff_fff0), /ends within a field/],
  ['no root', patched(header(2), 2), /no root node/],
  ['unknown token', patched(header(2) + 8, 7), /unknown token 0x7/],
  ['long property', patched(header(2) + 12, 0x7fff_ffff), /property compatible of \/ passes the end/],
])('a %s blob is refused with one line', (_, bytes, message) => {
  expect(() => decodeDeviceTree(bytes, 'x.dtb')).toThrow(Failure);
  expect(() => decodeDeviceTree(bytes, 'x.dtb')).toThrow(message);
  expect(() => decodeDeviceTree(bytes, 'x.dtb')).toThrow(/^x\.dtb[^\n]*$/);
});

test('nesting and size are bounded', () => {
  let deep = node('leaf', {});
  for (let i = 0; i < 100; i++) deep = node('n', {}, [deep]);
  const nested = encodeDeviceTree({ ...tree, root: { ...deep, name: '' } });
  expect(() => decodeDeviceTree(nested, 'x.dtb')).toThrow(/nested deeper/);
  const large = encodeDeviceTree({ ...tree, root: node('', { big: new Uint8Array(deviceTreeBytesMax) }) });
  expect(() => decodeDeviceTree(large, 'x.dtb')).toThrow(/at most 2097152/);
});

test('every single damaged byte is read or refused, never a fault of ours', () => {
  for (let at = 0; at < blob.length; at++) {
    const copy = blob.slice();
    copy[at] = (copy[at] ?? 0) ^ 0xff;
    try {
      decodeDeviceTree(copy, 'x.dtb');
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
    }
  }
});
