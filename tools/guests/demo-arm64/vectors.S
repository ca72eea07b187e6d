// The vector table (Arm ARM DDI 0487, D1.10.2): every entry saves the interrupted state and calls exception().
  .equ    FRAME, 36 * 8

  .macro entry number
  .balign 128
  sub     sp, sp, #FRAME
  stp     x0, x1, [sp]
  mov     x1, #\number
  b       save
  .endm

  .section .vectors, "ax"
  .balign 2048
  .global vectors
vectors:
  .set    number, 0
  .rept   16
  entry   number
  .set    number, number + 1
  .endr

  .balign 128
save:
  stp     x2, x3, [sp, #16]
  stp     x4, x5, [sp, #32]
  stp     x6, x7, [sp, #48]
  stp     x8, x9, [sp, #64]
  stp     x10, x11, [sp, #80]
  stp     x12, x13, [sp, #96]
  stp     x14, x15, [sp, #112]
  stp     x16, x17, [sp, #128]
  stp     x18, x19, [sp, #144]
  stp     x20, x21, [sp, #160]
  stp     x22, x23, [sp, #176]
  stp     x24, x25, [sp, #192]
  stp     x26, x27, [sp, #208]
  stp     x28, x29, [sp, #224]
  mrs     x9, sp_el0
  stp     x30, x9, [sp, #240]
  mrs     x9, elr_el1
  mrs     x10, spsr_el1
  stp     x9, x10, [sp, #256]
  mrs     x9, esr_el1
  mrs     x10, far_el1
  stp     x9, x10, [sp, #272]
  mov     x0, sp
  bl      exception
  ldp     x9, x10, [sp, #256]
  msr     elr_el1, x9
  msr     spsr_el1, x10
  ldp     x30, x9, [sp, #240]
  msr     sp_el0, x9
  ldp     x2, x3, [sp, #16]
  ldp     x4, x5, [sp, #32]
  ldp     x6, x7, [sp, #48]
  ldp     x8, x9, [sp, #64]
  ldp     x10, x11, [sp, #80]
  ldp     x12, x13, [sp, #96]
  ldp     x14, x15, [sp, #112]
  ldp     x16, x17, [sp, #128]
  ldp     x18, x19, [sp, #144]
  ldp     x20, x21, [sp, #160]
  ldp     x22, x23, [sp, #176]
  ldp     x24, x25, [sp, #192]
  ldp     x26, x27, [sp, #208]
  ldp     x28, x29, [sp, #224]
  ldp     x0, x1, [sp]
  add     sp, sp, #FRAME
  eret
