import { expect, test } from 'vitest';
import { jsonText, withoutControls } from './standard-output.ts';

test('numbers of 64 bits in JSON are hexadecimal text', () => {
  expect(jsonText({ a: 1, b: [1n << 60n, -1n] })).toBe('{"a":1,"b":["0x1000000000000000","0xffffffffffffffff"]}');
});

test('control characters are written out; JSON with them means the same', () => {
  expect(withoutControls('\x1b[2J\nab\x07 \x7f\x9b é')).toBe('\\u001b[2J\\u000aab\\u0007 \\u007f\\u009b é');
  const value = { text: '\x1b[2J\n\x7f\x9b"\\' };
  expect(JSON.parse(withoutControls(jsonText(value)))).toEqual(value);
});
