import { expect, it } from 'vitest';
import { unwind } from './arm-unwind.ts';

/** A kernel's code lies in the upper half: addresses have bit 31. */
const CODE = 0xc000_8000;
const STACK = 0x1_0000;

/** Code and a stack, by words. */
class Words {
  readonly #words = new Map<number, number>();
  put(at: number, ...words: number[]): void {
    for (const [n, word] of words.entries()) this.#words.set(at + 4 * n, word);
  }
  word(va: bigint): bigint | undefined {
    const word = this.#words.get(Number(va));
    return word === undefined ? undefined : BigInt(word >>> 0);
  }
}

const registersWith = (some: Record<number, number>): Uint32Array =>
  Uint32Array.from({ length: 16 }, (_, n) => some[n] ?? 0x100 + n);

/** Undoes a function whose instructions are these. */
function undone(instructions: number[], registers: Uint32Array, memory: Words, isCaller = true) {
  const done = unwind(registers, () => ({ from: CODE, instructions: Uint8Array.from(instructions) }), memory, isCaller);
  return { done, sp: registers[13], pc: registers[15], r4: registers[4], r7: registers[7], r11: registers[11] };
}

it('registers come back from where the function has saved them', () => {
  const memory = new Words();
  memory.put(STACK, 0x44, 0x55, 0x66, 0x77, 0x9001, 0xbeef);
  // pop {r4-r7, r14}
  expect(undone([0xab, 0xb0, 0xb0], registersWith({ 13: STACK, 15: CODE + 0x40 }), memory)).toMatchObject({
    ...{ done: 'call', sp: STACK + 20, pc: 0x9000, r4: 0x44, r7: 0x77, r11: 0x10b },
  });
  // vsp += 8; pop {r7, r14} by mask
  memory.put(STACK + 8, 0x71, 0x9100);
  expect(undone([0x01, 0x84, 0x08, 0xb0], registersWith({ 13: STACK, 15: CODE + 0x40 }), memory)).toMatchObject({
    ...{ done: 'call', sp: STACK + 16, pc: 0x9100, r7: 0x71 },
  });
  // vsp = r11; vsp -= 4; pop {r11, r14}
  memory.put(STACK + 0x3c, 0xb1, 0x9200);
  const framed = registersWith({ 11: STACK + 0x40, 13: STACK, 15: CODE + 0x40 });
  expect(undone([0x9b, 0x40, 0x84, 0x80, 0xb0], framed, memory)).toMatchObject({ pc: 0x9200, r11: 0xb1 });
  // vsp += 0x204 + (2 << 2): LR is still in its register.
  const far = registersWith({ 13: STACK, 14: 0x9301, 15: CODE + 0x40 });
  expect(undone([0xb2, 0x02, 0xb0], far, memory)).toMatchObject({ pc: 0x9300, sp: STACK + 0x20c });
});

it('what an exception has interrupted comes back with its stack pointer', () => {
  const memory = new Words();
  memory.put(STACK, ...Array.from({ length: 16 }, (_, n) => (n === 13 ? STACK + 0x200 : 0x1000 + 4 * n)));
  // pop {r0-r3}; pop {r4-r15}
  const { done, pc, sp } = undone([0xb1, 0x0f, 0x8f, 0xff, 0xb0], registersWith({ 13: STACK, 15: CODE }), memory);
  expect([done, pc, sp]).toEqual(['exception', 0x103c, STACK + 0x200]);
});

it('a function that has not made its frame yet goes back by LR', () => {
  const memory = new Words();
  memory.put(CODE, 0xe1a0c00d, 0xe92d4010);
  const at = (pc: number) => undone([0xa8, 0xb0], registersWith({ 13: STACK, 14: 0x9000, 15: pc }), memory, false);
  expect(at(CODE + 4)).toMatchObject({ done: 'call', pc: 0x9000, sp: STACK });
  memory.put(STACK, 0x44, 0x9400);
  expect(at(CODE + 8)).toMatchObject({ done: 'call', pc: 0x9400, sp: STACK + 8 });
});

it('what refuses, is spare, or has no memory ends the stack', () => {
  const memory = new Words();
  const refused = (...instructions: number[]) =>
    undone(instructions, registersWith({ 13: STACK, 15: CODE + 0x40 }), memory).done;
  expect(refused(0x80, 0x00)).toBe(undefined);
  expect(refused(0xa8, 0xb0)).toBe(undefined);
  expect(refused(0x9d)).toBe(undefined);
  expect(refused(0xb1, 0x10)).toBe(undefined);
  expect(refused(0xff)).toBe(undefined);
  // All bytes there are come to an end.
  for (let n = 0; n < 0x1_0000; n++) refused(n >>> 8, n & 0xff);
});
