import { expect, it } from 'vitest';
import { isCall, isExceptionReturn } from './calls.ts';

// Encodings are GNU as's.
const calls = {
  a64: { 'bl .': 0x9400_0000, 'blr x3': 0xd63f_0060 },
  a32: { 'bl .': 0xebff_fffe, 'blne .': 0x1bff_fffe, 'blx .': 0xfaff_fffe, 'blx r3': 0xe12f_ff33 },
  t32: { 'bl .': 0xf7ff_fffe, 'blx .': 0xf7ff_effe, 'blx r3': 0x4798 },
} as const;
const returns = {
  a64: { eret: 0xd69f_03e0 },
  a32: {
    'subs pc, lr, #4': 0xe25e_f004,
    'movs pc, lr': 0xe1b0_f00e,
    'ldm sp!, {r0, pc}^': 0xe8fd_8001,
    'rfeia sp!': 0xf8bd_0a00,
    'rfedb r3': 0xf913_0a00,
  },
  t32: { 'subs pc, lr, #4': 0xf3de_8f04, 'rfeia sp!': 0xe9bd_c000, 'rfedb r3': 0xe813_c000 },
} as const;
const others = {
  a64: { 'b .': 0x1400_0000, ret: 0xd65f_03c0, 'br x3': 0xd61f_0060, nop: 0xd503_201f },
  a32: {
    'b .': 0xeaff_fffe,
    'bx lr': 0xe12f_ff1e,
    'mov pc, lr': 0xe1a0_f00e,
    'pop {r4, pc}': 0xe8bd_8010,
    'ldm r0, {r4}^': 0xe8d0_0010,
    'cmp pc, #0': 0xe35f_0000,
    'teqp-like: teq r0, r1': 0xe130_0001,
    'muls r0, r1, r2': 0xe010_0291,
    'ldrsb r15-free: ldrsb r1, [r0]': 0xe1d0_10d0,
    'srsdb sp!, #19': 0xf96d_0513,
  },
  t32: { 'bx lr': 0x4770, 'pop {pc}': 0xbd00, 'subs r0, r0, #4': 0x3804, 'sub.w lr, lr, #4': 0xf1ae_0e04 },
} as const;
const all = ([calls, returns, others] as Record<string, Record<string, number>>[]).flatMap((of) =>
  Object.entries(of).flatMap(([isa, list]) => Object.entries(list).map(([text, opcode]) => ({ isa, text, opcode }))),
);

it.each(all)('$isa $text', ({ isa, text, opcode }) => {
  const at = { isa: isa as 'a64', opcode };
  expect(isCall(at)).toBe(text in calls[at.isa]);
  expect(isExceptionReturn(at)).toBe(text in returns[at.isa]);
});
