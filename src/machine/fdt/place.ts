import { isDeviceTree } from './blob.ts';

// The structure block of a flattened device tree: Devicetree Specification v0.4, 5.4.
const TOKEN = { beginNode: 1, endNode: 2, prop: 3, nop: 4 } as const;
const STRUCTURE_FIELD = 2;
const STRINGS_FIELD = 3;
const TOTAL_FIELD = 1;

/**
 * What a byte of a device tree blob is of: `/chosen/bootargs+5` in a property's value, by node and property; undefined for what is
 * none, or in a tree that is damaged before.
 */
export function propertyAt(blob: Uint8Array, offset: number): string | undefined {
  if (!isDeviceTree(blob)) return undefined;
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const total = Math.min(blob.length, view.getUint32(4 * TOTAL_FIELD));
  const stringsAt = view.getUint32(4 * STRINGS_FIELD);
  const path: string[] = [];
  const aligned = (at: number): number => (at + 3) & ~3;
  const text = (at: number): string => {
    const end = at < total ? blob.indexOf(0, at) : -1;
    return end < 0 ? '' : Buffer.from(blob.subarray(at, end)).toString('latin1');
  };
  for (let at = view.getUint32(4 * STRUCTURE_FIELD); at + 4 <= total && at <= offset; ) {
    const token = view.getUint32(at);
    at += 4;
    if (token === TOKEN.beginNode) {
      const name = text(at);
      path.push(name);
      at = aligned(at + name.length + 1);
    } else if (token === TOKEN.endNode) path.pop();
    else if (token === TOKEN.prop) {
      if (at + 8 > total) return undefined;
      const [bytes, name] = [view.getUint32(at), view.getUint32(at + 4)];
      at += 8;
      if (offset >= at && offset < at + bytes)
        return `${path.join('/')}/${text(stringsAt + name)}${offset === at ? '' : `+${offset - at}`}`;
      at = aligned(at + bytes);
    } else if (token !== TOKEN.nop) return undefined;
  }
  return undefined;
}
