import { expect, it } from 'vitest';
import type { TapeEvent } from '../trace/events/index.ts';
import { withSymbol } from './event-text.ts';

const exit = { kind: 'wfi', at: 1, vcpu: 0, pc: 0x1234n } as TapeEvent;

it('puts the function behind the PC, and nowhere else', () => {
  expect(withSymbol('a b pc 0x1234 esr 0x1234', exit, () => 'cpu_do_idle+0x4')).toBe(
    'a b pc 0x1234 cpu_do_idle+0x4 esr 0x1234',
  );
  // A name is taken as it is, whatever it holds.
  expect(withSymbol('pc 0x1234', exit, () => '$& $1')).toBe('pc 0x1234 $& $1');
});

it('leaves a line without a PC, or without a name for it, alone', () => {
  expect(withSymbol('pc 0x1234', exit, () => undefined)).toBe('pc 0x1234');
  const end = { kind: 'suspend', at: 1, vcpu: 0, how: 1 } as TapeEvent;
  expect(withSymbol('pc 0x1234', end, () => 'never')).toBe('pc 0x1234');
});
