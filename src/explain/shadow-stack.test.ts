import { expect, it } from 'vitest';
import { ShadowStack } from './shadow-stack.ts';

const call = (lo: number, sp: number, caller: number, isException = false) => ({
  ...{ lo, hi: 0, returned: sp, over: sp, caller, isException },
});

it('follows calls and returns', () => {
  const stack = new ShadowStack(7);
  expect([stack.caller, stack.isEmpty]).toEqual([7, true]);
  stack.push(call(0x104, 0x1000, 1));
  stack.arrive(0x200, 0, 0xff0);
  stack.push(call(0x204, 0xff0, 2));
  // Its own address again, deeper: recursion.
  stack.arrive(0x104, 0, 0xfe0);
  expect(stack.caller).toBe(2);
  stack.arrive(0x204, 0, 0xff0);
  expect(stack.caller).toBe(1);
  stack.arrive(0x104, 0, 0x1000);
  expect([stack.caller, stack.isEmpty]).toEqual([7, true]);
});

it('lets go of what never returned', () => {
  const stack = new ShadowStack(0);
  for (let n = 0; n < 5; n++) stack.push(call(0x100 + n, 0x1000 - 16 * n, n + 1));
  stack.arrive(0x900, 0, 0xfe0);
  expect(stack.caller).toBe(3);
  stack.arrive(0x900, 0, 0x2000);
  expect(stack.isEmpty).toBe(true);
});

it('an exception may return elsewhere', () => {
  const stack = new ShadowStack(0);
  stack.push(call(0x104, 0x1000, 1));
  stack.push(call(0x300, 0xff0, 2, true));
  stack.push(call(0x504, 0xfe0, 3));
  stack.returnFromException();
  expect(stack.caller).toBe(1);
  stack.returnFromException();
  expect(stack.caller).toBe(1);
});

it('has no end of memory where calls have none', () => {
  const stack = new ShadowStack(0);
  for (let n = 0; n < 10_000; n++) stack.push(call(0x104, 0x1_0000 - n, n));
  expect(stack.caller).toBe(9999);
  let depth = 0;
  for (; !stack.isEmpty; depth++) stack.arrive(0x104, 0, 0x1_0000);
  expect(depth).toBeLessThan(1100);
});
