@ A32 code; t32.S has the same in T32.
#include "conditions.h"
  .syntax unified
  .arm
  .text

@ u32 a32_step(value, depth): one step of a sum, the rest by t32_step.
  .global a32_step
  .type   a32_step, %function
a32_step:
  push    {r4, lr}
  add     r0, r0, r0, lsl #2
  eor     r0, r0, r0, ror #7
  adds    r0, r0, #1
  adc     r0, r0, r1, lsl #16
  subs    r1, r1, #1
  popmi   {r4, pc}
  ldr     r4, =t32_step
  blx     r4
  pop     {r4, pc}
  .ltorg

@ u32 a32_conditions(flags): a bit for each condition that NZCV in bits 31 to 28 pass; from bit 16 how many pass, and
@ from bit 24 how many do not.
  .global a32_conditions
  .type   a32_conditions, %function
  .macro try_condition condition, opposite, number
  orr\condition r1, r1, #(1 << \number)
  add\condition r2, r2, #1
  add\opposite r3, r3, #1
  .endm
a32_conditions:
  mov     r1, #0
  mov     r2, #0
  mov     r3, #0
  msr     cpsr_f, r0
  each_condition try_condition
  orr     r0, r1, r2, lsl #16
  orr     r0, r0, r3, lsl #24
  bx      lr

@ u32 a32_big_endian(word): loads it with CPSR.E set.
  .global a32_big_endian
  .type   a32_big_endian, %function
a32_big_endian:
  setend  be
  ldr     r0, [r0]
  setend  le
  bx      lr
