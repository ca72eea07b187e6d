@ The vector table (Arm ARM DDI 0406C, B1.8.1): every entry saves the interrupted state on SVC's stack and calls
@ exception().
  .syntax unified
  .arm

  .section .vectors, "ax"
  .balign 32
  .global vectors
vectors:
  b       reset
  b       undefined
  b       supervisor_call
  b       prefetch_abort
  b       data_abort
  b       hyp_trap
  b       irq
  b       fiq

@ `correction`: from LR to where the interrupted code goes on; of an undefined instruction and an SVC, to behind it.
  .macro entry name, number, correction
\name:
  .if \correction
  sub     lr, lr, #\correction
  .endif
  srsdb   sp!, #0x13
  cps     #0x13
  push    {r0-r12, lr}
  mov     r1, #\number
  b       save
  .endm

  entry   reset, 0, 0
  entry   undefined, 1, 0
  entry   supervisor_call, 2, 0
  entry   prefetch_abort, 3, 4
  entry   data_abort, 4, 8
  entry   hyp_trap, 5, 0
  entry   irq, 6, 4
  entry   fiq, 7, 4

save:
  sub     sp, sp, #8
  stmia   sp, {sp, lr}^
  mov     r0, sp
  mov     r4, sp
  bic     sp, sp, #7
  bl      exception
  mov     sp, r4
  ldmia   sp, {sp, lr}^
  add     sp, sp, #8
  clrex
  pop     {r0-r12, lr}
  rfeia   sp!
