import { expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { isSystemMap, readSystemMap } from './system-map.ts';

const map = `ffff800008000000 T _text
ffff800008010000 t local
ffff800008010100 W weak
ffff800008010100 T strong
ffff800008020000 D data
ffff800008020010 t $x
ffff800008020020 b bss
ffff800008020028 A absolute
ffff800001230000 t in_module	[virtio]
`;

test('functions by their types, in whatever order', () => {
  const bytes = Buffer.from(map);
  expect(isSystemMap(bytes)).toBe(true);
  const table = readSystemMap(bytes, 'F');
  expect(table.size).toBe(5);
  expect(table.at(0xffff_8000_0801_0104n)).toEqual({ name: 'strong', offset: 4n });
  expect(table.find('in_module')).toEqual([{ from: 0xffff_8000_0123_0000n, to: 0xffff_8000_0800_0000n }]);
  expect(table.at(0xffff_8000_0802_0004n)?.name).toBe('strong');
  expect(table.data.size).toBe(2);
  expect(table.data.find('data')).toEqual([{ from: 0xffff_8000_0802_0000n, to: 0xffff_8000_0802_0020n }]);
  expect(table.data.at(0xffff_8000_0802_0024n)).toEqual({ name: 'bss', offset: 4n });
  expect(readSystemMap(Buffer.from('c0008000 T stext'), 'F').span.from).toBe(0xc000_8000n);
});

test.each([
  ['no addresses, as a user sees them', '0000000000000000 T _text\n0000000000000000 t other\n', 'read it as root'],
  ["Debian's placeholder", 'ffffffffffffffff B The real System.map is in the package -dbg\n', 'names no function'],
  ['something else', `${'some text\n'.repeat(20)}`, 'line 11'],
  ['lines without end', `${`${'x'.repeat(5000)}\n`.repeat(12)}`, 'line 11'],
])('refused in one line: %s', (_, text, why) => {
  expect(() => readSystemMap(Buffer.from(text), 'F')).toThrow(Failure);
  expect(() => readSystemMap(Buffer.from(text), 'F')).toThrow(why);
});
