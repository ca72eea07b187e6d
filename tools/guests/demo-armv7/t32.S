@ T32 code; a32.S has the same in A32.
#include "conditions.h"
  .syntax unified
  .thumb
  .text

  .global t32_step
  .thumb_func
t32_step:
  push    {r4, lr}
  add.w   r0, r0, r0, lsl #2
  eor.w   r0, r0, r0, ror #7
  adds    r0, #1
  adc.w   r0, r0, r1, lsl #16
  subs    r1, #1
  it      mi
  popmi   {r4, pc}
  bl      a32_step
  pop     {r4, pc}

@ Within an IT block the 16-bit additions leave the flags alone.
  .global t32_conditions
  .thumb_func
  .macro try_condition condition, opposite, number
  itte    \condition
  orr\condition r1, r1, #(1 << \number)
  add\condition r2, #1
  add\opposite r3, #1
  .endm
t32_conditions:
  movs    r1, #0
  movs    r2, #0
  movs    r3, #0
  msr     cpsr_f, r0
  each_condition try_condition
  orr.w   r0, r1, r2, lsl #16
  orr.w   r0, r0, r3, lsl #24
  bx      lr

  .global t32_big_endian
  .thumb_func
t32_big_endian:
  setend  be
  ldr     r0, [r0]
  setend  le
  bx      lr
