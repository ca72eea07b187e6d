import { describe, expect, it } from 'vitest';
import { Locals } from './code-writer.ts';
import { valueTypes } from './opcodes.ts';

describe('locals', () => {
  it('are numbered behind the parameters, with their types', () => {
    const locals = new Locals(2);
    expect([locals.take('i32'), locals.take('i64'), locals.take('v128')]).toEqual([2, 3, 4]);
    expect(locals.types).toEqual([valueTypes.i32, valueTypes.i64, valueTypes.v128]);
  });

  it('that are given back are taken again, by their own type only', () => {
    const locals = new Locals(0);
    const [a, b] = [locals.take('i32'), locals.take('i64')];
    locals.give('i32', a);
    expect(locals.take('i64')).not.toBe(a);
    expect(locals.take('i32')).toBe(a);
    locals.give('i64', b);
    expect(locals.take('i64')).toBe(b);
    expect(locals.types.length).toBe(3);
  });
});
