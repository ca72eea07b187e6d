// Entry of each CPU at EL1 with the MMU off, and the vectors (Arm ARM DDI 0487, D1.10.2).
  .section .start, "ax"
  .global start
start:
  adrp    x0, bss_start
  add     x0, x0, :lo12:bss_start
  adrp    x1, bss_end
  add     x1, x1, :lo12:bss_end
1: stp    xzr, xzr, [x0], #16
  cmp     x0, x1
  b.lo    1b
  mov     x19, #0
  bl      set_up
  bl      mmu_tables
  bl      mmu_on
  bl      boot_cpu
2: wfi
  b       2b

// With its number in X0 (PSCI's context).
  .global secondary_start
secondary_start:
  mov     x19, x0
  bl      set_up
  bl      mmu_on
  mov     x0, x19
  bl      secondary
3: wfi
  b       3b

set_up:
  msr     daifset, #15
  adrp    x1, stacks
  add     x1, x1, :lo12:stacks
  add     x2, x19, #1
  add     x1, x1, x2, lsl #12
  mov     sp, x1
  adrp    x0, vectors
  add     x0, x0, :lo12:vectors
  msr     vbar_el1, x0
  isb
  ret

  .macro  wrong number
  .balign 128
  mov     x0, #\number
  b       wrong_exception
  .endm

  .balign 2048
vectors:
  wrong   0
  wrong   1
  wrong   2
  wrong   3
  wrong   4
  .balign 128
  sub     sp, sp, #192
  stp     x0, x1, [sp]
  stp     x2, x3, [sp, #16]
  stp     x4, x5, [sp, #32]
  stp     x6, x7, [sp, #48]
  stp     x8, x9, [sp, #64]
  stp     x10, x11, [sp, #80]
  stp     x12, x13, [sp, #96]
  stp     x14, x15, [sp, #112]
  stp     x16, x17, [sp, #128]
  stp     x18, x30, [sp, #144]
  mrs     x0, elr_el1
  mrs     x1, spsr_el1
  stp     x0, x1, [sp, #160]
  bl      interrupted
  b       return
  .set    number, 6
  .rept   10
  wrong   number
  .set    number, number + 1
  .endr
return:
  ldp     x0, x1, [sp, #160]
  msr     elr_el1, x0
  msr     spsr_el1, x1
  ldp     x18, x30, [sp, #144]
  ldp     x16, x17, [sp, #128]
  ldp     x14, x15, [sp, #112]
  ldp     x12, x13, [sp, #96]
  ldp     x10, x11, [sp, #80]
  ldp     x8, x9, [sp, #64]
  ldp     x6, x7, [sp, #48]
  ldp     x4, x5, [sp, #32]
  ldp     x2, x3, [sp, #16]
  ldp     x0, x1, [sp]
  add     sp, sp, #192
  eret
