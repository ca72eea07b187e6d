import { expect, it } from 'vitest';
import { Prng } from '../base/prng.ts';
import { BadExpression, evaluateAgent } from './agent-expression.ts';
import { bytesOf, littleEndian } from './packet.ts';

const context = {
  register: (n: number) => (n < 34 ? BigInt(n) * 0x100n : undefined),
  memory: (at: bigint, bytes: number) => (at < 0x1000n ? littleEndian(at, bytes) : undefined),
};
const value = (hex: string): bigint => evaluateAgent(bytesOf(hex.replaceAll(' ', '')) ?? new Uint8Array(0), context);

// Appendix F of GDB's manual gives the operations and their codes.
it.each([
  ['a constant', '22 05 27', 5n],
  ['constants are big-endian', '23 0102 27', 0x102n],
  ['of 64 bits', '25 8000000000000001 27', 0x8000_0000_0000_0001n],
  ['a register', '26 0003 27', 0x300n],
  ['a word of memory', '23 0120 19 27', 0x120n],
  ['a difference below zero', '22 01 22 02 03 27', 2n ** 64n - 1n],
  ['a signed quotient', '22 00 22 07 03 22 02 05 27', 2n ** 64n - 3n],
  ['an unsigned one', '22 07 22 02 06 27', 3n],
  ['signed less', '22 00 22 01 03 22 01 14 27', 1n],
  ['unsigned less', '22 00 22 01 03 22 01 15 27', 0n],
  ['sign extension', '22 80 16 08 27', 2n ** 64n - 128n],
  ['zero extension', '23 1280 2a 08 27', 0x80n],
  ['not', '22 05 0e 27', 0n],
  ['a jump taken', '22 01 20 0007 22 07 22 08 27', 8n],
  ['a jump not taken', '22 00 20 0008 22 07 27 00 00', 7n],
  ['dup, swap, add', '22 03 28 22 04 2b 03 02 27', 4n],
  ['pick', '22 01 22 02 32 01 27', 1n],
  ['rot', '22 01 22 02 22 03 33 29 27', 1n],
])('%s', (_, hex, expected) => expect(value(hex)).toBe(expected));

it.each([
  ['without an end', '22 05'],
  ['nothing', ''],
  ['an empty stack', '27'],
  ['a loop for ever', '21 0000'],
  ['a stack that grows for ever', '22 01 21 0000'],
  ['a division by zero', '22 01 22 00 06 27'],
  ['a jump behind the end', '21 ffff'],
  ['memory that is not there', '24 00002000 17 27'],
  ['a register that is not there', '26 ffff 27'],
  ['floating point', '22 01 1b 27'],
])('%s is refused', (_, hex) => expect(() => value(hex)).toThrow(BadExpression));

it('any bytes come to a value or are refused', () => {
  const random = new Prng(3n);
  for (let n = 0; n < 5000; n++) {
    const code = Uint8Array.from({ length: 24 }, () => Number(random.next64() % 56n));
    try {
      const found = evaluateAgent(code, context);
      expect(found >= 0n && found < 2n ** 64n).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(BadExpression);
    }
  }
});
