@ What the compiler calls for 64-bit division (Arm IHI 0043, 4.2): quotient in r1:r0, remainder in r3:r2.
  .syntax unified
  .thumb
  .text
  .global __aeabi_uldivmod
  .thumb_func
__aeabi_uldivmod:
  orrs    r12, r1, r3
  bne     1f
  udiv    r12, r0, r2
  mls     r2, r12, r2, r0
  mov     r0, r12
  bx      lr
1: push   {r4-r7, lr}
  movs    r4, #0
  movs    r5, #0
  movs    r6, #64
2: adds   r0, r0, r0
  adcs    r1, r1, r1
  adcs    r4, r4, r4
  adcs    r5, r5, r5
  subs    r7, r4, r2
  sbcs    lr, r5, r3
  ittt    cs
  movcs   r4, r7
  movcs   r5, lr
  addcs   r0, #1
  subs    r6, #1
  bne     2b
  mov     r2, r4
  mov     r3, r5
  pop     {r4-r7, pc}
