@ u32 banks_apart(void): how many registers of other modes keep what was put there while another mode's stay as they are.
  .syntax unified
  .arm
  .text
  .global banks_apart
  .type   banks_apart, %function

@ Adds one to r0 where a register has the value.
  .macro expect register, value
  cmp     \register, #\value
  addeq   r0, r0, #1
  .endm

banks_apart:
  push    {r4-r12, lr}
  mrs     r3, cpsr
  cpsid   if
  mov     r0, #0
  mov     r4, sp
  mov     r8, #8
  mov     r12, #12

  cps     #0x11
  mov     r8, #0x81
  mov     r12, #0xc1
  mov     sp, #0xd1
  cps     #0x12
  mov     sp, #0xd2
  cps     #0x17
  mov     r1, #0x70
  msr     spsr_cxsf, r1
  mov     lr, #0xe7
  cps     #0x1b
  mov     lr, #0xeb
  cps     #0x1f
  mov     r2, sp
  mov     sp, #0xdf

  expect  r8, 8
  expect  r12, 12
  cps     #0x11
  expect  r8, 0x81
  expect  r12, 0xc1
  expect  sp, 0xd1
  cps     #0x12
  expect  sp, 0xd2
  cps     #0x17
  mrs     r1, spsr
  expect  r1, 0x70
  expect  lr, 0xe7
  cps     #0x1b
  expect  lr, 0xeb
  cps     #0x13
  cmp     sp, r4
  addeq   r0, r0, #1

  @ The user's registers, as SVC mode sees them.
  sub     sp, sp, #8
  stmia   sp, {sp}^
  ldr     r1, [sp], #8
  expect  r1, 0xdf
  str     r2, [sp, #-8]!
  ldmia   sp, {sp}^
  add     sp, sp, #8
  msr     cpsr_c, r3
  pop     {r4-r12, pc}
