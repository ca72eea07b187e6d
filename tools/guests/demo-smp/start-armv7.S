@ Entry of each CPU in SVC mode with the MMU off, and the vectors (Arm ARM DDI 0406C, B1.8.1).
  .syntax unified
  .arm
  .section .start, "ax"
  .global start
start:
  ldr     r0, =bss_start
  ldr     r1, =bss_end
  mov     r2, #0
  mov     r3, #0
1: strd   r2, r3, [r0], #8
  cmp     r0, r1
  blo     1b
  mov     r4, #0
  bl      set_up
  bl      mmu_tables
  bl      mmu_on
  bl      boot_cpu
2: wfi
  b       2b

@ With its number in R0 (PSCI's context).
  .global secondary_start
secondary_start:
  mov     r4, r0
  bl      set_up
  bl      mmu_on
  mov     r0, r4
  bl      secondary
3: wfi
  b       3b

set_up:
  cpsid   aif, #0x13
  ldr     r1, =stacks
  add     r2, r4, #1
  add     sp, r1, r2, lsl #12
  ldr     r0, =vectors
  mcr     p15, 0, r0, c12, c0, 0
  isb
  bx      lr
  .ltorg

  .balign 32
vectors:
  b       wrong0
  b       wrong1
  b       wrong2
  b       wrong3
  b       wrong4
  b       wrong5
  b       interrupt
  b       wrong7
interrupt:
  sub     lr, lr, #4
  srsdb   sp!, #0x13
  cps     #0x13
  push    {r0-r3, r12, lr}
  and     r1, sp, #4
  sub     sp, sp, r1
  push    {r1, r2}
  bl      interrupted
  pop     {r1, r2}
  add     sp, sp, r1
  pop     {r0-r3, r12, lr}
  rfeia   sp!

  .macro  wrong number
wrong\number:
  cps     #0x13
  mov     r0, #\number
  b       wrong_exception
  .endm
  wrong   0
  wrong   1
  wrong   2
  wrong   3
  wrong   4
  wrong   5
  wrong   7
