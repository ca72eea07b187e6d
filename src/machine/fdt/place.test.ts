import { expect, it } from 'vitest';
import { encodeDeviceTree } from './blob.ts';
import { propertyAt } from './place.ts';
import { node } from './tree.ts';

const child = node('chosen', { bootargs: 'quiet', 'rng-seed': Uint8Array.of(1, 2, 3) });
const root = { ...node('', { model: 'board' }), children: [child] };
const blob = encodeDeviceTree({ reservations: [], bootCpu: 0, root });
const at = (text: string): number => Buffer.from(blob).indexOf(text);

it('names the property that a byte is of', () => {
  expect(propertyAt(blob, at('board'))).toBe('/model');
  expect(propertyAt(blob, at('quiet'))).toBe('/chosen/bootargs');
  expect(propertyAt(blob, at('quiet') + 4)).toBe('/chosen/bootargs+4');
  expect(propertyAt(blob, at('\x01\x02\x03') + 2)).toBe('/chosen/rng-seed+2');
});
it('has no name for what is no property, or no tree', () => {
  expect(propertyAt(blob, at('chosen'))).toBeUndefined();
  expect(propertyAt(blob, 0)).toBeUndefined();
  expect(propertyAt(blob, blob.length + 4)).toBeUndefined();
  expect(propertyAt(Uint8Array.of(1, 2, 3), 0)).toBeUndefined();
  expect(propertyAt(blob.subarray(0, at('board') + 2), at('quiet'))).toBeUndefined();
});
